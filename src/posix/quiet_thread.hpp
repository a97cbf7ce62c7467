// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

namespace mlrepro::posix {

// A thread that gets no signals: they are for the threads that wait for them. Throws
// std::system_error when there can be no more threads.
std::thread start_quiet_thread(std::function<void()> work);

}  // namespace mlrepro::posix
