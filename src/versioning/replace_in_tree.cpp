// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/replace_in_tree.hpp"

#include "mlrepro/format/tree_writer.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::versioning {
namespace {

class Replacement {
 public:
  Replacement(LoadNode load, ports::ObjectBatch& batch, std::string_view content)
      : load_(std::move(load)), batch_(batch), content_(content)
  {
  }

  // `path` is what is left of the way.
  model::TreeEntry folder(const model::TreeEntry& old, std::string_view path)
  {
    const std::string_view name = path.substr(0, path.find('/'));
    const std::string_view rest =
        name.size() == path.size() ? std::string_view() : path.substr(name.size() + 1);
    format::TreeWriter writer([&](const std::string& bytes) {
      return ports::put_bytes(batch_, ports::ObjectKind::tree, bytes).digest;
    });
    TreeCursor cursor(load_, old.digest);
    while (const model::TreeEntry* entry = cursor.next()) {
      writer.add(entry->name == name ? replaced(*entry, rest) : *entry);
    }
    model::TreeEntry folder = writer.finish();
    folder.name = old.name;
    return folder;
  }
  [[nodiscard]] bool is_done() const { return done_; }

 private:
  model::TreeEntry replaced(const model::TreeEntry& old, std::string_view rest)
  {
    if (!rest.empty()) {
      return old.type == model::EntryType::folder ? folder(old, rest) : old;
    }
    if (old.type != model::EntryType::file) {
      return old;
    }
    model::TreeEntry entry = old;
    entry.digest = ports::put_bytes(batch_, ports::ObjectKind::blob, content_).digest;
    entry.size = content_.size();
    done_ = true;
    return entry;
  }

  LoadNode load_;
  ports::ObjectBatch& batch_;
  std::string_view content_;
  bool done_ = false;
};

}  // namespace

model::TreeEntry replace_in_tree(const LoadNode& load, ports::ObjectBatch& batch,
                                 const model::TreeEntry& root, const std::string& path,
                                 std::string_view content)
{
  Replacement replacement(load, batch, content);
  model::TreeEntry changed = replacement.folder(root, path);
  if (!replacement.is_done()) {
    throw model::Error(model::ErrorKind::not_found, "'" + path + "': no such file there");
  }
  return changed;
}

}  // namespace mlrepro::versioning
