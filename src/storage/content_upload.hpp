// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mlrepro/ports/content_exchange.hpp"
#include "storage/content_closure.hpp"
#include "storage/pack_transfer.hpp"

namespace mlrepro::storage {

class PackUpload final : public ports::ContentUpload {
 public:
  PackUpload(const std::string& packs, std::string temporary, ports::Remote& remote,
             std::vector<std::shared_ptr<const Pack>> there);

  void forbid(const std::set<model::Digest>& content);
  // What the remote has as a whole is read from this file, and written to it after sending.
  void remember_in(std::string path);
  void distrust_remote() override;
  void add(const std::vector<ports::ContentRoot>& roots) override;
  model::Digest add_document(std::string_view text) override;
  [[nodiscard]] ports::TransferSize size() const override;
  [[nodiscard]] std::set<model::Digest> passed_over() const override
  {
    return closure_.passed_over();
  }
  void send(ports::Reporter& reporter) override;
  std::optional<std::string> lacking(const std::vector<ports::ContentRoot>& roots) override;

 private:
  [[nodiscard]] bool remote_has(const model::Digest& key, RecordKind kind) const;
  void send_pack(SealedPack pack);
  void remember() const;
  [[nodiscard]] const TransferPlan& plan() const;

  std::string temporary_;
  ports::Remote& remote_;
  PackSet local_;
  RecordReader reader_;
  PackSet remote_packs_;
  RecordReader remote_reader_;
  std::shared_ptr<const PackList> there_;
  bool trusted_ = true;
  ContentClosure closure_;
  PackTransfer transfer_;
  std::set<model::Digest> forbidden_;
  std::string memory_;  // a path; empty: nothing is remembered
  KnownTrees known_;
  std::unique_ptr<ContentClosure> sent_;  // where something was damaged
  std::set<model::Digest> documents_;
  ports::TransferSize of_documents_;
  mutable TransferPlan plan_;
  mutable std::size_t planned_ = 0;  // records of the closure that the plan knows of
};

}  // namespace mlrepro::storage
