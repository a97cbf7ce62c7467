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

format::ReadBytes reading(ports::ByteSource& source)
{
  return [&source](std::span<std::byte> buffer) { return source.read(buffer); };
}

// Of zstd, the blocks are followed first, which tells more exactly what is wrong with them.
format::TextShape shape_of(const CsvReader& reader, const std::string& path,
                           const PlacedFiles& source)
{
  const format::Packing packing = source.compression == "gzip"   ? format::Packing::gzip
                                  : source.compression == "zstd" ? format::Packing::zstd
                                                                 : format::Packing::none;
  if (const auto shape = format::text_shape(reading(*reader.files.open(path)), packing)) {
    return *shape;
  }
  if (reader.unpacker == nullptr || !is_separated(source.format)) {
    return {};
  }
  const auto file = reader.files.open(path);
  const auto content = reader.unpacker->unpack_zstd(*file);
  return format::text_shape(reading(*content), format::Packing::none).value();
}

format::TextShape checked_shape(const CsvReader& reader, const std::string& path,
                                const PlacedFiles& source)
{
  try {
    return shape_of(reader, path, source);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) {
      throw;
    }
    throw Error(
        ErrorKind::usage,
        "file '" + path + "': the " + source.compression + " data is not whole: " + error.message(),
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

void check_files(const CsvReader& reader, PlacedFiles& source)
{
  const bool packed = source.compression != "none";
  const bool separated = is_separated(source.format);
  if (source.format == TableFormat::parquet || (!packed && !separated)) {
    return;
  }
  for (const std::string& path : source.paths) {
    if (!packed && reader.files.open(path)->stat().size <= k_safe_row) {
      continue;
    }
    const format::TextShape shape = checked_shape(reader, path, source);
    if (separated && shape.longest_line > k_safe_row) {
      check_long_rows(shape, path);
      source.long_rows = true;
    }
  }
}

}  // namespace mlrepro::analysis
