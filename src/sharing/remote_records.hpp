// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mlrepro/model/run_record.hpp"
#include "mlrepro/ports/content_exchange.hpp"
#include "mlrepro/ports/remote.hpp"

namespace mlrepro::sharing {

// The records that a remote names, by the names alone: "runs/<id>-<document>",
// "snapshots/<document>", "forgotten/<document>".
struct RemoteRecords {
  std::map<model::RunId, std::set<model::Digest>> runs;
  std::set<model::Digest> snapshots;
  std::set<model::Digest> forgotten;

  [[nodiscard]] bool has(const model::RunId& run, const model::Digest& document) const;
};

// Names that are none of ours are passed over.
RemoteRecords list_records(const ports::Remote& remote);

// What is known there to be destroyed. Throws Error{corrupt} when that can't be read: then nothing
// may come from there.
std::vector<model::Tombstone> read_tombstones(ports::ContentDownload& download,
                                              const RemoteRecords& records);
// The files and links among them.
std::set<model::Digest> content_of(const std::vector<model::Tombstone>& tombstones);

std::string run_name(const model::RunId& run, const model::Digest& document);
std::string snapshot_name(const model::Digest& document);
std::string forgotten_name(const model::Digest& document);

// "snapshot 0123456789ab of data"
std::string label_of(const model::Snapshot& snapshot);

}  // namespace mlrepro::sharing
