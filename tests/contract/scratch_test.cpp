// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/scratch.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "posix/folder_scratch.hpp"
#include "support/expect_error.hpp"
#include "support/memory_scratch.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

std::uint64_t put(ports::ScratchFile& file, std::string_view text)
{
  return file.append(std::as_bytes(std::span(text)));
}

std::string text_at(const ports::ScratchFile& file, std::uint64_t offset, std::size_t size)
{
  std::string text(size, '?');
  file.read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

struct Memory {
  testing::MemoryScratch scratch;
};

struct Folder {
  testing::TempDir folder;
  posix::FolderScratch scratch{folder.path()};
};

template <typename World>
struct ScratchContract : ::testing::Test {
  World world;
};

using Scratches = ::testing::Types<Memory, Folder>;
TYPED_TEST_SUITE(ScratchContract, Scratches);

TYPED_TEST(ScratchContract, GivesBackWhatWasAppendedFromAnyByteOn)
{
  const auto file = this->world.scratch.make();
  const auto other = this->world.scratch.make();
  EXPECT_EQ(put(*file, "first"), 0U);
  EXPECT_EQ(put(*other, "another's"), 0U);
  EXPECT_EQ(text_at(*file, 3, 2), "st");
  EXPECT_EQ(put(*file, "second"), 5U);
  EXPECT_EQ(text_at(*file, 4, 7), "tsecond");
  EXPECT_EQ(text_at(*other, 0, 9), "another's");
}

TYPED_TEST(ScratchContract, DoesNotInventWhatIsNotThere)
{
  const auto file = this->world.scratch.make();
  put(*file, "abc");
  testing::expect_error(model::ErrorKind::io, ::testing::HasSubstr("shorter"),
                        [&] { (void)text_at(*file, 1, 3); });
}

TEST(FolderScratch, LeavesNothingOfAProcessThatDies)
{
  const testing::TempDir folder;
  posix::FolderScratch scratch(folder.path());
  const auto file = scratch.make();
  put(*file, "abc");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FolderScratch, SaysWhereItCanNotBe)
{
  posix::FolderScratch scratch("/nowhere/at/all");
  const auto file = scratch.make();
  testing::expect_error(model::ErrorKind::not_found, ::testing::HasSubstr("/nowhere/at/all"),
                        [&] { put(*file, "abc"); });
}

TEST(FolderScratch, GoesElsewhereWhereItIsToldTo)
{
  const testing::TempDir other;
  posix::FolderScratch scratch("/nowhere/at/all", other.path());
  const auto file = scratch.make();
  EXPECT_EQ(put(*file, "abc"), 0U);
  EXPECT_EQ(put(*file, "def"), 3U);
  EXPECT_EQ(text_at(*file, 2, 2), "cd");
  EXPECT_TRUE(std::filesystem::is_empty(other.path()));
}

}  // namespace
}  // namespace mlrepro
