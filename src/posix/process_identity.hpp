// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/process_runner.hpp"

namespace mlrepro::posix {

// The kernel's random name of the current boot; empty when /proc does not tell.
const std::string& boot_id();

// Absent when no process (not even an unreaped one) has that number, or /proc is not readable.
std::optional<ports::ProcessIdentity> identity_of(int pid);

// Whether that very process still runs. One that has ended but was not reaped does not. Where
// /proc hides the processes of other users, any process with that number counts.
bool is_alive(const ports::ProcessIdentity& identity);

// The processes that descend from `pid`, without itself, nearest first. Those whose parent has
// ended have been adopted by somebody else and are not among them. `proc` is the folder of a proc
// file system.
std::vector<int> descendants_of(int pid, const std::string& proc = "/proc");

// The same at a small part of the cost, for a look in passing: a process that starts or ends
// meanwhile may hide others.
std::vector<int> descendants_now(int pid, const std::string& proc = "/proc");

}  // namespace mlrepro::posix
