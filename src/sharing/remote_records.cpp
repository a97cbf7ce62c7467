// SPDX-License-Identifier: Apache-2.0
#include "sharing/remote_records.hpp"

#include <string_view>

#include "mlrepro/format/record_document.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::sharing {
namespace {

constexpr const char* k_runs = "runs";
constexpr const char* k_snapshots = "snapshots";
constexpr const char* k_forgotten = "forgotten";
constexpr std::size_t k_id_digits = 32;

std::string_view last_part(const std::string& name)
{
  return std::string_view(name).substr(name.rfind('/') + 1);
}

std::optional<model::Digest> parse_digits(std::string_view text)
{
  return text.size() == 2 * model::Digest::k_size ? model::Digest::parse(text) : std::nullopt;
}

std::set<model::Digest> list_documents(const ports::Remote& remote, const char* folder)
{
  std::set<model::Digest> documents;
  for (const ports::RemoteFile& file : remote.list(folder)) {
    if (const auto document = parse_digits(last_part(file.name))) {
      documents.insert(*document);
    }
  }
  return documents;
}

}  // namespace

bool RemoteRecords::has(const model::RunId& run, const model::Digest& document) const
{
  const auto found = runs.find(run);
  return found != runs.end() && found->second.contains(document);
}

RemoteRecords list_records(const ports::Remote& remote)
{
  RemoteRecords records;
  for (const ports::RemoteFile& file : remote.list(k_runs)) {
    const std::string_view name = last_part(file.name);
    if (name.size() <= k_id_digits || name[k_id_digits] != '-') {
      continue;
    }
    const auto run = model::RunId::parse(name.substr(0, k_id_digits));
    const auto document = parse_digits(name.substr(k_id_digits + 1));
    if (run && document) {
      records.runs[*run].insert(*document);
    }
  }
  records.snapshots = list_documents(remote, k_snapshots);
  records.forgotten = list_documents(remote, k_forgotten);
  return records;
}

std::vector<model::Tombstone> read_tombstones(ports::ContentDownload& download,
                                              const RemoteRecords& records)
{
  std::vector<model::Tombstone> all;
  for (const model::Digest& document : records.forgotten) {
    try {
      const auto some = format::decode_tombstones(download.document(document));
      all.insert(all.end(), some.begin(), some.end());
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::not_found &&
          error.kind() != model::ErrorKind::corrupt) {
        throw;
      }
      throw model::Error(model::ErrorKind::corrupt,
                         "what was forgotten there can't be read: " + error.message(),
                         "push again from where it was forgotten");
    }
  }
  return all;
}

std::set<model::Digest> content_of(const std::vector<model::Tombstone>& tombstones)
{
  std::set<model::Digest> content;
  for (const model::Tombstone& stone : tombstones) {
    if (!stone.folder) {
      content.insert(stone.digest);
    }
  }
  return content;
}

std::string run_name(const model::RunId& run, const model::Digest& document)
{
  return std::string(k_runs) + "/" + run.str() + "-" + document.hex();
}

std::string snapshot_name(const model::Digest& document)
{
  return std::string(k_snapshots) + "/" + document.hex();
}

std::string forgotten_name(const model::Digest& document)
{
  return std::string(k_forgotten) + "/" + document.hex();
}

std::string label_of(const model::Snapshot& snapshot)
{
  return "snapshot " + snapshot.id.hex().substr(0, 12) + " of " +
         (snapshot.name.empty() ? snapshot.path : snapshot.name);
}

}  // namespace mlrepro::sharing
