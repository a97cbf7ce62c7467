// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "mlrepro/format/bundle.hpp"
#include "mlrepro/ports/remote.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::transport {

// A bundle as a remote that can be read. Nothing in it is trusted, and nothing is unpacked.
class BundleReader final : public ports::Remote {
 public:
  // Throws Error{not_found}, Error{io}, Error{corrupt} for what is no bundle.
  explicit BundleReader(std::string path);

  [[nodiscard]] std::string label() const override { return "bundle '" + path_ + "'"; }
  [[nodiscard]] std::vector<ports::RemoteFile> list(const std::string& folder) const override;
  std::size_t read(const std::string& name, std::uint64_t offset,
                   std::span<std::byte> buffer) const override;
  // Throws Error{io}.
  bool write(const std::string& name, ports::ByteSource& content) override;

 private:
  std::string path_;
  posix::FileDescriptor file_;
  std::map<std::string, format::BundleMember> members_;
};

enum class Overwrite { no, yes };

// A bundle that is being written. It has its name once it is complete and on disk; until then, and
// when it is not published, there is nothing.
class BundleWriter final : public ports::Remote {
 public:
  // Throws Error{conflict} when the name is taken.
  BundleWriter(std::string path, Overwrite overwrite);
  ~BundleWriter() override;

  [[nodiscard]] std::string label() const override { return "bundle '" + path_ + "'"; }
  [[nodiscard]] std::vector<ports::RemoteFile> list(const std::string& folder) const override;
  std::size_t read(const std::string& name, std::uint64_t offset,
                   std::span<std::byte> buffer) const override;
  bool write(const std::string& name, ports::ByteSource& content) override;
  // Returns its size.
  std::uint64_t publish();

 private:
  void append(std::span<const std::byte> bytes);

  std::string path_;
  Overwrite overwrite_;
  std::string temporary_;
  posix::FileDescriptor file_;
  std::uint64_t size_ = 0;
  std::map<std::string, format::BundleMember> members_;
};

}  // namespace mlrepro::transport
