// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "crypto/sha256.hpp"
#include "mlrepro/format/content_reader.hpp"
#include "mlrepro/plan/compare_content.hpp"
#include "mlrepro/ports/byte_stream.hpp"
#include "support/packed_samples.hpp"

namespace mlrepro::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t k_undefined = ~std::uint64_t{0};
// Where the parts of the sample lie.
constexpr std::uint64_t k_root = 96;
constexpr std::uint64_t k_tree = 136;
constexpr std::uint64_t k_symbols = 184;
constexpr std::uint64_t k_dataset = 272;
constexpr std::uint64_t k_continued = 312;

std::string little(std::uint64_t value, int bytes)
{
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    text += static_cast<char>((value >> (8 * i)) & 0xff);
  }
  return text;
}

std::string message(std::uint64_t type, const std::string& data)
{
  return little(type, 2) + little(data.size(), 2) + little(0, 4) + data;
}

std::string header(std::uint64_t messages, const std::string& first_block)
{
  return little(1, 2) + little(messages, 2) + little(1, 4) + little(first_block.size(), 4) +
         little(0, 4) + first_block;
}

std::string symbol(std::uint64_t object, std::uint64_t cache_type)
{
  return little(0, 8) + little(object, 8) + little(cache_type, 4) + little(0, 20);
}

// A file with one dataset, whose time stands in the continuation of its header, and a soft link.
std::string hdf5_of(std::uint32_t time, const std::string& data)
{
  std::string file = "\x89HDF\r\n\x1a\n" + little(0, 5) + little(8, 1) + little(8, 1) +
                     little(0, 1) + little(4, 2) + little(16, 2) + little(0, 4) + little(0, 8) +
                     little(k_undefined, 8) + little(0, 8) + little(k_undefined, 8) +
                     symbol(k_root, 1);
  file += header(1, message(0x11, little(k_tree, 8) + little(0, 8)));
  file += "TREE" + little(0, 2) + little(1, 2) + little(k_undefined, 8) + little(k_undefined, 8) +
          little(0, 8) + little(k_symbols, 8) + little(8, 8);
  file += "SNOD" + little(1, 2) + little(2, 2) + symbol(k_dataset, 0) + symbol(k_undefined, 2);
  file += header(2, message(0x10, little(k_continued, 8) + little(16, 8)));
  file += message(0x12, little(1, 4) + little(time, 4));
  return file + data;
}

class ReadAsSource final : public ports::ByteSource {
 public:
  explicit ReadAsSource(const ReadBytes& read) : read_(read) {}
  std::size_t read(std::span<std::byte> buffer) override { return read_(buffer); }

 private:
  const ReadBytes& read_;
};

model::FileContent content_of_file(const std::string& name, const std::string& bytes)
{
  ContentSource source;
  source.name = name;
  source.open = [&bytes]() -> ReadBytes {
    return [&bytes, at = std::size_t{0}](std::span<std::byte> out) mutable {
      const std::size_t count = std::min({out.size(), std::size_t{7}, bytes.size() - at});
      std::memcpy(out.data(), bytes.data() + at, count);
      at += count;
      return count;
    };
  };
  source.digest = [](const ReadBytes& read) {
    ReadAsSource bytes_of_it(read);
    return crypto::Sha256Digester().digest(bytes_of_it);
  };
  return read_content(source);
}

model::ContentComparison compared(const std::string& a, const std::string& b)
{
  return plan::compare_content(content_of_file("w.h5", a), content_of_file("w.h5", b));
}

TEST(Hdf5Content, LeavesOutWhenObjectsWereWritten)
{
  const auto result = compared(hdf5_of(1700000000, "12345678"), hdf5_of(1800000000, "12345678"));
  EXPECT_TRUE(result.same);
  EXPECT_THAT(result.ignored, ElementsAre("times of objects"));
}

TEST(Hdf5Content, IsAllElse)
{
  const auto result = compared(hdf5_of(1, "12345678"), hdf5_of(2, "12345679"));
  EXPECT_FALSE(result.same);
  EXPECT_THAT(result.reasons, ElementsAre("the content differs"));
}

TEST(Hdf5Content, IsFoundInWhatIsPacked)
{
  const auto packed = [](std::uint32_t time) {
    return testing::zip_of({{"weights.h5", hdf5_of(time, "12345678"), 1}});
  };
  const auto result = plan::compare_content(content_of_file("m.keras", packed(1)),
                                            content_of_file("m.keras", packed(2)));
  EXPECT_TRUE(result.same);
  EXPECT_THAT(result.ignored, ElementsAre("times of objects"));
}

TEST(Hdf5Content, OfALayoutThatCanNotBeFollowedIsItsBytes)
{
  const auto changed = [](std::size_t at, char byte) {
    std::string file = hdf5_of(1, "12345678");
    file[at] = byte;
    return file;
  };
  for (const std::string& file :
       {std::string("\x89HDF\r\n\x1a\n"), hdf5_of(1, "").substr(0, 300), changed(8, 2),
        changed(13, 4), changed(24, 1), changed(k_root, 2), changed(k_root + 2, 9),
        changed(k_root + 16, 6), changed(k_root + 18, 99), changed(k_root + 24, '\xf0'),
        changed(k_tree, 't'), changed(k_tree + 4, 1), changed(k_symbols, 's'),
        changed(k_symbols + 6, 99), changed(k_dataset + 25, '\x7f')}) {
    const model::FileContent content = content_of_file("w.h5", file);
    ASSERT_EQ(content.parts.size(), 1U);
    EXPECT_THAT(content.parts[0].name, ::testing::StartsWith("a byte ("));
    EXPECT_THAT(content.ignored, IsEmpty());
    EXPECT_EQ(content.parts[0].bytes, file.size());
  }
  EXPECT_THAT(compared(changed(8, 2), changed(8, 3)).reasons,
              ElementsAre("a byte (its layout is not read) differs"));
}

// Groups that contain themselves, objects that continue in themselves.
TEST(Hdf5Content, ThatLeadsInCirclesIsReadOnce)
{
  std::string file = hdf5_of(1, "12345678");
  file.replace(k_symbols + 8 + 8, 8, little(k_root, 8));
  EXPECT_EQ(content_of_file("w.h5", file).parts[0].name, "");
  file = hdf5_of(1, "12345678");
  file.replace(k_dataset + 16 + 8, 16, little(k_dataset + 16, 8) + little(24, 8));
  file.replace(k_dataset + 2, 2, little(0xffff, 2));
  EXPECT_EQ(content_of_file("w.h5", file).parts[0].name, "");
}

}  // namespace
}  // namespace mlrepro::format
