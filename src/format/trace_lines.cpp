// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/trace_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace mlrepro::format {
namespace {

using Kind = model::FileAccess::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 9> k_words{{{"read", Kind::read},
                                                                    {"execute", Kind::execute},
                                                                    {"write", Kind::write},
                                                                    {"link", Kind::link},
                                                                    {"rename", Kind::rename},
                                                                    {"exchange", Kind::exchange},
                                                                    {"remove", Kind::remove},
                                                                    {"connect", Kind::connect},
                                                                    {"blind", Kind::blind}}};

bool has_two_paths(Kind kind)
{
  return kind == Kind::rename || kind == Kind::exchange;
}

// Names are bytes: only what would end a field is escaped.
void append_escaped(std::string& line, std::string_view text)
{
  for (const char character : text) {
    switch (character) {
      case '\t':
        line += "\\t";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\\':
        line += "\\\\";
        break;
      default:
        line += character;
    }
  }
}

std::optional<std::string> unescaped(std::string_view field)
{
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\') {
      text += field[i];
      continue;
    }
    if (++i == field.size()) {
      return std::nullopt;
    }
    switch (field[i]) {
      case 't':
        text += '\t';
        break;
      case 'n':
        text += '\n';
        break;
      case '\\':
        text += '\\';
        break;
      default:
        return std::nullopt;
    }
  }
  return text;
}

std::string_view next_field(std::string_view& line)
{
  const std::size_t end = std::min(line.find('\t'), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

template <typename Number>
bool read_number(std::string_view& text, Number& number)
{
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

// "-" where there was no file; false when it is neither.
bool read_stamp(std::string_view field, std::optional<model::FileStamp>& stamp)
{
  if (field == "-") {
    return true;
  }
  model::FileStamp found;
  if (!read_number(field, found.size) || !read_number(field, found.mtime_ns) ||
      !read_number(field, found.ctime_ns) || !read_number(field, found.inode) ||
      !read_number(field, found.device) || !field.empty()) {
    return false;
  }
  stamp = found;
  return true;
}

std::optional<model::FileAccess> parse_line(std::string_view line)
{
  const std::string_view word = next_field(line);
  const auto known = std::find_if(k_words.begin(), k_words.end(),
                                  [&](const auto& item) { return item.first == word; });
  if (known == k_words.end()) {
    return std::nullopt;
  }
  model::FileAccess access;
  access.kind = known->second;
  const bool two_paths = has_two_paths(access.kind);
  if (!read_stamp(next_field(line), access.before) ||
      two_paths != (line.find('\t') != std::string_view::npos)) {
    return std::nullopt;
  }
  const auto path = unescaped(next_field(line));
  const auto to = unescaped(line);
  if (!path || !to || path->empty() || to->empty() == two_paths) {
    return std::nullopt;
  }
  access.path = *path;
  access.to = *to;
  return access;
}

}  // namespace

std::string to_trace_line(const model::FileAccess& access)
{
  const auto* const word = std::find_if(
      k_words.begin(), k_words.end(), [&](const auto& item) { return item.second == access.kind; });
  std::string line(word->first);
  line += '\t';
  if (access.before) {
    const model::FileStamp& stamp = *access.before;
    line += std::to_string(stamp.size) + ' ' + std::to_string(stamp.mtime_ns) + ' ' +
            std::to_string(stamp.ctime_ns) + ' ' + std::to_string(stamp.inode) + ' ' +
            std::to_string(stamp.device);
  } else {
    line += '-';
  }
  line += '\t';
  append_escaped(line, access.path);
  if (has_two_paths(access.kind)) {
    line += '\t';
    append_escaped(line, access.to);
  }
  line += '\n';
  return line;
}

TraceLines parse_trace_lines(std::string_view text)
{
  TraceLines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    auto access = end == std::string_view::npos ? std::nullopt : parse_line(text.substr(0, end));
    if (access) {
      lines.accesses.push_back(std::move(*access));
    } else {
      ++lines.bad;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace mlrepro::format
