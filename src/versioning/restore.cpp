// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/restore.hpp"

#include <algorithm>
#include <set>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/versioning/load_manifest.hpp"

namespace mlrepro::versioning {
namespace {

using model::EntryType;
using model::ManifestEntry;

std::vector<ManifestEntry> select(const model::Manifest& manifest,
                                  const std::vector<std::string>& paths)
{
  if (paths.empty()) {
    return manifest.entries;
  }
  std::vector<std::string> names;
  for (const ManifestEntry& entry : manifest.entries) {
    names.push_back(entry.path);
  }
  std::set<std::string> wanted;
  for (const std::string& raw : paths) {
    const std::string path =
        model::RepoPath::parse(raw.ends_with('/') ? raw.substr(0, raw.size() - 1) : raw).str();
    if (std::find(names.begin(), names.end(), path) == names.end()) {
      throw model::Error(model::ErrorKind::not_found, "path '" + path + "': not in the snapshot",
                         plan::did_you_mean(path, names));
    }
    wanted.insert(path);
  }
  std::vector<ManifestEntry> selected;
  for (const ManifestEntry& entry : manifest.entries) {
    const bool inside = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& path) {
      return model::is_within(entry.path, path) ||
             (entry.type == EntryType::folder && model::is_within(path, entry.path));
    });
    if (inside) {
      selected.push_back(entry);
    }
  }
  return selected;
}

class Restorer {
 public:
  Restorer(const Ports& ports, const RestoreRequest& request)
      : ports_(ports),
        request_(request),
        restoration_(ports.files.begin_restore(request.target, request.existing))
  {
    result_.target = request.target;
  }

  void add(const ManifestEntry& entry)
  {
    switch (entry.type) {
      case EntryType::folder:
        restoration_->add_folder(entry.path);
        break;
      case EntryType::symlink:
        restoration_->add_symlink(entry.path, load_blob(ports_.objects, entry.digest));
        ++result_.files;
        break;
      case EntryType::file:
        add_file(entry);
        break;
    }
  }

  RestoreResult publish()
  {
    restoration_->publish();
    return result_;
  }

 private:
  void add_file(const ManifestEntry& entry)
  {
    if (is_there(entry)) {
      restoration_->keep_file(entry.path, entry.executable);
      ++result_.kept;
    } else {
      const auto content = ports_.objects.open(ports::ObjectKind::blob, entry.digest);
      restoration_->add_file(entry.path, entry.executable, *content);
      ++result_.files;
      result_.bytes += entry.size;
    }
    ports_.reporter.advance(1, entry.size);
  }

  [[nodiscard]] bool is_there(const ManifestEntry& entry) const
  {
    const std::string path =
        entry.path.empty() ? request_.target : request_.target + "/" + entry.path;
    try {
      const auto stat = ports_.files.stat(path, ports::FollowLinks::no);
      return stat && stat->type == ports::FileType::file && stat->size == entry.size &&
             stat->executable == entry.executable &&
             ports_.digester.digest(*ports_.files.open(path)) == entry.digest;
    } catch (const model::Error&) {
      return false;  // what can't be read is not taken over, but written anew
    }
  }

  const Ports& ports_;
  const RestoreRequest& request_;
  std::unique_ptr<ports::Restoration> restoration_;
  RestoreResult result_;
};

}  // namespace

RestoreResult restore(const Ports& ports, const model::TreeEntry& root,
                      const RestoreRequest& request)
{
  const model::Manifest manifest = load_manifest(ports.objects, root);
  const auto selected = select(manifest, request.paths);
  ports.reporter.begin("restoring " + request.target, root.size);
  Restorer restorer(ports, request);
  restorer.add({"", root.type, root.executable, root.size, root.digest});
  for (const ManifestEntry& entry : selected) {
    restorer.add(entry);
  }
  RestoreResult result = restorer.publish();
  ports.reporter.end();
  return result;
}

}  // namespace mlrepro::versioning
