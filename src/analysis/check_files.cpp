// SPDX-License-Identifier: Apache-2.0
#include "analysis/check_files.hpp"

#include <algorithm>

#include "mlrepro/format/packed_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;

// Up to what csv_relation.cpp usually allows, a row is never lost.
constexpr std::uint64_t k_safe_row = 8'388'608;
constexpr std::uint64_t k_longest_line = 134'217'728;

format::TextShape shape_of(ports::OpenFile& file, const std::string& path,
                           const std::string& compression)
{
  const format::Packing packing = compression == "gzip"   ? format::Packing::gzip
                                  : compression == "zstd" ? format::Packing::zstd
                                                          : format::Packing::none;
  try {
    return format::text_shape([&](std::span<std::byte> buffer) { return file.read(buffer); },
                              packing)
        .value_or(format::TextShape());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) {
      throw;
    }
    throw Error(
        ErrorKind::usage,
        "file '" + path + "': the " + compression + " data is not whole: " + error.message(),
        "take the file anew from where it came");
  }
}

// With room for such rows the engine leaves out, in silence, what is longer still, and what follows
// a quote that is not closed.
void check_long_rows(const format::TextShape& shape, const std::string& path)
{
  if (shape.longest_line > k_longest_line) {
    throw Error(ErrorKind::usage, "file '" + path + "': a row of more than " +
                                      std::to_string(k_longest_line) + " bytes");
  }
  if (shape.quotes % 2 != 0) {
    throw Error(ErrorKind::usage, "file '" + path + "': a quote that is never closed");
  }
}

}  // namespace

void check_files(const ports::FileTree& files, PlacedFiles& source)
{
  const bool packed = source.compression != "none";
  const bool separated = source.format == TableFormat::csv || source.format == TableFormat::tsv;
  if (source.format == TableFormat::parquet || (!packed && !separated)) {
    return;
  }
  for (const std::string& path : source.paths) {
    const auto file = files.open(path);
    if (!packed && file->stat().size <= k_safe_row) {
      continue;
    }
    const format::TextShape shape = shape_of(*file, path, source.compression);
    if (separated && shape.longest_line > k_safe_row) {
      check_long_rows(shape, path);
      source.long_rows = true;
    }
  }
}

}  // namespace mlrepro::analysis
