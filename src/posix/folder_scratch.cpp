// SPDX-License-Identifier: Apache-2.0
#include "posix/folder_scratch.hpp"

#include <utility>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/nameless_file.hpp"

namespace mlrepro::posix {
namespace {

// Made when there is something to put into it.
class FolderScratchFile final : public ports::ScratchFile {
 public:
  FolderScratchFile(std::string folder, std::string otherwise)
      : folder_(std::move(folder)), otherwise_(std::move(otherwise))
  {
  }

  std::uint64_t append(std::span<const std::byte> bytes) override
  {
    if (file_.is_open()) {
      write(bytes);
    } else {
      begin(bytes);
    }
    return std::exchange(size_, size_ + bytes.size());
  }

  void read(std::uint64_t offset, std::span<std::byte> buffer) const override
  {
    if (read_at(file_.get(), offset, buffer, folder_) != buffer.size()) {
      throw model::Error(model::ErrorKind::io,
                         "scratch data in '" + folder_ + "': the file is shorter");
    }
  }

 private:
  void begin(std::span<const std::byte> bytes)
  {
    try {
      file_ = make_nameless_file(folder_);
      write(bytes);
    } catch (const model::Error&) {
      if (otherwise_.empty()) {
        throw;
      }
      folder_ = std::exchange(otherwise_, {});
      file_ = make_nameless_file(folder_);
      write(bytes);
    }
  }

  void write(std::span<const std::byte> bytes) const
  {
    write_fully(file_.get(), bytes, "keep scratch data in '" + folder_ + "'");
  }

  std::string folder_;
  std::string otherwise_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<ports::ScratchFile> FolderScratch::make()
{
  return std::make_unique<FolderScratchFile>(folder_, otherwise_);
}

}  // namespace mlrepro::posix
