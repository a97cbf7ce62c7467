// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mlrepro/ports/content_exchange.hpp"
#include "mlrepro/ports/remote.hpp"
#include "mlrepro/versioning/copies.hpp"

namespace mlrepro::sharing {

// Good copies of lost objects that a remote has. It is first looked at when one is looked for.
class RemoteCopies final : public versioning::CopySource {
 public:
  // `name` is what the remote is called. The exchange outlives it.
  RemoteCopies(ports::ContentExchange& exchange, std::string name,
               std::unique_ptr<ports::Remote> remote);

  versioning::FoundCopy find(const versioning::WantedObject& wanted) override;

 private:
  ports::ContentExchange& exchange_;
  std::string name_;
  std::unique_ptr<ports::Remote> remote_;
  std::unique_ptr<ports::ContentDownload> download_;
  std::optional<std::string> trouble_;  // why the remote is of no use
};

}  // namespace mlrepro::sharing
