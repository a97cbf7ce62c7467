// SPDX-License-Identifier: Apache-2.0
#include "storage/store_locks.hpp"

#include <fcntl.h>

#include <thread>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::chrono::milliseconds k_pause{10};
// Newcomers wait for this long at most before who wants to be alone lets them through again.
constexpr std::chrono::milliseconds k_gate_closed{500};
constexpr std::chrono::milliseconds k_gate_open{1000};

std::string gate_of(const std::string& path)
{
  return path + ".gate";
}

posix::FileDescriptor open_lock(const std::string& path)
{
  posix::make_folders(posix::parent_folder(path), 0700);
  return posix::open_file(path, O_RDWR | O_CREAT, 0600);
}

}  // namespace

std::unique_ptr<StoreLock> StoreLock::take_shared(const std::string& path)
{
  posix::FileDescriptor file;
  try {
    file = open_lock(path);
  } catch (const model::Error&) {
    return std::make_unique<StoreLock>();
  }
  posix::lock_file(file.get(), posix::LockMode::shared, path);
  return std::make_unique<StoreLock>(std::move(file));
}

std::unique_ptr<StoreLock> StoreLock::try_take(const std::string& path, posix::LockMode mode)
{
  posix::FileDescriptor file = open_lock(path);
  if (!posix::try_lock_file(file.get(), mode, path)) {
    return nullptr;
  }
  return std::make_unique<StoreLock>(std::move(file));
}

std::unique_ptr<StoreLock> StoreLock::take_shared_in_turn(const std::string& path)
{
  const auto turn = take_shared(gate_of(path));
  return take_shared(path);
}

std::unique_ptr<StoreLock> StoreLock::take_alone(const std::string& path,
                                                 std::chrono::milliseconds patience)
{
  const auto until = std::chrono::steady_clock::now() + patience;
  std::unique_ptr<StoreLock> gate;
  auto turn = std::chrono::steady_clock::now();
  while (true) {
    if (auto lock = try_take(path, posix::LockMode::exclusive)) {
      return lock;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= until) {
      throw model::Error(model::ErrorKind::locked,
                         "store: in use, so that nothing can be removed now",
                         "try again when no run or snapshot is being recorded");
    }
    if (now >= turn) {
      gate = gate ? nullptr : try_take(gate_of(path), posix::LockMode::exclusive);
      turn = now + (gate ? k_gate_closed : k_gate_open);
    }
    std::this_thread::sleep_for(k_pause);
  }
}

}  // namespace mlrepro::storage
