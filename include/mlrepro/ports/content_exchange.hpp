// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/ports/object_collector.hpp"
#include "mlrepro/ports/object_store.hpp"
#include "mlrepro/ports/remote.hpp"
#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::ports {

// What goes over, or would.
struct TransferSize {
  std::uint64_t records = 0;  // files, folders, parts of files, documents
  std::uint64_t bytes = 0;    // about what they take where they come from
};

// Content on its way to a remote. Nothing is written there before `send`.
class ContentUpload {
 public:
  ContentUpload() = default;
  ContentUpload(const ContentUpload&) = delete;
  ContentUpload& operator=(const ContentUpload&) = delete;
  virtual ~ContentUpload() = default;

  // From now on, what the remote has is read again before it counts as being there.
  virtual void distrust_remote() = 0;
  // All that these lead to and the remote lacks goes over. Throws Error{corrupt} when some of it is
  // not in the store, or can't be read; then nothing of this call goes.
  virtual void add(const std::vector<ContentRoot>& roots) = 0;
  // A text that is no object of the store. Returns its SHA-256, by which it is found.
  virtual model::Digest add_document(std::string_view text) = 0;
  [[nodiscard]] virtual TransferSize size() const = 0;
  // Forbidden content that was met, and does not go.
  [[nodiscard]] virtual std::set<model::Digest> passed_over() const = 0;
  // When this returns, everything added is on the remote, durably, but for what turned out to be
  // damaged: each record is compared with its key on the way.
  virtual void send(Reporter& reporter) = 0;
  // After that: why these did not go over as a whole; absent when they did.
  virtual std::optional<std::string> lacking(const std::vector<ContentRoot>& roots) = 0;
};

// Content on its way from a remote.
class ContentDownload {
 public:
  ContentDownload() = default;
  ContentDownload(const ContentDownload&) = delete;
  ContentDownload& operator=(const ContentDownload&) = delete;
  virtual ~ContentDownload() = default;

  // Checked against its digest. Throws Error{not_found}, Error{corrupt}.
  virtual std::string document(const model::Digest& digest) = 0;
  // Content that must not come, in what is added from now on.
  virtual void forbid(const std::set<model::Digest>& content) = 0;
  // As for an upload: Error{corrupt} when the remote and the store together lack something.
  virtual void add(const std::vector<ContentRoot>& roots) = 0;
  [[nodiscard]] virtual TransferSize size() const = 0;
  // When this returns, everything added is in the store, durably, and was compared with its name,
  // but for what turned out to be damaged. The caller holds the store until records name it. What
  // was fetched before an error or a kill is not fetched again.
  virtual void fetch(Reporter& reporter) = 0;
  // After that: why these are not in the store as a whole; absent when they are.
  virtual std::optional<std::string> lacking(const std::vector<ContentRoot>& roots) = 0;
  // One object of the remote. Throws as ObjectStore::open does.
  virtual std::unique_ptr<ByteSource> open(ObjectKind kind, const model::Digest& digest) = 0;
};

class ContentExchange {
 public:
  ContentExchange() = default;
  ContentExchange(const ContentExchange&) = delete;
  ContentExchange& operator=(const ContentExchange&) = delete;
  virtual ~ContentExchange() = default;

  // The remote outlives what is returned. Content in `forbidden` does not go.
  virtual std::unique_ptr<ContentUpload> upload(Remote& remote,
                                                const std::set<model::Digest>& forbidden) = 0;
  virtual std::unique_ptr<ContentDownload> download(const Remote& remote) = 0;
};

}  // namespace mlrepro::ports
