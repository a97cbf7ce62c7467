// SPDX-License-Identifier: Apache-2.0
#include "server/access_log.hpp"

#include <fcntl.h>

#include <exception>
#include <string_view>

#include "mlrepro/format/json_text.hpp"

namespace mlrepro::server {
namespace {

constexpr std::size_t k_longest_text = 500;

void append_text(std::string& line, const char* key, std::string_view value)
{
  constexpr std::string_view k_digits = "0123456789abcdef";
  line.append(line.size() > 1 ? ",\"" : "\"").append(key).append("\":\"");
  for (const char c : format::json_text(value.substr(0, k_longest_text))) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      line += "\\u00";
      line += k_digits[byte / 16];
      line += k_digits[byte % 16];
    } else {
      line += c;
    }
  }
  line += '"';
}

void append_number(std::string& line, const char* key, std::uint64_t value)
{
  line.append(",\"").append(key).append("\":").append(std::to_string(value));
}

}  // namespace

AccessLog::AccessLog(const std::string& path, const ports::Clock& clock)
    : file_(posix::open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0600)), clock_(clock)
{
}

void AccessLog::write(const Access& access) noexcept
{
  try {
    std::string line = "{";
    append_text(line, "time", clock_.now().to_iso8601());
    append_text(line, "peer", access.peer);
    append_text(line, "method", access.method);
    append_text(line, "path", access.path);
    append_number(line, "status", static_cast<std::uint64_t>(access.status));
    append_number(line, "received_bytes", access.received_bytes);
    append_number(line, "sent_bytes", access.sent_bytes);
    append_number(line, "us", static_cast<std::uint64_t>(access.time.count()));
    append_text(line, "agent", access.agent);
    posix::write_fully(file_.get(), line + "}\n", "write the access log");
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace mlrepro::server
