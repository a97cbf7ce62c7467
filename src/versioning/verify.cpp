// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/verify.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::versioning {
namespace {

using model::EntryType;

// Objects that one thread reads in one go: neighbours in the store.
constexpr std::size_t k_run = 16;

template <typename T>
void add_once(std::vector<T>& items, const T& item)
{
  if (std::find(items.begin(), items.end(), item) == items.end()) {
    items.push_back(item);
  }
}

// First every object that is needed is named once, then all are read in the order in which they
// lie in the store, and only what is damaged is traced back to the paths that need it.
class Verifier {
 public:
  explicit Verifier(const Ports& ports) : ports_(ports), pool_(ports.threads) {}

  void add_root(const VerifyRoot& root)
  {
    if (root.entry.type == EntryType::folder) {
      add_tree(root.entry.digest);
    } else {
      blobs_.push_back(root.entry.digest);
    }
  }

  void check_needed()
  {
    std::sort(blobs_.begin(), blobs_.end());
    blobs_.erase(std::unique(blobs_.begin(), blobs_.end()), blobs_.end());
    read_all(blobs_, [&](const model::Digest& digest) {
      if (const auto problem = problem_of(ports::ObjectKind::blob, digest)) {
        add_damage(digest, *problem);
      }
    });
  }

  // An object that nothing names is content or a node; its reader knows which. One that is removed
  // meanwhile is nobody's loss.
  void check_unneeded()
  {
    std::vector<model::Digest> others;
    ports_.objects.for_each([&](const model::Digest& digest, std::uint64_t) {
      if (!trees_.contains(digest) && !std::binary_search(blobs_.begin(), blobs_.end(), digest)) {
        others.push_back(digest);
      }
    });
    std::map<model::Digest, std::string> problems;
    read_all(others, [&](const model::Digest& digest) {
      if (const auto as_blob = problem_of(ports::ObjectKind::blob, digest)) {
        if (const auto as_tree = problem_of(ports::ObjectKind::tree, digest)) {
          const std::lock_guard guard(mutex_);
          problems[digest] = "as a file: " + *as_blob + "; as a folder: " + *as_tree;
        }
      }
    });
    if (problems.empty()) {
      return;
    }
    ports_.objects.for_each([&](const model::Digest& digest, std::uint64_t) {
      if (const auto problem = problems.find(digest); problem != problems.end()) {
        add_damage(digest, problem->second);
      }
    });
  }

  void blame(const VerifyRoot& root)
  {
    if (!damaged_.empty()) {
      root_ = &root;
      blame_entry(root.entry, root.label);
    }
  }

  model::Verification finish()
  {
    model::Verification result;
    result.checked = checked_;
    result.bytes = bytes_;
    for (auto& [digest, damage] : damaged_) {
      result.damaged.push_back(std::move(damage));
    }
    return result;
  }

 private:
  void add_tree(const model::Digest& digest)
  {
    if (!trees_.insert(digest).second) {
      return;
    }
    model::TreeNode node;
    ++checked_;
    try {
      const std::string bytes = ports::load_object(ports_.objects, ports::ObjectKind::tree, digest);
      bytes_ += bytes.size();
      node = format::decode_tree(bytes);
    } catch (const model::Error& error) {
      add_damage(digest, text_of(error));
      return;
    }
    for (const model::TreeEntry& entry : node.entries) {
      if (entry.type == EntryType::folder) {
        add_tree(entry.digest);
      } else {
        blobs_.push_back(entry.digest);
      }
    }
    for (const model::TreePart& part : node.parts) {
      add_tree(part.digest);
    }
  }

  void read_all(const std::vector<model::Digest>& digests,
                const std::function<void(const model::Digest&)>& check)
  {
    std::vector<std::pair<std::uint64_t, model::Digest>> order;
    order.reserve(digests.size());
    for (const model::Digest& digest : digests) {
      order.emplace_back(ports_.objects.place(digest), digest);
    }
    std::sort(order.begin(), order.end());
    pool_.run((order.size() + k_run - 1) / k_run, [&](std::size_t run) {
      for (std::size_t i = run * k_run; i < std::min(order.size(), (run + 1) * k_run); ++i) {
        check(order[i].second);
        ++checked_;
      }
    });
  }

  // Reads it to its end; absent when it is sound.
  std::optional<std::string> problem_of(ports::ObjectKind kind, const model::Digest& digest)
  {
    static thread_local std::vector<std::byte> buffer(256UL * 1024);
    try {
      const auto source = ports_.objects.open(kind, digest);
      while (const std::size_t size = source->read(buffer)) {
        bytes_ += size;
        ports_.reporter.advance(0, size);
      }
      return std::nullopt;
    } catch (const model::Error& error) {
      return text_of(error);
    }
  }

  static std::string text_of(const model::Error& error)
  {
    return error.kind() == model::ErrorKind::not_found ? "missing" : error.message();
  }

  void add_damage(const model::Digest& digest, const std::string& problem)
  {
    const std::lock_guard guard(mutex_);
    model::Damage& damage = damaged_[digest];
    damage.object = digest;
    damage.problem = problem;
  }

  void blame_entry(const model::TreeEntry& entry, const std::string& path)
  {
    if (const auto damage = damaged_.find(entry.digest); damage != damaged_.end()) {
      blame_path(damage->second, path);
    } else if (entry.type == EntryType::folder) {
      blame_node(entry.digest, path);
    }
  }

  void blame_node(const model::Digest& digest, const std::string& path)
  {
    if (const auto damage = damaged_.find(digest); damage != damaged_.end()) {
      blame_path(damage->second, path);
      return;
    }
    const model::TreeNode node = load_node(ports_.objects, digest);
    for (const model::TreeEntry& child : node.entries) {
      blame_entry(child, path.empty() ? child.name : path + "/" + child.name);
    }
    for (const model::TreePart& part : node.parts) {
      blame_node(part.digest, path);
    }
  }

  void blame_path(model::Damage& damage, const std::string& path) const
  {
    add_once(damage.paths, path);
    if (root_->snapshot) {
      add_once(damage.snapshots, *root_->snapshot);
    }
    for (const model::RunId& run : root_->runs) {
      add_once(damage.runs, run);
    }
  }

  const Ports& ports_;
  WorkPool pool_;
  const VerifyRoot* root_ = nullptr;
  std::unordered_set<model::Digest> trees_;
  std::vector<model::Digest> blobs_;
  std::mutex mutex_;
  std::map<model::Digest, model::Damage> damaged_;
  std::atomic<std::uint64_t> checked_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace

model::Verification verify(const Ports& ports, const std::vector<VerifyRoot>& roots, Extent extent)
{
  ports.reporter.begin("verifying", 0);
  Verifier verifier(ports);
  for (const VerifyRoot& root : roots) {
    verifier.add_root(root);
  }
  verifier.check_needed();
  if (extent == Extent::everything) {
    verifier.check_unneeded();
  }
  for (const VerifyRoot& root : roots) {
    verifier.blame(root);
  }
  ports.reporter.end();
  return verifier.finish();
}

}  // namespace mlrepro::versioning
