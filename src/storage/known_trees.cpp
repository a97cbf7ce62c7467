// SPDX-License-Identifier: Apache-2.0
#include "storage/known_trees.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/atomic_file.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"

namespace mlrepro::storage {
namespace {

// The digest of all behind the first line, then the packs, an empty line, and the trees.
constexpr std::string_view k_magic = "mlrepro-whole 1 ";

std::string read_all_of(const std::string& path)
{
  const posix::FileDescriptor file = posix::open_file(path, O_RDONLY);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    return {};
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  text.resize(posix::read_fully(file.get(), std::as_writable_bytes(std::span(text)), path));
  return text;
}

std::string first_line(std::string_view body)
{
  return std::string(k_magic) + crypto::Sha256Digester().digest(body).hex() + "\n";
}

std::string line_of(const ports::RemoteFile& pack)
{
  return std::to_string(pack.bytes) + " " + pack.name;
}

// Behind the first line; absent where that does not fit.
std::optional<std::string> read_body(const std::string& path)
{
  try {
    std::string text = read_all_of(path);
    const std::size_t end = text.find('\n');
    if (end == std::string::npos) {
      return std::nullopt;
    }
    std::string body = text.substr(end + 1);
    return text.substr(0, end + 1) == first_line(body) ? std::optional(std::move(body))
                                                       : std::nullopt;
  } catch (const model::Error&) {
    return std::nullopt;  // it was never written
  }
}

}  // namespace

KnownTrees read_known_trees(const std::string& path, const std::vector<ports::RemoteFile>& there)
{
  const std::optional<std::string> body = read_body(path);
  if (!body) {
    return {};
  }
  std::unordered_set<std::string> packs;
  for (const ports::RemoteFile& pack : there) {
    packs.insert(line_of(pack));
  }
  KnownTrees trees;
  bool in_packs = true;
  std::string_view rest = *body;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) {
      in_packs = false;
    } else if (in_packs) {
      if (!packs.contains(std::string(line))) {
        return {};
      }
    } else if (const auto tree = model::Digest::parse(line)) {
      trees.insert(*tree);
    }
  }
  return trees;
}

void write_known_trees(const std::string& path, const std::vector<ports::RemoteFile>& there,
                       const KnownTrees& trees)
{
  std::string body;
  for (const ports::RemoteFile& pack : there) {
    body += line_of(pack) + "\n";
  }
  body += "\n";
  for (const model::Digest& tree : trees) {
    body += tree.hex() + "\n";
  }
  try {
    posix::make_folders(path.substr(0, path.rfind('/')), 0700);
    posix::replace_file(path, first_line(body) + body);
  } catch (const model::Error&) {
    // The folders are looked through again.
  }
}

}  // namespace mlrepro::storage
