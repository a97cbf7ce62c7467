// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/verify.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::versioning {
namespace {

using model::EntryType;

// What is known of one object after looking at it once.
struct Finding {
  std::string problem;  // empty: sound
  std::optional<model::TreeNode> node;
};

template <typename T>
void add_once(std::vector<T>& items, const T& item)
{
  if (std::find(items.begin(), items.end(), item) == items.end()) {
    items.push_back(item);
  }
}

class Verifier {
 public:
  explicit Verifier(const Ports& ports) : ports_(ports) {}

  void check_root(const VerifyRoot& root)
  {
    root_ = &root;
    check(root.entry, root.label);
  }

  void check_everything()
  {
    root_ = nullptr;
    std::vector<model::Digest> all;
    ports_.objects.for_each([&](const model::Digest& digest, std::uint64_t) {
      if (!findings_.contains(digest)) {
        all.push_back(digest);
      }
    });
    for (const model::Digest& digest : all) {
      check_unowned(digest);
    }
  }

  model::Verification finish()
  {
    for (auto& [digest, damage] : damaged_) {
      result_.damaged.push_back(std::move(damage));
    }
    return std::move(result_);
  }

 private:
  void check(const model::TreeEntry& entry, const std::string& path)
  {
    const bool folder = entry.type == EntryType::folder;
    const Finding& finding =
        look_at(folder ? ports::ObjectKind::tree : ports::ObjectKind::blob, entry.digest);
    if (!finding.problem.empty()) {
      blame(entry.digest, finding.problem, path);
      return;
    }
    if (finding.node) {
      for (const model::TreeEntry& child : finding.node->entries) {
        check(child, path.empty() ? child.name : path + "/" + child.name);
      }
    }
  }

  const Finding& look_at(ports::ObjectKind kind, const model::Digest& digest)
  {
    const auto known = findings_.find(digest);
    if (known != findings_.end()) {
      return known->second;
    }
    Finding finding;
    try {
      const auto source = ports_.objects.open(kind, digest);
      if (kind == ports::ObjectKind::tree) {
        const std::string bytes = ports::read_all(*source);
        result_.bytes += bytes.size();
        finding.node = format::decode_tree(bytes);
      } else {
        drain(*source);
      }
    } catch (const model::Error& error) {
      if (error.kind() == model::ErrorKind::not_found) {
        finding.problem = "missing";
      } else {
        finding.problem = error.message();
      }
    }
    ++result_.checked;
    return findings_.emplace(digest, std::move(finding)).first->second;
  }

  void drain(ports::ByteSource& source)
  {
    static thread_local std::array<std::byte, 65536> buffer;
    while (const std::size_t size = source.read(buffer)) {
      result_.bytes += size;
      ports_.reporter.advance(0, size);
    }
  }

  // An object that nothing names is a blob or a tree; its header knows which.
  void check_unowned(const model::Digest& digest)
  {
    const std::string as_file = look_at(ports::ObjectKind::blob, digest).problem;
    if (as_file.empty()) {
      return;
    }
    findings_.erase(digest);
    --result_.checked;
    const std::string as_folder = look_at(ports::ObjectKind::tree, digest).problem;
    if (!as_folder.empty()) {
      blame(digest, "as a file: " + as_file + "; as a folder: " + as_folder, "");
    }
  }

  void blame(const model::Digest& digest, const std::string& problem, const std::string& path)
  {
    model::Damage& damage = damaged_[digest];
    damage.object = digest;
    damage.problem = problem;
    if (root_ == nullptr) {
      return;
    }
    add_once(damage.paths, path);
    if (root_->snapshot) {
      add_once(damage.snapshots, *root_->snapshot);
    }
    for (const model::RunId& run : root_->runs) {
      add_once(damage.runs, run);
    }
  }

  const Ports& ports_;
  const VerifyRoot* root_ = nullptr;
  std::unordered_map<model::Digest, Finding> findings_;
  std::map<model::Digest, model::Damage> damaged_;
  model::Verification result_;
};

}  // namespace

model::Verification verify(const Ports& ports, const std::vector<VerifyRoot>& roots, Extent extent)
{
  ports.reporter.begin("verifying", 0);
  Verifier verifier(ports);
  for (const VerifyRoot& root : roots) {
    verifier.check_root(root);
  }
  if (extent == Extent::everything) {
    verifier.check_everything();
  }
  ports.reporter.end();
  return verifier.finish();
}

}  // namespace mlrepro::versioning
