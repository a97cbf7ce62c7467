// SPDX-License-Identifier: Apache-2.0
#include "storage/content_download.hpp"

#include <array>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "storage/object_source.hpp"
#include "storage/pack_batch.hpp"

namespace mlrepro::storage {
PackDownload::PackDownload(std::string packs, std::string temporary,
                           const std::vector<std::shared_ptr<const Pack>>& there)
    : packs_(std::move(packs)),
      temporary_(std::move(temporary)),
      all_(packs_, there),
      remote_("", there),
      reader_(all_),
      remote_reader_(remote_),
      closure_(all_, reader_),
      local_(packs_),
      local_reader_(local_),
      arrived_(local_, local_reader_)
{
  (void)all_.refresh();
}

void PackDownload::forbid(const std::set<model::Digest>& content)
{
  closure_.forbid(content);
  arrived_.forbid(content);
}

std::string PackDownload::document(const model::Digest& digest)
{
  const LoadedRecord record = remote_reader_.load(digest, RecordKind::blob, Check::digest);
  return {reinterpret_cast<const char*>(record.content.data()), record.content.size()};
}

void PackDownload::add(const std::vector<ports::ContentRoot>& roots)
{
  if (const auto missing = closure_.add(roots)) {
    throw model::Error(model::ErrorKind::corrupt, *missing);
  }
}

std::shared_ptr<const PackList> PackDownload::here() const
{
  PackSet local(packs_);
  return local.rescan();
}

TransferPlan PackDownload::plan() const
{
  const auto list = here();
  return plan_transfer(
      closure_.records(),
      [&](const model::Digest& key, RecordKind kind) {
        return list->find_whole(key, kind).has_value();
      },
      Recipes::last);
}

ports::TransferSize PackDownload::size() const
{
  return plan().size;
}

void PackDownload::fetch(ports::Reporter& reporter)
{
  const TransferPlan plan = this->plan();
  reporter.begin("pulling", plan.size.bytes);
  posix::make_folders(temporary_, 0700);
  {
    PackTransfer transfer(
        reader_, {here(), temporary_, [this](SealedPack pack) { publish(std::move(pack)); }});
    for (const BlockToCopy& block : plan.blocks) {
      transfer.copy(block);
      reporter.advance(block.records.size(), block.pack->footer().block(block.block).length);
    }
    transfer.finish();
    damaged_ = transfer.damaged();
  }
  copy_recipes(plan.recipes);
  (void)local_.rescan();
  arrived_.distrust(damaged_);
  reporter.end();
}

// Whatever was planned and copied: what counts is what is here.
std::optional<std::string> PackDownload::lacking(const std::vector<ports::ContentRoot>& roots)
{
  return arrived_.add(roots);
}

// A recipe's key is the digest of its file: that can be told once the pieces are here, and has to
// be before anybody takes it for the file.
void PackDownload::copy_recipes(const std::vector<model::Digest>& recipes)
{
  if (recipes.empty()) {
    return;
  }
  (void)all_.rescan();
  PackTransfer transfer(
      reader_, {here(), temporary_, [this](SealedPack pack) { publish(std::move(pack)); }});
  for (const model::Digest& file : recipes) {
    try {
      const LoadedRecord recipe = reader_.load(file, RecordKind::recipe, Check::checksum);
      const auto content = open_recipe(reader_, file, recipe.content);
      std::array<std::byte, 65536> buffer{};
      while (content->read(buffer) > 0) {
      }
      transfer.add(RecordKind::recipe, file, recipe.content);
    } catch (const model::Error& error) {
      if (!is_about_content(error)) {
        throw;
      }
      damaged_.emplace(file, "file '" + file.hex() + "': " + error.message());
    }
  }
  transfer.finish();
}

void PackDownload::publish(SealedPack pack)
{
  std::vector<SealedPack> packs;
  packs.push_back(std::move(pack));
  publish_packs(packs, packs_);
}

std::unique_ptr<ports::ByteSource> PackDownload::open(ports::ObjectKind kind,
                                                      const model::Digest& digest)
{
  return open_object(remote_reader_, kind, digest);
}

}  // namespace mlrepro::storage
