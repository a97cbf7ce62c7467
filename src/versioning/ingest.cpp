// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/ingest.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "versioning/file_intake.hpp"
#include "versioning/folder_walk.hpp"

namespace mlrepro::versioning {
namespace {

// In the cache, a file that is itself the root is the one entry, called "", of the root folder.
model::TreeEntry take_root_file(const Ports& ports, FileIntake& intake, const std::string& path,
                                const ports::FileStat& stat,
                                const std::optional<model::TreeEntry>& before)
{
  std::optional<model::Digest> previous;
  if (before && before->type == model::EntryType::file) {
    previous = before->digest;
  }
  const auto cached = intake.cache().find("");
  if (const ports::CachedEntry* entry = cached ? cached->find("") : nullptr) {
    previous = entry->digest;
    std::uint64_t stored = 0;
    if (intake.knows(*entry, stat, stored)) {
      intake.cache().keep("");
      intake.count_stored(stored);
      ports.reporter.advance(1, stat.size);
      return {"", model::EntryType::file, stat.executable, stat.size, 1, entry->digest};
    }
  }
  const FileIntake::Taken taken =
      intake.take_file([&] { return ports.files.open(path); }, path, previous);
  if (taken.trouble) {
    throw model::Error(taken.trouble->kind(), taken.trouble->message(), taken.trouble->hint());
  }
  const auto recorder = intake.cache().add("");
  recorder->add({"", taken.stat, taken.entry.digest, taken.certain});
  recorder->finish({taken.entry.digest, taken.entry.size, 1, 1});
  return taken.entry;
}

}  // namespace

Ingested ingest_path(const Ports& ports, const std::string& path, model::Stored stored,
                     const IngestExtras& extras)
{
  const auto stat = ports.files.stat(path, ports::FollowLinks::yes);
  if (!stat) {
    throw model::Error(model::ErrorKind::not_found, "path '" + path + "': nothing there");
  }
  if (stat->type != ports::FileType::folder && stat->type != ports::FileType::file) {
    throw model::Error(model::ErrorKind::usage,
                       "path '" + path + "': a socket, pipe or device has no content",
                       "name a file or a folder");
  }
  const std::string root = ports.files.resolve(path);
  Ingested result;
  FileIntake intake(ports, root, stored, extras);
  ports.reporter.begin("reading " + path, stat->type == ports::FileType::file ? stat->size : 0);
  if (stat->type == ports::FileType::folder) {
    result.root = FolderWalk(ports, intake, root, nullptr).take(extras.previous, result);
  } else {
    result.root = take_root_file(ports, intake, root, *stat, extras.previous);
  }
  intake.commit(result);
  ports.reporter.end();
  return result;
}

Ingested ingest_files(const Ports& ports, const FileList& list, model::Stored stored,
                      const IngestExtras& extras)
{
  FileList sorted = list;
  for (std::string& path : sorted.paths) {
    path = model::RepoPath::parse(path).str();
  }
  std::sort(sorted.paths.begin(), sorted.paths.end(), model::path_less);
  Ingested result;
  // Not the same name as a snapshot of the folder has: the two hold different sets of files.
  FileIntake intake(ports, list.top + list.cache_mark, stored, extras);
  result.root = FolderWalk(ports, intake, list.top, &sorted).take(extras.previous, result);
  intake.commit(result);
  return result;
}

}  // namespace mlrepro::versioning
