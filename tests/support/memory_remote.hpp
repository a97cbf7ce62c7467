// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/remote.hpp"

namespace mlrepro::testing {

// A remote whose files a test can look at, and damage.
class MemoryRemote final : public ports::Remote {
 public:
  [[nodiscard]] std::string label() const override { return "remote 'memory'"; }
  [[nodiscard]] std::vector<ports::RemoteFile> list(const std::string& folder) const override
  {
    std::vector<ports::RemoteFile> found;
    for (const auto& [name, content] : files) {
      if (name.starts_with(folder + "/")) {
        found.push_back({name, content.size()});
      }
    }
    return found;
  }
  std::size_t read(const std::string& name, std::uint64_t offset,
                   std::span<std::byte> buffer) const override
  {
    const auto found = files.find(name);
    if (found == files.end()) {
      throw model::Error(model::ErrorKind::not_found, "'" + name + "' is not there");
    }
    const std::string& content = found->second;
    const std::size_t from = std::min<std::size_t>(offset, content.size());
    const std::size_t size = std::min(buffer.size(), content.size() - from);
    std::memcpy(buffer.data(), content.data() + from, size);
    return size;
  }
  bool write(const std::string& name, ports::ByteSource& content) override
  {
    std::string text = ports::read_all(content);
    return files.emplace(name, std::move(text)).second;
  }

  std::map<std::string, std::string> files;
};

}  // namespace mlrepro::testing
