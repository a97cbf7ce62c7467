// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/remote.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "mlrepro/model/error.hpp"
#include "support/error_of.hpp"
#include "support/memory_remote.hpp"
#include "support/memory_stream.hpp"
#include "support/sample_bytes.hpp"
#include "support/temp_dir.hpp"
#include "transport/bundle_file.hpp"
#include "transport/directory_remote.hpp"

namespace mlrepro {
namespace {

using model::ErrorKind;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::IsEmpty;
using testing::StringSource;

// A remote, with the folder that it may need.
struct RemoteUnderTest {
  std::unique_ptr<testing::TempDir> folder;
  std::unique_ptr<ports::Remote> remote;
};

struct RemoteKind {
  const char* name;
  std::function<RemoteUnderTest()> make;
};

class Remote : public ::testing::TestWithParam<RemoteKind> {
 protected:
  [[nodiscard]] ports::Remote& remote() const { return *made_.remote; }
  bool write(const std::string& name, const std::string& content) const
  {
    StringSource source(content, 1000);
    return remote().write(name, source);
  }
  [[nodiscard]] std::string read(const std::string& name, std::uint64_t offset,
                                 std::size_t size) const
  {
    std::vector<std::byte> buffer(size);
    const std::size_t got = remote().read(name, offset, buffer);
    return {reinterpret_cast<const char*>(buffer.data()), got};
  }
  [[nodiscard]] std::vector<std::string> names(const std::string& folder) const
  {
    std::vector<std::string> found;
    for (const ports::RemoteFile& file : remote().list(folder)) {
      found.push_back(file.name + " " + std::to_string(file.bytes));
    }
    return found;
  }

  RemoteUnderTest made_ = GetParam().make();
};

TEST_P(Remote, HasWhatWasWritten)
{
  EXPECT_THAT(names("packs"), IsEmpty());
  EXPECT_TRUE(write("packs/b.pack", "second"));
  EXPECT_TRUE(write("packs/a.pack", ""));
  EXPECT_TRUE(write("runs/a", "a run"));
  EXPECT_THAT(names("packs"), ElementsAre("packs/a.pack 0", "packs/b.pack 6"));
  EXPECT_THAT(names("runs"), ElementsAre("runs/a 5"));
  EXPECT_THAT(names("pack"), IsEmpty());
}

TEST_P(Remote, ReadsRanges)
{
  const std::string content = testing::sample_text(3'000'000, 1);
  write("packs/a.pack", content);
  EXPECT_EQ(read("packs/a.pack", 0, content.size()), content);
  EXPECT_EQ(read("packs/a.pack", 1000, 10), content.substr(1000, 10));
  EXPECT_EQ(read("packs/a.pack", content.size() - 3, 10), content.substr(content.size() - 3));
  EXPECT_EQ(read("packs/a.pack", content.size(), 10), "");
  EXPECT_EQ(read("packs/a.pack", content.size() + 5, 10), "");
  EXPECT_EQ(error_of([&] { (void)read("packs/none.pack", 0, 1); }).kind(), ErrorKind::not_found);
}

TEST_P(Remote, KeepsWhatIsThere)
{
  EXPECT_TRUE(write("runs/a", "first"));
  EXPECT_FALSE(write("runs/a", "another"));
  EXPECT_EQ(read("runs/a", 0, 100), "first");
}

class FailingSource final : public ports::ByteSource {
 public:
  std::size_t read(std::span<std::byte> buffer) override
  {
    if (read_) {
      throw model::Error(ErrorKind::corrupt, "the content is damaged");
    }
    read_ = true;
    return buffer.size();
  }

 private:
  bool read_ = false;
};

INSTANTIATE_TEST_SUITE_P(
    All, Remote,
    ::testing::Values(
        RemoteKind{"Memory",
                   [] {
                     return RemoteUnderTest{nullptr, std::make_unique<testing::MemoryRemote>()};
                   }},
        RemoteKind{"Directory",
                   [] {
                     auto folder = std::make_unique<testing::TempDir>();
                     auto remote =
                         std::make_unique<transport::DirectoryRemote>("r", folder->path());
                     remote->establish();
                     return RemoteUnderTest{std::move(folder), std::move(remote)};
                   }},
        RemoteKind{"Bundle",
                   [] {
                     auto folder = std::make_unique<testing::TempDir>();
                     auto remote = std::make_unique<transport::BundleWriter>(
                         *folder / "b.mlr", transport::Overwrite::no);
                     return RemoteUnderTest{std::move(folder), std::move(remote)};
                   }}),
    [](const auto& kind) { return kind.param.name; });

class DirectoryRemote : public ::testing::Test {
 protected:
  DirectoryRemote() { remote_.establish(); }

  testing::TempDir folder_;
  transport::DirectoryRemote remote_{"r", folder_.path()};
};

TEST_F(DirectoryRemote, LeavesNothingOfAContentThatFails)
{
  FailingSource source;
  const auto error = error_of([&] { remote_.write("runs/a", source); });
  EXPECT_EQ(error.kind(), ErrorKind::corrupt) << "the content's own trouble";
  EXPECT_THAT(remote_.list("runs"), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "incoming"));
}

TEST_F(DirectoryRemote, TwoWritersOfOneNameBothSucceed)
{
  const std::string content = testing::sample_text(500'000, 3);
  std::vector<std::thread> threads;
  std::atomic<int> wrote{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      transport::DirectoryRemote other("r", folder_.path());
      StringSource source(content);
      wrote += other.write("packs/a", source) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrote.load(), 1);
  EXPECT_EQ(testing::read_text(folder_ / "packs/a"), content);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "incoming"));
}

TEST_F(DirectoryRemote, PassesOverWhatIsNoFile)
{
  testing::write_text(folder_ / "target", "x");
  std::filesystem::create_directories(folder_ / "packs/folder");
  std::filesystem::create_symlink(folder_ / "target", folder_ / "packs/link");
  EXPECT_THAT(remote_.list("packs"), IsEmpty());
  std::byte byte{};
  EXPECT_EQ(error_of([&] {
              (void)remote_.read("packs/link", 0, {&byte, 1});
            }).kind(),
            ErrorKind::external);
}

TEST_F(DirectoryRemote, SaysWhenItIsNotThere)
{
  std::filesystem::remove(folder_ / "mlrepro-remote");
  transport::DirectoryRemote gone("r", folder_.path());
  EXPECT_EQ(error_of([&] { (void)gone.list("packs"); }).kind(), ErrorKind::external);
  testing::write_text(folder_ / "other", "x");
  EXPECT_EQ(error_of([&] { gone.establish(); }).kind(), ErrorKind::conflict);
  transport::DirectoryRemote nowhere("r", folder_ / "nowhere");
  EXPECT_EQ(error_of([&] { nowhere.establish(); }).kind(), ErrorKind::not_found);
}

TEST(BundleFile, IsReadAsItWasWritten)
{
  const testing::TempDir folder;
  const std::string content = testing::sample_text(100'000, 5);
  const std::string long_name = "runs/" + std::string(32, 'a') + "-" + std::string(64, 'b');
  {
    transport::BundleWriter writer(folder / "b.mlr", transport::Overwrite::no);
    StringSource first(content);
    StringSource second("x");
    writer.write("packs/a.pack", first);
    writer.write(long_name, second);
    const std::uint64_t bytes = writer.publish();
    EXPECT_EQ(bytes, std::filesystem::file_size(folder / "b.mlr"));
  }
  const transport::BundleReader reader(folder / "b.mlr");
  ASSERT_EQ(reader.list("packs").size(), 1U);
  ASSERT_EQ(reader.list("runs").size(), 1U);
  EXPECT_EQ(reader.list("runs").front().name, long_name);
  std::vector<std::byte> buffer(content.size() + 10);
  EXPECT_EQ(reader.read("packs/a.pack", 0, buffer), content.size());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(buffer.data()), content.size()), content);
}

TEST(BundleFile, IsThereOnceItIsPublished)
{
  const testing::TempDir folder;
  {
    transport::BundleWriter writer(folder / "b.mlr", transport::Overwrite::no);
    EXPECT_FALSE(std::filesystem::exists(folder / "b.mlr"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  testing::write_text(folder / "b.mlr", "mine");
  EXPECT_EQ(error_of([&] {
              const transport::BundleWriter writer(folder / "b.mlr", transport::Overwrite::no);
            }).kind(),
            ErrorKind::conflict);
  EXPECT_EQ(testing::read_text(folder / "b.mlr"), "mine");
}

}  // namespace
}  // namespace mlrepro
