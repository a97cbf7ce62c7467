// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/ports/content_exchange.hpp"

namespace mlrepro::storage {

// Between a store of packs and remotes that have packs as well (docs/format.md, "Remotes").
class LocalContentExchange final : public ports::ContentExchange {
 public:
  // `cache` is a folder that may be deleted at any time.
  LocalContentExchange(std::string objects, std::string temporary, std::string cache);

  std::unique_ptr<ports::ContentUpload> upload(ports::Remote& remote,
                                               const std::set<model::Digest>& forbidden) override;
  std::unique_ptr<ports::ContentDownload> download(const ports::Remote& remote) override;

 private:
  std::string objects_;
  std::string temporary_;
  std::string cache_;
};

}  // namespace mlrepro::storage
