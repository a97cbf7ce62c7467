// SPDX-License-Identifier: Apache-2.0
#include "storage/local_content_exchange.hpp"

#include "crypto/sha256.hpp"
#include "storage/content_download.hpp"
#include "storage/content_upload.hpp"
#include "storage/remote_packs.hpp"

namespace mlrepro::storage {

LocalContentExchange::LocalContentExchange(std::string objects, std::string temporary,
                                           std::string cache)
    : objects_(std::move(objects)), temporary_(std::move(temporary)), cache_(std::move(cache))
{
}

std::unique_ptr<ports::ContentUpload> LocalContentExchange::upload(
    ports::Remote& remote, const std::set<model::Digest>& forbidden)
{
  auto upload = std::make_unique<PackUpload>(objects_ + "/packs", temporary_, remote,
                                             open_remote_packs(remote, cache_));
  upload->forbid(forbidden);
  if (!cache_.empty()) {
    const std::string name = crypto::Sha256Digester().digest(remote.label()).hex();
    upload->remember_in(cache_ + "/" + name + ".whole");
  }
  return upload;
}

std::unique_ptr<ports::ContentDownload> LocalContentExchange::download(const ports::Remote& remote)
{
  return std::make_unique<PackDownload>(objects_ + "/packs", temporary_,
                                        open_remote_packs(remote, cache_));
}

}  // namespace mlrepro::storage
