// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/verify.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "versioning/repairer.hpp"
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
  Verifier(const Ports& ports, const VerifyOptions& options)
      : ports_(ports), options_(options), pool_(ports.threads)
  {
  }

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
    read_all(chosen(blobs_), [&](const model::Digest& digest) {
      if (ports_.objects.forgotten(digest)) {
        ++forgotten_;
      } else if (const auto problem = problem_of(ports::ObjectKind::blob, digest)) {
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
    read_all(chosen(std::move(others)), [&](const model::Digest& digest) {
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

  [[nodiscard]] std::uint64_t checked() const { return checked_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

  // In the order of their digests.
  std::vector<Lost> take_damaged()
  {
    std::vector<Lost> lost;
    for (auto& [digest, damage] : damaged_) {
      const auto kind = trees_.contains(digest) ? ports::ObjectKind::tree : ports::ObjectKind::blob;
      lost.push_back({{kind, digest, std::move(origins_[digest])}, std::move(damage)});
    }
    return lost;
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
      add_damage(digest, problem_text(error));
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

  // The sample, or all. Which ones is a matter of chance, how many is not.
  [[nodiscard]] std::vector<model::Digest> chosen(std::vector<model::Digest> digests) const
  {
    if (!options_.sample || digests.empty()) {
      return digests;
    }
    // 7% of 100 are 7, though 0.07 * 100 is a little more.
    const double share = *options_.sample * static_cast<double>(digests.size());
    const auto count = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(share - 1e-6)));
    const auto lot = [&](const model::Digest& digest) {
      // SplitMix64: neighbouring seeds give draws that have nothing in common.
      std::uint64_t value =
          std::hash<model::Digest>()(digest) + options_.seed * 0x9e3779b97f4a7c15U;
      value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
      value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
      return value ^ (value >> 31U);
    };
    std::nth_element(
        digests.begin(), digests.begin() + static_cast<std::ptrdiff_t>(count - 1), digests.end(),
        [&](const model::Digest& a, const model::Digest& b) { return lot(a) < lot(b); });
    digests.resize(count);
    return digests;
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

  std::optional<std::string> problem_of(ports::ObjectKind kind, const model::Digest& digest)
  {
    std::uint64_t bytes = 0;
    auto problem = versioning::problem_of(ports_, kind, digest, bytes);
    bytes_ += bytes;
    return problem;
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

  void blame_path(model::Damage& damage, const std::string& path)
  {
    add_once(damage.paths, path);
    origins_[damage.object].push_back({root_->label, path});
    if (root_->snapshot) {
      add_once(damage.snapshots, *root_->snapshot);
    }
    for (const model::RunId& run : root_->runs) {
      add_once(damage.runs, run);
    }
  }

  const Ports& ports_;
  const VerifyOptions& options_;
  WorkPool pool_;
  const VerifyRoot* root_ = nullptr;
  std::unordered_set<model::Digest> trees_;
  std::vector<model::Digest> blobs_;
  std::mutex mutex_;
  std::map<model::Digest, model::Damage> damaged_;
  std::map<model::Digest, std::vector<Origin>> origins_;
  std::atomic<std::uint64_t> checked_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> forgotten_{0};
};

std::vector<Lost> find_damage(const Ports& ports, const std::vector<VerifyRoot>& roots,
                              const VerifyOptions& options, model::Verification& result)
{
  ports.reporter.begin("verifying", 0);
  Verifier verifier(ports, options);
  for (const VerifyRoot& root : roots) {
    verifier.add_root(root);
  }
  verifier.check_needed();
  if (options.extent == Extent::everything) {
    verifier.check_unneeded();
  }
  for (const VerifyRoot& root : roots) {
    verifier.blame(root);
  }
  ports.reporter.end();
  result.checked = verifier.checked();
  result.bytes = verifier.bytes();
  result.forgotten = verifier.forgotten();
  return verifier.take_damaged();
}

void add_all(std::vector<Lost>& lost, bool repaired, model::Verification& result)
{
  for (Lost& item : lost) {
    if (item.damage.repaired_from.has_value() == repaired) {
      result.damaged.push_back(std::move(item.damage));
    }
  }
}

}  // namespace

model::Verification verify(const Ports& ports, const std::vector<VerifyRoot>& roots,
                           const VerifyOptions& options)
{
  model::Verification result;
  result.sample = options.sample;
  const bool repairing = options.care != nullptr && !options.copies.empty();
  if (repairing) {
    result.mended_indexes = options.care->mend_indexes();
  }
  std::vector<Lost> lost = find_damage(ports, roots, options, result);
  // What lies below a lost folder is not known before that is back.
  while (repairing && !lost.empty()) {
    const bool folders = repair(ports, *options.care, options.copies, lost);
    add_all(lost, true, result);
    if (!folders) {
      break;
    }
    lost = find_damage(ports, roots, options, result);
  }
  add_all(lost, false, result);
  if (options.care != nullptr) {
    result.damaged_indexes = options.care->damaged_indexes();
  }
  return result;
}

model::Verification verify(const Ports& ports, const std::vector<VerifyRoot>& roots, Extent extent)
{
  VerifyOptions options;
  options.extent = extent;
  return verify(ports, roots, options);
}

}  // namespace mlrepro::versioning
