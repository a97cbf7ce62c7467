// SPDX-License-Identifier: Apache-2.0
#include "capture/distribution_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <string_view>
#include <vector>

#include "capture/text_file.hpp"
#include "crypto/sha256.hpp"
#include "mlrepro/format/base64url.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::capture {
namespace {

// Of an installation of a hundred thousand files.
constexpr std::size_t k_longest_record = 64'000'000;
constexpr std::size_t k_read = std::size_t{256} * 1024;
constexpr std::string_view k_hash = "sha256=";
// An installer writes the RECORD last, but a clock or a file system may be coarse.
constexpr std::int64_t k_slack_s = 2;

struct Row {
  std::string path;
  std::string hash;  // base64url without padding; empty for what has none
  std::string size;
};

// A line of CSV (RFC 4180) whose fields do not go over its end.
Row parse_row(std::string_view line)
{
  std::array<std::string, 3> fields;
  std::size_t field = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size() && field < fields.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields[field] += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      ++field;
    } else {
      fields[field] += line[i];
    }
  }
  const bool hashed = fields[1].starts_with(k_hash);
  return {fields[0], hashed ? fields[1].substr(k_hash.size()) : "", fields[2]};
}

std::string base64url(const model::Digest& digest)
{
  const auto& bytes = digest.bytes();
  return format::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<model::Digest> digest_of_file(const std::string& path)
{
  try {
    const posix::FileDescriptor file = posix::open_file(path, O_RDONLY);
    crypto::Sha256 hash;
    std::vector<std::byte> buffer(k_read);
    while (const std::size_t size = posix::read_fully(file.get(), buffer, "read '" + path + "'")) {
      hash.update(std::span(buffer).first(size));
    }
    return hash.finish();
  } catch (const model::Error&) {
    return std::nullopt;
  }
}

bool is_checked(const Row& row)
{
  return !row.hash.empty() && !row.path.starts_with("../") && !row.path.starts_with('/') &&
         !row.path.ends_with(".pyc");
}

}  // namespace

std::map<std::string, std::optional<model::Digest>> modified_files(const std::string& site,
                                                                   const std::string& record)
{
  std::map<std::string, std::optional<model::Digest>> modified;
  struct stat recorded {};
  if (::stat(record.c_str(), &recorded) != 0) {
    return modified;
  }
  for (const std::string& line : lines_of(read_text(record, k_longest_record))) {
    const Row row = parse_row(line);
    if (!is_checked(row)) {
      continue;
    }
    const std::string path = site + "/" + row.path;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      modified.emplace(row.path, std::nullopt);
      continue;
    }
    const bool same_size = row.size.empty() || std::to_string(status.st_size) == row.size;
    if (same_size && status.st_mtim.tv_sec <= recorded.st_mtim.tv_sec + k_slack_s) {
      continue;
    }
    const auto digest = digest_of_file(path);
    if (!digest || base64url(*digest) != row.hash) {
      modified.emplace(row.path, digest);
    }
  }
  return modified;
}

}  // namespace mlrepro::capture
