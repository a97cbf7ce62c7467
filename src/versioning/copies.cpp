// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/copies.hpp"

#include <algorithm>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/ports/text_source.hpp"
#include "mlrepro/versioning/ingest.hpp"

namespace mlrepro::versioning {
namespace {

// Knows nothing and remembers nothing: what is looked at here must have been read.
class NoCache final : public ports::StatCache {
 public:
  std::unique_ptr<ports::StatCachePass> begin(const std::string& /*root*/) override
  {
    return std::make_unique<Pass>();
  }

 private:
  class Recorder final : public ports::FolderRecorder {
   public:
    void add(const ports::CachedEntry& /*entry*/) override {}
    void finish(const ports::CachedTotals& /*totals*/) override {}
  };
  class Pass final : public ports::StatCachePass {
   public:
    std::int64_t started_ns() override { return 0; }
    [[nodiscard]] std::unique_ptr<ports::CachedFolder> find(
        const std::string& /*path*/) const override
    {
      return nullptr;
    }
    void keep(const std::string& /*path*/) override {}
    std::unique_ptr<ports::FolderRecorder> add(const std::string& /*path*/) override
    {
      return std::make_unique<Recorder>();
    }
    void commit() override {}
  };
};

// Has nothing, so that every node is handed over.
class EmptyStore final : public ports::ObjectStore {
 public:
  [[nodiscard]] std::optional<std::uint64_t> find(const model::Digest& /*digest*/) const override
  {
    return std::nullopt;
  }
  [[nodiscard]] std::unique_ptr<ports::ByteSource> open(ports::ObjectKind /*kind*/,
                                                        const model::Digest& digest) const override
  {
    throw model::Error(model::ErrorKind::not_found, "object '" + digest.hex() + "': not here");
  }
  [[nodiscard]] std::unique_ptr<ports::StoreHold> hold() override
  {
    return std::make_unique<ports::StoreHold>();
  }
  std::unique_ptr<ports::ObjectBatch> begin() override { return nullptr; }
  [[nodiscard]] std::uint64_t place(const model::Digest& /*digest*/) const override { return 0; }
  void for_each(
      const std::function<void(const model::Digest&, std::uint64_t)>& /*visit*/) const override
  {
  }
  void remove(const model::Digest& /*digest*/) override {}
};

FoundCopy nothing(std::string why)
{
  return {nullptr, "", std::move(why)};
}

std::string shown(const std::string& path)
{
  return "'" + (path.empty() ? std::string(".") : path) + "'";
}

}  // namespace

WorkingTreeCopies::WorkingTreeCopies(const Ports& ports, std::string top)
    : ports_(ports), top_(std::move(top))
{
}

FoundCopy WorkingTreeCopies::find(const WantedObject& wanted)
{
  if (wanted.origins.empty()) {
    return nothing("no path is recorded for it");
  }
  return wanted.kind == ports::ObjectKind::tree ? find_tree(wanted) : find_blob(wanted);
}

FoundCopy WorkingTreeCopies::find_blob(const WantedObject& wanted) const
{
  std::string why;
  for (const Origin& origin : wanted.origins) {
    FoundCopy found = look_at(origin, wanted.digest);
    if (found.content) {
      return found;
    }
    why = why.empty() ? found.why_not : why;
  }
  return nothing(why);
}

FoundCopy WorkingTreeCopies::look_at(const Origin& origin, const model::Digest& digest) const
{
  std::string path = plan::absolute_path(top_, origin.path);
  try {
    if (origin.path == origin.root && ports_.files.stat(path, ports::FollowLinks::yes)) {
      path = ports_.files.resolve(path);  // what was named itself is followed when it is a link
    }
    const auto stat = ports_.files.stat(path, ports::FollowLinks::no);
    if (!stat) {
      return nothing(shown(origin.path) + " is not there");
    }
    if (stat->type == ports::FileType::symlink) {
      std::string target = ports_.files.read_link(path);
      if (ports_.digester.digest(target) == digest) {
        return {std::make_unique<ports::TextSource>(std::move(target)), origin.path, ""};
      }
    } else if (stat->type == ports::FileType::file) {
      const auto content = ports_.files.open(path);
      if (ports_.digester.digest(*content) == digest) {
        return {ports_.files.open(path), origin.path, ""};
      }
    } else {
      return nothing(shown(origin.path) + " is no file");
    }
    return nothing(shown(origin.path) + " has other content");
  } catch (const model::Error& error) {
    return nothing(error.message());
  }
}

FoundCopy WorkingTreeCopies::find_tree(const WantedObject& wanted)
{
  std::string why;
  for (const Origin& origin : wanted.origins) {
    const Folder& now = folder(origin.root);
    const auto node = now.nodes.find(wanted.digest);
    if (node != now.nodes.end()) {
      return {std::make_unique<ports::TextSource>(node->second), origin.path, ""};
    }
    if (why.empty()) {
      why = now.trouble.empty() ? shown(origin.path) + " is not as it was" : now.trouble;
    }
  }
  return nothing(why);
}

// From the root, not from the folder itself: files that are ignored are named further up.
const WorkingTreeCopies::Folder& WorkingTreeCopies::folder(const std::string& root)
{
  const auto [found, is_new] = folders_.try_emplace(root);
  if (is_new) {
    EmptyStore empty;
    NoCache no_cache;
    const Ports looking{ports_.files,    empty,        no_cache,        ports_.snapshots,
                        ports_.digester, ports_.clock, ports_.reporter, ports_.threads};
    try {
      (void)ingest_path(looking, plan::absolute_path(top_, root), model::Stored::identity_only,
                        {std::nullopt, &found->second.nodes});
    } catch (const model::Error& error) {
      found->second.trouble = error.kind() == model::ErrorKind::not_found
                                  ? shown(root) + " is not there"
                                  : error.message();
    }
  }
  return found->second;
}

FoundCopy StoreCopies::find(const WantedObject& wanted)
{
  if (wanted.kind == ports::ObjectKind::blob) {
    if (auto content = care_.salvage(wanted.digest)) {
      return {std::move(content), "another record of the store", ""};
    }
  }
  return nothing("");
}

}  // namespace mlrepro::versioning
