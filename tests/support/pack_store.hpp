// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/object_store.hpp"
#include "storage/local_object_store.hpp"
#include "support/memory_stream.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::testing {

// A store of packs in a folder of its own, and its files.
class PackStore : public ::testing::Test {
 protected:
  PackStore() { reopen(); }

  void reopen() { store_ = make(); }
  std::unique_ptr<storage::LocalObjectStore> make() const
  {
    return std::make_unique<storage::LocalObjectStore>(folder_ / "objects", folder_ / "tmp");
  }
  storage::LocalObjectStore& store() { return *store_; }

  ports::StoredObject put(const std::string& content,
                          const std::optional<model::Digest>& previous = std::nullopt,
                          ports::ObjectKind kind = ports::ObjectKind::blob)
  {
    const auto batch = store().begin();
    StringSource source(content, std::size_t{1} << 20U);
    const auto object = batch->put(kind, source, previous);
    batch->commit();
    written_ = batch->written_bytes();
    return object;
  }
  std::string load(const model::Digest& digest,
                   ports::ObjectKind kind = ports::ObjectKind::blob) const
  {
    return ports::read_all(*store_->open(kind, digest));
  }
  // Absent when it can't be had; fails the test when it comes back wrong.
  std::optional<std::string> try_load(const model::Digest& digest, const std::string& content) const
  {
    try {
      std::string read = ports::read_all(*make()->open(ports::ObjectKind::blob, digest));
      EXPECT_TRUE(read == content) << "wrong bytes without an error";
      return read;
    } catch (const model::Error&) {
      return std::nullopt;
    }
  }

  std::vector<std::string> packs() const
  {
    std::vector<std::string> paths;
    for (const auto& item : std::filesystem::directory_iterator(folder_ / "objects/packs")) {
      paths.push_back(item.path());
    }
    return paths;
  }
  std::size_t temporaries() const
  {
    std::size_t count = 0;
    for (const auto& item : std::filesystem::directory_iterator(folder_ / "tmp")) {
      count += item.exists() ? 1U : 0U;
    }
    return count;
  }
  static void overwrite(const std::string& path, const std::string& content)
  {
    std::filesystem::permissions(path, std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }

  TempDir folder_;
  std::unique_ptr<storage::LocalObjectStore> store_;
  std::uint64_t written_ = 0;
};

}  // namespace mlrepro::testing
