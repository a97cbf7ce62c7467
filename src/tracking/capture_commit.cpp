// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>

#include "mlrepro/format/tree_writer.hpp"
#include "mlrepro/tracking/capture_code.hpp"

namespace mlrepro::tracking {
namespace {

// The folders of a commit, whose files come in any order.
class Folders {
 public:
  void add(const std::string& path, model::TreeEntry entry)
  {
    const std::size_t slash = path.find('/');
    const std::string name = path.substr(0, slash);
    if (slash == std::string::npos) {
      entry.name = name;
      entries_.emplace(name, std::move(entry));
      return;
    }
    std::unique_ptr<Folders>& folder = folders_[name];
    if (!folder) {
      folder = std::make_unique<Folders>();
    }
    folder->add(path.substr(slash + 1), std::move(entry));
  }

  model::TreeEntry store(ports::ObjectBatch& batch)
  {
    for (const auto& [name, folder] : folders_) {
      model::TreeEntry entry = folder->store(batch);
      entry.name = name;
      entries_.emplace(name, std::move(entry));
    }
    format::TreeWriter writer([&](const std::string& bytes) {
      return ports::put_bytes(batch, ports::ObjectKind::tree, bytes).digest;
    });
    for (const auto& [name, entry] : entries_) {
      writer.add(entry);
    }
    return writer.finish();
  }

 private:
  std::map<std::string, model::TreeEntry> entries_;  // by the bytes of the names
  std::map<std::string, std::unique_ptr<Folders>> folders_;
};

}  // namespace

std::optional<model::CodeState> capture_commit(const Ports& ports, const std::string& folder,
                                               const std::string& revision)
{
  const auto commit = ports.source.find_commit(folder, revision);
  if (!commit) {
    return std::nullopt;
  }
  const auto batch = ports.data.objects.begin();
  Folders top;
  ports.source.for_each_committed(folder, *commit, [&](const ports::CommittedFile& file) {
    model::TreeEntry entry;
    entry.type = file.symlink ? model::EntryType::symlink : model::EntryType::file;
    entry.executable = file.executable;
    entry.size = file.content.size();
    entry.files = 1;
    entry.digest = ports::put_bytes(*batch, ports::ObjectKind::blob, file.content).digest;
    top.add(file.path, std::move(entry));
  });
  model::CodeState state;
  state.in_git = true;
  state.commit = *commit;
  state.digest = top.store(*batch).digest;
  batch->commit();
  return state;
}

}  // namespace mlrepro::tracking
