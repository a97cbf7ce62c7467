// SPDX-License-Identifier: Apache-2.0
#include "reproduction/compare_outputs.hpp"

#include <memory>
#include <optional>

#include "mlrepro/format/content_reader.hpp"
#include "mlrepro/format/table_reader.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/compare_content.hpp"
#include "mlrepro/plan/compare_rows.hpp"
#include "mlrepro/plan/compare_trees.hpp"
#include "mlrepro/plan/fold_files.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/row_rule.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "reproduction/compare_tables.hpp"

namespace mlrepro::reproduction {
namespace {

using model::CheckStatus;
using model::EntryType;
using model::FileCheck;
using model::OutputCheck;

class ReaderSource final : public ports::ByteSource {
 public:
  explicit ReaderSource(const format::ReadBytes& read) : read_(read) {}
  std::size_t read(std::span<std::byte> buffer) override { return read_(buffer); }

 private:
  const format::ReadBytes& read_;
};

const char* type_text(EntryType type)
{
  return type == EntryType::folder ? "a folder" : type == EntryType::symlink ? "a link" : "a file";
}

class OutputComparison {
 public:
  OutputComparison(const versioning::Ports& ports, const std::vector<model::RowRule>& rules)
      : ports_(ports), rules_(rules)
  {
  }

  void compare(OutputCheck& check) const
  {
    const auto recorded = root_of(*check.recorded);
    const auto replayed = root_of(*check.replayed);
    if (!recorded || !replayed) {
      check.reasons = {std::string("other content, which is not kept ") +
                       (recorded ? "of the replay" : "in the record")};
      return;
    }
    std::vector<FileCheck> files;
    if (recorded->type == EntryType::folder && replayed->type == EntryType::folder) {
      files = compare_folders(check.path, *recorded, *replayed);
    } else {
      files.push_back(compare_files(check.path, "", entry_of(*recorded), entry_of(*replayed)));
    }
    for (const FileCheck& file : files) {
      const std::string name = file.path.empty() ? check.path : check.path + "/" + file.path;
      check.ruled = check.ruled || plan::row_rule_for(rules_, name) != nullptr;
    }
    plan::fold_files(std::move(files), check);
  }

 private:
  // Absent where only its identity was kept.
  [[nodiscard]] std::optional<model::TreeEntry> root_of(const model::Digest& snapshot) const
  {
    for (const model::Snapshot& entry : ports_.snapshots.list({snapshot.hex(), "", std::nullopt})) {
      if (entry.id == snapshot && entry.stored == model::Stored::content) {
        return entry.root;
      }
    }
    return std::nullopt;
  }

  static model::ManifestEntry entry_of(const model::TreeEntry& root)
  {
    return {"", root.type, root.executable, root.size, root.digest};
  }

  [[nodiscard]] std::vector<FileCheck> compare_folders(const std::string& path,
                                                       const model::TreeEntry& recorded,
                                                       const model::TreeEntry& replayed) const
  {
    const model::ManifestDiff diff =
        plan::compare_trees(recorded, replayed, versioning::loader(ports_.objects));
    std::vector<FileCheck> files;
    for (const model::FileChange& change : diff.removed) {
      files.push_back({change.path, CheckStatus::missing, {}, {"missing in the replay"}});
    }
    for (const model::FileChange& change : diff.added) {
      files.push_back({change.path, CheckStatus::missing, {}, {"missing in the record"}});
    }
    for (const model::FileChange& change : diff.changed) {
      files.push_back(
          compare_files(path + "/" + change.path, change.path, *change.before, *change.after));
    }
    return files;
  }

  // `name` is the whole path, `path` the part of it below the output.
  [[nodiscard]] FileCheck compare_files(const std::string& name, const std::string& path,
                                        const model::ManifestEntry& recorded,
                                        const model::ManifestEntry& replayed) const
  {
    FileCheck check;
    check.path = path;
    if (recorded.type != replayed.type) {
      check.reasons = {std::string(type_text(recorded.type)) + " then, " +
                       type_text(replayed.type) + " now"};
    } else if (recorded.type == EntryType::symlink) {
      check.reasons = {"a link to another place"};
    } else if (recorded.executable != replayed.executable) {
      check.reasons = {recorded.executable ? "executable then, not executable now"
                                           : "not executable then, executable now"};
    } else if (const model::RowRule* rule = plan::row_rule_for(rules_, name)) {
      compare_rows(name, recorded.digest, replayed.digest, *rule, check);
    } else {
      compare_content(name, recorded.digest, replayed.digest, check);
    }
    return check;
  }

  void compare_rows(const std::string& name, const model::Digest& recorded,
                    const model::Digest& replayed, const model::RowRule& rule,
                    FileCheck& check) const
  {
    const char separator = format::table_separator(name);
    if (separator == '\0') {
      check.reasons = {"rows are compared of .csv and .tsv files, and of .gz of these"};
      return;
    }
    try {
      const TablePair tables = {open(recorded), open(replayed), separator};
      plan::conclude_rows(compare_tables(tables, rule), rule.tolerance, check);
    } catch (const model::Error& error) {
      if (error.kind() == model::ErrorKind::io) {
        throw;
      }
      check.reasons = {"its rows can't be compared: " + error.message()};
    }
  }

  void compare_content(const std::string& name, const model::Digest& recorded,
                       const model::Digest& replayed, FileCheck& check) const
  {
    model::ContentComparison content =
        plan::compare_content(read_content(name, recorded), read_content(name, replayed));
    check.ignored = std::move(content.ignored);
    check.reasons = std::move(content.reasons);
    if (content.same) {
      check.status = CheckStatus::same_content;
    }
  }

  [[nodiscard]] model::FileContent read_content(const std::string& name,
                                                const model::Digest& digest) const
  {
    format::ContentSource source;
    source.name = plan::base_name(name);
    source.open = [this, &digest] { return open(digest); };
    source.digest = [this](const format::ReadBytes& read) {
      ReaderSource bytes(read);
      return ports_.digester.digest(bytes);
    };
    return format::read_content(source);
  }

  [[nodiscard]] format::ReadBytes open(const model::Digest& digest) const
  {
    const std::shared_ptr<ports::ByteSource> opened =
        ports::open_recorded(ports_.objects, ports::ObjectKind::blob, digest);
    return [opened](std::span<std::byte> out) { return opened->read(out); };
  }

  const versioning::Ports& ports_;
  const std::vector<model::RowRule>& rules_;
};

}  // namespace

void compare_outputs(const versioning::Ports& ports, const std::vector<model::RowRule>& rules,
                     std::vector<OutputCheck>& checks)
{
  const OutputComparison comparison(ports, rules);
  for (OutputCheck& check : checks) {
    if (check.status != CheckStatus::differs) {
      continue;
    }
    try {
      comparison.compare(check);
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::not_found &&
          error.kind() != model::ErrorKind::corrupt) {
        throw;
      }
      // That the bytes differ is known without them.
      check.reasons = {"other content, which can't be read: " + error.message()};
    }
  }
}

}  // namespace mlrepro::reproduction
