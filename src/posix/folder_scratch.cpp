// SPDX-License-Identifier: Apache-2.0
#include "posix/folder_scratch.hpp"

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/nameless_file.hpp"

namespace mlrepro::posix {
namespace {

// Made when there is something to put into it.
class FolderScratchFile final : public ports::ScratchFile {
 public:
  explicit FolderScratchFile(std::string folder) : folder_(std::move(folder)) {}

  std::uint64_t append(std::span<const std::byte> bytes) override
  {
    if (!file_.is_open()) {
      file_ = make_nameless_file(folder_);
    }
    const std::uint64_t offset = size_;
    write_fully(file_.get(), bytes, "keep scratch data in '" + folder_ + "'");
    size_ += bytes.size();
    return offset;
  }

  void read(std::uint64_t offset, std::span<std::byte> buffer) const override
  {
    if (read_at(file_.get(), offset, buffer, folder_) != buffer.size()) {
      throw model::Error(model::ErrorKind::io,
                         "scratch data in '" + folder_ + "': the file is shorter");
    }
  }

 private:
  std::string folder_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<ports::ScratchFile> FolderScratch::make()
{
  return std::make_unique<FolderScratchFile>(folder_);
}

}  // namespace mlrepro::posix
