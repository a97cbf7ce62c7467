// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::ports {

struct RemoteFile {
  std::string name;  // "packs/<id>.pack"
  std::uint64_t bytes = 0;
};

// A place that others push to and pull from: files that are written once and never changed. Names
// are one folder and one name in it. All of it is what a share, a web server or an object store can
// do. What is read may be anything: whoever reads it checks it.
class Remote {
 public:
  Remote() = default;
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;
  virtual ~Remote() = default;

  // For people: "remote 'team' (/mnt/share/mlrepro)".
  [[nodiscard]] virtual std::string label() const = 0;
  // What is complete in a folder, in the order of the names. Throws Error{external} where the place
  // can't be reached, or is no remote.
  [[nodiscard]] virtual std::vector<RemoteFile> list(const std::string& folder) const = 0;
  // From `offset` until the buffer is full or the file ends. Throws Error{not_found} for a name
  // that is not there, Error{external}.
  virtual std::size_t read(const std::string& name, std::uint64_t offset,
                           std::span<std::byte> buffer) const = 0;
  // Durable when it returns, under its name as a whole or not at all. Where the name is taken,
  // nothing is written and the answer is false: equal names hold equal bytes. Any number of
  // processes and machines may write at once. Throws Error{external}, also for a full disk, and
  // what `content` throws.
  virtual bool write(const std::string& name, ByteSource& content) = 0;
};

}  // namespace mlrepro::ports
