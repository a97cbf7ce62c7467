// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mlrepro/ports/request_handler.hpp"
#include "server/channel.hpp"
#include "server/limits.hpp"

namespace mlrepro::server {

enum class Afterwards { keep, close };
enum class SendBody { yes, no };  // no: to HEAD

// Sends a whole reply; returns how many bytes of its body. Throws ConnectionLost, and what the
// reply's stream throws: the head has been sent by then.
std::uint64_t write_reply(Channel& channel, const Limits& limits, ports::WebReply& reply,
                          SendBody send_body, Afterwards afterwards);

}  // namespace mlrepro::server
