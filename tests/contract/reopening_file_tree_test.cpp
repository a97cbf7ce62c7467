// SPDX-License-Identifier: Apache-2.0
#include "posix/reopening_file_tree.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <thread>

#include "support/error_of.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::posix {
namespace {

struct ReopeningFiles : ::testing::Test {
  testing::TempDir folder;
  std::string path = folder / "log";
  ReopeningFileTree files;

  void append(const std::string& text) const { std::ofstream(path, std::ios::app) << text; }
  static std::string read(ports::OpenFile& file)
  {
    std::string piece(64, '\0');
    piece.resize(file.read(std::as_writable_bytes(std::span(piece))));
    return piece;
  }
  static auto open_descriptors()
  {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  }
};

TEST_F(ReopeningFiles, GoOnWhereTheyWereReadToAndHoldNothingInBetween)
{
  append("one\n");
  const auto before = open_descriptors();
  const auto file = files.open(path);
  EXPECT_EQ(read(*file), "one\n");
  EXPECT_EQ(read(*file), "");
  append("two\n");
  EXPECT_EQ(file->stat().size, 8U);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(read(*file), "two\n");
  std::filesystem::remove(path);
  EXPECT_EQ(read(*file), "");
  EXPECT_EQ(file->stat().size, 8U);
}

TEST_F(ReopeningFiles, AreNotTakenForOthersOfTheirName)
{
  append("one\n");
  const auto file = files.open(path);
  EXPECT_EQ(read(*file), "one\n");
  // The next file is likely to get its number.
  std::filesystem::remove(path);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  append("another\n");
  EXPECT_EQ(testing::error_of([&] { read(*file); }).kind(), model::ErrorKind::not_found);
}

}  // namespace
}  // namespace mlrepro::posix
