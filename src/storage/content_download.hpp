// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mlrepro/ports/content_exchange.hpp"
#include "storage/content_closure.hpp"
#include "storage/pack_transfer.hpp"

namespace mlrepro::storage {

class PackDownload final : public ports::ContentDownload {
 public:
  PackDownload(std::string packs, std::string temporary,
               const std::vector<std::shared_ptr<const Pack>>& there);

  std::string document(const model::Digest& digest) override;
  void forbid(const std::set<model::Digest>& content) override;
  void add(const std::vector<ports::ContentRoot>& roots) override;
  [[nodiscard]] ports::TransferSize size() const override;
  void fetch(ports::Reporter& reporter) override;
  std::optional<std::string> lacking(const std::vector<ports::ContentRoot>& roots) override;
  std::unique_ptr<ports::ByteSource> open(ports::ObjectKind kind,
                                          const model::Digest& digest) override;

 private:
  [[nodiscard]] TransferPlan plan() const;
  [[nodiscard]] std::shared_ptr<const PackList> here() const;
  void copy_recipes(const std::vector<model::Digest>& recipes);
  void publish(SealedPack pack);

  std::string packs_;
  std::string temporary_;
  PackSet all_;     // of the store and of the remote
  PackSet remote_;  // of the remote alone
  RecordReader reader_;
  RecordReader remote_reader_;
  ContentClosure closure_;
  PackSet local_;
  RecordReader local_reader_;
  ContentClosure arrived_;
  std::unordered_map<model::Digest, std::string> damaged_;
};

}  // namespace mlrepro::storage
