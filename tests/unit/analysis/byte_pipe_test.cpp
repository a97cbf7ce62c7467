// SPDX-License-Identifier: Apache-2.0
#include "analysis/byte_pipe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

namespace mlrepro::analysis {
namespace {

std::string numbered(std::size_t size)
{
  std::string text;
  for (int i = 0; text.size() < size; ++i) {
    text += std::to_string(i) + ",";
  }
  return text;
}

class TextSource final : public ports::ByteSource {
 public:
  explicit TextSource(const std::string& text) : text_(text) {}
  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = std::min(buffer.size(), text_.size() - at_);
    std::memcpy(buffer.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

TEST(BytePipe, HandsOnAllThatASourceHas)
{
  const std::string text = numbered(20'000'000);  // many times what waits in it
  BytePipe pipe;
  std::string direct;
  std::thread writer([&] {
    TappedSource source(std::make_unique<TextSource>(text), pipe);
    direct = ports::read_all(source);
  });
  const std::string piped = ports::read_all(pipe);
  writer.join();
  EXPECT_TRUE(direct == text);
  EXPECT_TRUE(piped == text);
}

TEST(BytePipe, NobodyWaitsForAReaderThatLeft)
{
  const std::string text = numbered(20'000'000);
  BytePipe pipe;
  std::thread reader([&] {
    std::array<std::byte, 100> some{};
    EXPECT_GT(pipe.read(some), 0U);
    pipe.stop_reading();
  });
  TappedSource source(std::make_unique<TextSource>(text), pipe);
  EXPECT_TRUE(ports::read_all(source) == text);
  reader.join();
}

TEST(BytePipe, EndsWhereItsWriterStops)
{
  BytePipe pipe;
  pipe.put(std::as_bytes(std::span(std::string_view("ab"))));
  pipe.end();
  EXPECT_EQ(ports::read_all(pipe), "ab");
}

}  // namespace
}  // namespace mlrepro::analysis
