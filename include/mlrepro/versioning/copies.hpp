// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/ports/store_care.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

// Where a lost object had been taken from.
struct Origin {
  std::string root;  // the path of the snapshot or of the code it was part of, as recorded
  std::string path;  // its own
};

struct WantedObject {
  ports::ObjectKind kind = ports::ObjectKind::blob;
  model::Digest digest;
  std::vector<Origin> origins;
};

// What somebody found for a wanted object. Either `content`, or why there is none.
struct FoundCopy {
  std::unique_ptr<ports::ByteSource> content;
  std::string where;
  std::string why_not;
};

// A place where good copies of lost objects may be: the working tree, the store itself, another
// store. Whoever asks checks what is found.
class CopySource {
 public:
  CopySource() = default;
  CopySource(const CopySource&) = delete;
  CopySource& operator=(const CopySource&) = delete;
  virtual ~CopySource() = default;

  // Throws no Error for a place that lacks the object or can't be read.
  virtual FoundCopy find(const WantedObject& wanted) = 0;
};

// The user's files, where they were when they were taken in. Reads them, and never the stat cache.
class WorkingTreeCopies final : public CopySource {
 public:
  // `top` is what recorded paths are relative to.
  WorkingTreeCopies(const Ports& ports, std::string top);

  FoundCopy find(const WantedObject& wanted) override;

 private:
  using Nodes = std::unordered_map<model::Digest, std::string>;
  // The nodes of a folder as it is now, and of all folders in it.
  struct Folder {
    Nodes nodes;
    std::string trouble;
  };

  FoundCopy find_blob(const WantedObject& wanted) const;
  FoundCopy find_tree(const WantedObject& wanted);
  FoundCopy look_at(const Origin& origin, const model::Digest& digest) const;
  const Folder& folder(const std::string& root);

  const Ports& ports_;
  std::string top_;
  std::map<std::string, Folder> folders_;
};

// The store, which may hold the same bytes for another reason.
class StoreCopies final : public CopySource {
 public:
  explicit StoreCopies(ports::StoreCare& care) : care_(care) {}

  FoundCopy find(const WantedObject& wanted) override;

 private:
  ports::StoreCare& care_;
};

}  // namespace mlrepro::versioning
