// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "mlrepro/ports/remote.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::transport {

// A folder, such as a mounted share (docs/format.md, "Remotes"). A file is written under
// `incoming/` and gets its name when it is complete and on disk. What writers that were killed left
// there is removed by a later one, after a day.
class DirectoryRemote final : public ports::Remote {
 public:
  // `name` is what the user calls it. Looks at nothing yet.
  DirectoryRemote(std::string name, std::string folder);

  // Makes an empty folder a remote; one that is a remote stays as it is. Throws Error{not_found}
  // when there is no such folder, Error{conflict} for one with other things in it.
  void establish();

  [[nodiscard]] std::string label() const override;
  [[nodiscard]] std::vector<ports::RemoteFile> list(const std::string& folder) const override;
  std::size_t read(const std::string& name, std::uint64_t offset,
                   std::span<std::byte> buffer) const override;
  bool write(const std::string& name, ports::ByteSource& content) override;

 private:
  void require_remote() const;
  [[nodiscard]] std::string path_of(const std::string& name) const;
  [[nodiscard]] int descriptor_of(const std::string& name) const;
  bool give_name(const std::string& temporary, const std::string& path) const;
  void make_folder(const std::string& folder);
  void sweep_incoming() const;

  std::string name_;
  std::string folder_;
  mutable bool checked_ = false;
  std::set<std::string> made_;
  mutable std::mutex opening_;
  // What was read last stays open: the same files are read again and again.
  mutable std::map<std::string, posix::FileDescriptor> open_;
};

}  // namespace mlrepro::transport
