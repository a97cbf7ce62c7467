// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/content_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/compare_content.hpp"
#include "support/expect_error.hpp"
#include "support/packed_samples.hpp"

namespace mlrepro::format {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReaderSource final : public ports::ByteSource {
 public:
  explicit ReaderSource(const ReadBytes& read) : read_(read) {}
  std::size_t read(std::span<std::byte> buffer) override { return read_(buffer); }

 private:
  const ReadBytes& read_;
};

ContentSource source_of(const std::string& name, const std::string& bytes, std::size_t step = 7)
{
  ContentSource source;
  source.name = name;
  source.open = [&bytes, step]() -> ReadBytes {
    return [&bytes, step, at = std::size_t{0}](std::span<std::byte> out) mutable {
      const std::size_t count = std::min({out.size(), step, bytes.size() - at});
      std::memcpy(out.data(), bytes.data() + at, count);
      at += count;
      return count;
    };
  };
  source.digest = [](const ReadBytes& read) {
    ReaderSource bytes_of_it(read);
    return crypto::Sha256Digester().digest(bytes_of_it);
  };
  return source;
}

model::FileContent content_of(const std::string& name, const std::string& bytes)
{
  return read_content(source_of(name, bytes));
}

model::ContentComparison compared(const std::string& name, const std::string& a,
                                  const std::string& b)
{
  return plan::compare_content(content_of(name, a), content_of(name, b));
}

void expect_same(const std::string& name, const std::string& a, const std::string& b,
                 const std::vector<std::string>& ignored)
{
  const auto result = compared(name, a, b);
  EXPECT_TRUE(result.same) << name << ": " << ::testing::PrintToString(result.reasons);
  EXPECT_EQ(result.ignored, ignored) << name;
}

void expect_different(const std::string& name, const std::string& a, const std::string& b,
                      const std::vector<std::string>& reasons)
{
  const auto result = compared(name, a, b);
  EXPECT_FALSE(result.same) << name;
  EXPECT_EQ(result.reasons, reasons) << name;
}

TEST(GzipContent, IsWhatIsPackedInIt)
{
  expect_same("a.csv.gz", testing::gzip_of("x\n1\n", {1700000000, "a.csv"}),
              testing::gzip_of("x\n1\n", {1800000000, "b.csv"}),
              {"the name in the gzip header", "the time in the gzip header"});
  expect_same("a.pkl.gz", testing::gzip_of(std::string(1000, 'x'), {1, "", 1}),
              testing::gzip_of(std::string(1000, 'x'), {1, "", 0}), {"how it is compressed"});
  expect_different("a.csv.gz", testing::gzip_of("x\n1\n"), testing::gzip_of("x\n2\n"),
                   {"the content differs"});
  // One after the other, as `cat a.gz b.gz` makes them.
  expect_same("a.gz", testing::gzip_of("xy"), testing::gzip_of("x") + testing::gzip_of("y"),
              {"the system in the gzip header", "the time in the gzip header"});
}

TEST(GzipContent, MayBePaddedWithZeros)
{
  const std::string good = testing::gzip_of("x\n1\n");
  EXPECT_TRUE(compared("a.gz", good, good + std::string(500, '\0')).same);
  EXPECT_FALSE(compared("a.gz", testing::gzip_of("x\n2\n"), good + std::string(500, '\0')).same);
}

TEST(GzipContent, OfADamagedFileIsItsBytes)
{
  const std::string good = testing::gzip_of(std::string(5000, 'x') + "y");
  std::string wrong_sum = good;
  wrong_sum[wrong_sum.size() - 8] ^= 1;
  for (const std::string& bytes : {good.substr(0, good.size() - 1), good.substr(0, 20), wrong_sum,
                                   good + "more", good + '\0' + "more", std::string("\x1f\x8b")}) {
    EXPECT_THAT(content_of("a.gz", bytes).opaque, HasSubstr("can't be read as gzip"));
    EXPECT_FALSE(compared("a.gz", bytes, bytes).same);
  }
}

TEST(GzipContent, IsNotUnpackedWithoutEnd)
{
  const std::string bomb = testing::gzip_of(std::string(1'000'000, '\0'));
  ContentSource source = source_of("a.gz", bomb, 4096);
  source.max_unpacked_bytes = 999'999;
  EXPECT_THAT(read_content(source).opaque, HasSubstr("unpacks to more than is read"));
  source.max_unpacked_bytes = 1'000'000;
  EXPECT_THAT(read_content(source).opaque, IsEmpty());
}

TEST(ZipContent, IsThatOfItsEntries)
{
  const std::string stored =
      testing::zip_of({{"a.npy", "aa", 1, false}, {"b.npy", "bb", 1, false}});
  expect_same("m.npz", stored, testing::zip_of({{"a.npy", "aa", 2}, {"b.npy", "bb", 2}}),
              {"times of entries"});
  expect_same("m.npz", stored, testing::zip_of({{"a.npy", "aa", 1}, {"b.npy", "bb", 1}}),
              {"how it is compressed"});
  expect_same("m.npz", stored,
              testing::zip_of({{"b.npy", "bb", 1, false, std::string("UT\1\0x", 5)},
                               {"a.npy", "aa", 1, false}}),
              {"extra fields of entries", "the order of entries"});
  expect_different(
      "m.npz", stored, testing::zip_of({{"a.npy", "aX", 1}, {"c.npy", "bb", 1}}),
      {"a.npy differs", "b.npy is missing in the replay", "c.npy is missing in the record"});
  EXPECT_EQ(content_of("empty.zip", testing::zip_of({})).format, "");
}

TEST(ZipContent, OfADamagedFileIsItsBytes)
{
  const std::string good =
      testing::zip_of({{"a", std::string(500, 'x'), 1}, {"b", "bb", 1, false}});
  EXPECT_THAT(content_of("a.zip", good).opaque, IsEmpty());
  std::string wrong_data = good;
  wrong_data[good.find("bbb") + 1] = 'X';
  std::string encrypted = good;
  encrypted[good.find("PK\x01\x02") + 8] = 1;
  std::string overlapping = good;
  overlapping[good.rfind("PK\x01\x02") + 42] = 0;
  for (const std::string& bytes :
       {wrong_data, encrypted, overlapping, good.substr(0, good.size() - 1), good.substr(0, 40),
        good.substr(0, 4) + good}) {
    EXPECT_THAT(content_of("a.zip", bytes).opaque, HasSubstr("can't be read as zip"));
  }
}

TEST(PngContent, LeavesOutWhenAndByWhichProgramItWasWritten)
{
  using Chunks = std::vector<std::pair<std::string, std::string>>;
  const std::string header(13, '\1');
  const std::string pixels = testing::zlib_stream(std::string(300, '\5'));
  const auto picture = [&](const std::string& software, const std::string& data,
                           const Chunks& more = {}) {
    Chunks chunks = {{"IHDR", header}, {"tEXt", std::string("Software\0", 9) + software}};
    chunks.insert(chunks.end(), more.begin(), more.end());
    chunks.emplace_back("IDAT", data.substr(0, data.size() / 2));
    chunks.emplace_back("IDAT", data.substr(data.size() / 2));
    return testing::png_of(chunks);
  };
  expect_same("p.png", picture("3.7", pixels), picture("3.8", pixels),
              {"the picture's 'Software'"});
  expect_same("p.png", picture("3.7", pixels, {{"tIME", "1234567"}}),
              picture("3.7", pixels, {{"tIME", "7654321"}}), {"the time in the picture"});
  expect_same("p.png", picture("3.7", pixels),
              picture("3.7", testing::zlib_stream(std::string(300, '\5'), 0)),
              {"how it is compressed"});
  expect_different("p.png", picture("1", pixels),
                   picture("1", testing::zlib_stream(std::string(300, '\6'))), {"pixels differs"});
  expect_different("p.png", picture("1", pixels, {{"tEXt", std::string("Title\0a", 7)}}),
                   picture("1", pixels, {{"tEXt", std::string("Title\0b", 7)}}),
                   {"text 'Title' differs"});
  std::string damaged = picture("1", pixels);
  damaged[damaged.find("Software")] = 's';
  EXPECT_THAT(content_of("p.png", damaged).opaque, HasSubstr("a checksum is wrong"));
}

TEST(JsonContent, DoesNotDependOnHowItIsWritten)
{
  const std::vector<std::string> layout = {
      "white space, the order of keys and the spelling of numbers"};
  expect_same("m.json", R"({"a": 1.50, "b": [1, {"y":2,"x":1}]})",
              R"({"b":[1,{"x":1,"y":2}],"a":1.5})", layout);
  expect_same("m.json", R"([1e2, NaN])", R"([100.0,NaN])", layout);
  expect_different("m.json", R"({"a":1,"b":2})", R"({"a":1,"b":3})", {"'b' differs"});
  expect_different("m.json", R"({"a":1})", R"({"a":1.0})", {"'a' differs"});
  expect_different("m.json", R"({"a":"1"})", R"({"a":1})", {"'a' differs"});
  expect_different("m.json", R"({"a":"NaN"})", R"({"a":NaN})", {"'a' differs"});
  expect_different("m.json", R"([1,2])", R"([2,1])", {"the content differs"});
  // More digits than a double has are digits all the same.
  expect_different("m.json", "[123456789012345678901]", "[123456789012345678902]",
                   {"the content differs"});
  expect_different("m.json", "[0.1, 1", "[0.1,1", {"the content differs"});
  expect_different("lines.json", "{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":3}\n",
                   {"the content differs"});
  expect_same("m.json.gz", testing::gzip_of(R"({"a": 1})", {1}),
              testing::gzip_of(R"({"a":1})", {1}), {"how it is compressed"});
}

TEST(NotebookContent, LeavesOutWhatRunningItAgainChanges)
{
  const auto notebook = [](const std::string& id, int count, const std::string& time,
                           const std::string& result) {
    return R"({"cells":[{"cell_type":"code","id":")" + id + R"(","execution_count":)" +
           std::to_string(count) + R"(,"metadata":{"execution":{"iopub.status.busy":")" + time +
           R"("},"tags":[]},"source":["x"],"outputs":[{"output_type":"execute_result",)" +
           R"("execution_count":)" + std::to_string(count) + R"(,"data":{"text/plain":[")" +
           result + R"("]}}]}],"metadata":{"papermill":{"end_time":")" + time +
           R"("},"kernelspec":{"name":"python3"}},"nbformat":4,"nbformat_minor":5})";
  };
  const std::string one = notebook("a1", 1, "10:00", "0.5");
  expect_same("n.ipynb", one, notebook("b2", 7, "11:00", "0.5"),
              {"execution counts", "ids of cells", "times of execution"});
  expect_different("n.ipynb", one, notebook("a1", 1, "10:00", "0.6"), {"cell 1 differs"});
}

TEST(OtherContent, IsItsBytes)
{
  EXPECT_THAT(content_of("m.pkl", "\x80\x04 pickle").opaque, HasSubstr("a pickle is compared"));
  EXPECT_THAT(content_of("m", "\x80\x04 pickle").opaque, HasSubstr("a pickle is compared"));
  EXPECT_THAT(content_of("t.parquet", "PAR1").opaque, HasSubstr("Parquet"));
  expect_different("a.txt", "a", "b", {"other content"});
  expect_different("a.gz", testing::gzip_of("x"), "x", {"gzip then, another format now"});
}

TEST(ReadContent, PassesOnWhatGoesWrongWithTheSource)
{
  const std::string bytes = testing::gzip_of("x");
  ContentSource source = source_of("a.gz", bytes);
  source.open = []() -> ReadBytes {
    return [](std::span<std::byte>) -> std::size_t {
      throw model::Error(model::ErrorKind::corrupt, "object 12: damaged");
    };
  };
  testing::expect_error(model::ErrorKind::corrupt, HasSubstr("object 12"),
                        [&] { read_content(source); });
}

}  // namespace
}  // namespace mlrepro::format
