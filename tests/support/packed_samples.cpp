// SPDX-License-Identifier: Apache-2.0
#include "support/packed_samples.hpp"

#include <zlib.h>

namespace mlrepro::testing {
namespace {

std::string little(std::uint64_t value, int bytes)
{
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    text += static_cast<char>((value >> (8 * i)) & 0xff);
  }
  return text;
}

std::string big(std::uint32_t value)
{
  const std::string text = little(value, 4);
  return {text.rbegin(), text.rend()};
}

std::uint32_t crc_of(std::string_view text)
{
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

std::string compressed(std::string_view text, int level, int window_bits)
{
  z_stream state{};
  ::deflateInit2(&state, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&state, text.size()), '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  ::deflate(&state, Z_FINISH);
  out.resize(state.total_out);
  ::deflateEnd(&state);
  return out;
}

}  // namespace

std::string deflated(std::string_view text, int level)
{
  return compressed(text, level, -MAX_WBITS);
}

std::string zlib_stream(std::string_view text, int level)
{
  return compressed(text, level, MAX_WBITS);
}

std::string gzip_of(std::string_view text, const GzipHeader& header)
{
  std::string out = "\x1f\x8b\x08";
  out += header.name.empty() ? '\0' : '\x08';
  out += little(header.time, 4) + std::string("\0\x03", 2);
  out += header.name.empty() ? "" : header.name + std::string(1, '\0');
  return out + deflated(text, header.level) + little(crc_of(text), 4) + little(text.size(), 4);
}

std::string zip_of(const std::vector<ZipEntry>& entries)
{
  std::string out;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    const std::string data = entry.packed ? deflated(entry.content) : entry.content;
    const std::string shared = little(20, 2) + little(0, 2) + little(entry.packed ? 8 : 0, 2) +
                               little(entry.time, 4) + little(crc_of(entry.content), 4) +
                               little(data.size(), 4) + little(entry.content.size(), 4) +
                               little(entry.name.size(), 2);
    directory += "PK\x01\x02" + little(20, 2) + shared + little(entry.extra.size(), 2) +
                 little(0, 2 + 2 + 2 + 4) + little(out.size(), 4) + entry.name + entry.extra;
    out += "PK\x03\x04" + shared + little(0, 2) + entry.name + data;
  }
  const std::string counts = little(entries.size(), 2) + little(entries.size(), 2);
  return out + directory + "PK\x05\x06" + little(0, 4) + counts + little(directory.size(), 4) +
         little(out.size(), 4) + little(0, 2);
}

std::string png_of(const std::vector<std::pair<std::string, std::string>>& chunks)
{
  std::string out = "\x89PNG\r\n\x1a\n";
  const auto add = [&out](const std::string& type, const std::string& data) {
    out += big(static_cast<std::uint32_t>(data.size())) + type + data + big(crc_of(type + data));
  };
  for (const auto& [type, data] : chunks) {
    add(type, data);
  }
  add("IEND", "");
  return out;
}

}  // namespace mlrepro::testing
