// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro::testing {

// One deflate stream without a wrapping, or with that of zlib.
std::string deflated(std::string_view text, int level = 6);
std::string zlib_stream(std::string_view text, int level = 6);

struct GzipHeader {
  std::uint32_t time = 0;
  std::string name = {};
  int level = 6;
};
std::string gzip_of(std::string_view text, const GzipHeader& header = {});

struct ZipEntry {
  std::string name;
  std::string content;
  std::uint32_t time = 0;  // DOS time and date
  bool packed = true;
  std::string extra = {};  // of the directory
};
std::string zip_of(const std::vector<ZipEntry>& entries);

// Type and data of each chunk; lengths and checksums are added, and an IEND.
std::string png_of(const std::vector<std::pair<std::string, std::string>>& chunks);

}  // namespace mlrepro::testing
