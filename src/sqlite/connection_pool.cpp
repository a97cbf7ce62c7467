// SPDX-License-Identifier: Apache-2.0
#include "sqlite/connection_pool.hpp"

#include <algorithm>
#include <exception>

#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

constexpr std::size_t k_most_idle = 16;
constexpr std::ptrdiff_t k_longest_group = 256;

}  // namespace

struct ConnectionPool::Task {
  const std::function<void(Database&)>& action;
  std::exception_ptr error = nullptr;
  bool done = false;
  std::condition_variable turn = {};  // done, or the next to write
};

ConnectionPool::ConnectionPool(std::string path, Durability durability)
    : path_(std::move(path)), durability_(durability), writer_(open())
{
}

ConnectionPool::~ConnectionPool() = default;

std::unique_ptr<Database> ConnectionPool::open() const
{
  auto database = std::make_unique<Database>(Database::open(path_, Mode::read_write));
  if (durability_ == Durability::process && !database->read_only()) {
    database->execute("PRAGMA synchronous = NORMAL");
  }
  database->stay_open();
  return database;
}

ConnectionPool::Lease::Lease(ConnectionPool& owner) : pool(owner)
{
  {
    const std::lock_guard lock(pool.readers_mutex_);
    if (!pool.readers_.empty()) {
      database = std::move(pool.readers_.back());
      pool.readers_.pop_back();
      return;
    }
  }
  database = pool.open();
}

ConnectionPool::Lease::~Lease()
{
  const std::lock_guard lock(pool.readers_mutex_);
  if (pool.readers_.size() < k_most_idle) {
    pool.readers_.push_back(std::move(database));
  }
}

// Whoever finds nobody writing writes for all who wait. Nobody else is woken than those that are
// done, and the one that writes next.
void ConnectionPool::write_in_turn(const std::function<void(Database&)>& action)
{
  Task task{action};
  std::unique_lock lock(writers_mutex_);
  waiting_.push_back(&task);
  while (!task.done) {
    task.turn.wait(lock, [&] { return task.done || !writing_; });
    if (task.done) {
      break;
    }
    writing_ = true;
    const auto count = std::min(std::ssize(waiting_), k_longest_group);
    const std::vector<Task*> group(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    lock.unlock();
    commit_together(group);
    lock.lock();
    for (Task* each : group) {
      each->done = true;
      each->turn.notify_one();
    }
    writing_ = false;
    if (!waiting_.empty()) {
      waiting_.front()->turn.notify_one();
    }
  }
  lock.unlock();
  if (task.error) {
    std::rethrow_exception(task.error);
  }
}

void ConnectionPool::commit_together(const std::vector<Task*>& group)
{
  try {
    Transaction transaction(*writer_);
    for (Task* task : group) {
      Statement(*writer_, "SAVEPOINT task").run();
      try {
        task->action(*writer_);
        Statement(*writer_, "RELEASE task").run();
      } catch (...) {
        task->error = std::current_exception();
        writer_->execute("ROLLBACK TO task; RELEASE task");
      }
    }
    transaction.commit();
  } catch (...) {
    for (Task* task : group) {
      if (!task->error) {
        task->error = std::current_exception();
      }
    }
  }
}

}  // namespace mlrepro::sqlite
