// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// What a commit survives.
enum class Durability {
  machine,  // a loss of power
  process,  // the death of this process; what the last seconds brought may go with the power
};

// Connections to one database, for any number of threads. An action gets one for as long as it
// runs, and must not keep it, nor call the pool again.
class ConnectionPool {
 public:
  // Throws as Database::open does.
  ConnectionPool(std::string path, Durability durability);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // Another one, which is none of the pool's.
  [[nodiscard]] std::unique_ptr<Database> connect() const { return open(); }

  template <typename Action>
  auto read(const Action& action)
  {
    const Lease lease(*this);
    return action(*lease.database);
  }

  // One transaction for the action: it has happened, durably, when this returns, or not at all and
  // this throws. Actions that come while others are committed share the next commit, and fail each
  // for itself.
  template <typename Action>
  auto write(const Action& action)
  {
    using Result = std::invoke_result_t<const Action&, Database&>;
    if constexpr (std::is_void_v<Result>) {
      write_in_turn([&](Database& database) { action(database); });
    } else {
      std::optional<Result> result;
      write_in_turn([&](Database& database) { result.emplace(action(database)); });
      return *std::move(result);
    }
  }

 private:
  struct Task;
  struct Lease {
    explicit Lease(ConnectionPool& owner);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    ConnectionPool& pool;
    std::unique_ptr<Database> database;
  };

  [[nodiscard]] std::unique_ptr<Database> open() const;
  void write_in_turn(const std::function<void(Database&)>& action);
  void commit_together(const std::vector<Task*>& group);

  std::string path_;
  Durability durability_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Database>> readers_;  // those that nobody uses
  std::mutex writers_mutex_;
  std::vector<Task*> waiting_;  // the longest first
  bool writing_ = false;
  std::unique_ptr<Database> writer_;
};

}  // namespace mlrepro::sqlite
