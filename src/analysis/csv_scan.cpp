// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_scan.hpp"

#include <algorithm>
#include <string_view>

#include "analysis/cell_shapes.hpp"
#include "analysis/unpacked_source.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/csv_header.hpp"

namespace mlrepro::analysis {
namespace {

constexpr std::size_t k_longest_header = std::size_t{1} << 20;
constexpr std::size_t k_read_at_once = 65536;
constexpr std::string_view k_in_no_header("\r\0", 2);
constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";

// By a worker, whose cache lines are its own.
struct alignas(64) Seen {
  std::uint64_t rows = 0;
  std::vector<CellShapes> shapes;
};

void add_record(const std::vector<std::string_view>& cells, Seen& seen)
{
  ++seen.rows;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    CellShapes& shapes = seen.shapes[i];
    // One word says it all of a column.
    if (!cells[i].empty() && (shapes & in_shapes(CellShape::word)) == 0) {
      shapes |= in_shapes(shape_of(cells[i]));
    }
  }
}

// The first record without its line end; absent where it is not a plain line. What was read for it
// is in `begun`.
std::optional<std::string> take_header(ports::ByteSource& content, std::string& begun)
{
  bool more = true;
  while (more && begun.size() < k_longest_header && begun.find('\n') == std::string::npos) {
    more = read_behind(content, k_read_at_once, begun);
  }
  std::size_t end = begun.find('\n');
  if (end == std::string::npos) {
    if (more) {
      return std::nullopt;
    }
    end = begun.size();
  }
  std::string_view line = std::string_view(begun).substr(0, end);
  line.remove_suffix(line.ends_with('\r') ? 1 : 0);
  line.remove_prefix(line.starts_with(k_byte_order_mark) ? k_byte_order_mark.size() : 0);
  if (line.empty() || line.find_first_of(k_in_no_header) != std::string_view::npos ||
      !plan::is_whole_record(line) || !format::is_utf8(line)) {
    return std::nullopt;
  }
  return std::string(line);
}

std::optional<model::TableFacts> facts_of_header(const std::string& header, TableFormat format)
{
  try {
    return header_facts(header, format);
  } catch (const model::Error&) {
    return std::nullopt;  // who reads it by the engine says it of the file
  }
}

CsvLook look_at_text(ports::ByteSource& content, TableFormat format, unsigned threads)
{
  std::string begun;
  const auto header = take_header(content, begun);
  auto facts = header ? facts_of_header(*header, format) : std::nullopt;
  if (!facts) {
    return {};
  }
  CsvBlocks blocks({facts->delimiter, facts->columns.size(), threads}, std::move(begun), content);
  const bool plain = scan_csv(blocks, *facts);
  return {std::move(facts), plain};
}

}  // namespace

model::TableFacts header_facts(const std::string& header, TableFormat format)
{
  model::TableFacts facts;
  facts.delimiter = format == TableFormat::tsv ? '\t' : plan::csv_delimiter(header);
  facts.columns = plan::csv_columns(header, facts.delimiter);
  return facts;
}

bool scan_csv(CsvBlocks& blocks, model::TableFacts& facts)
{
  const CsvForm& form = blocks.form();
  std::vector<Seen> all(form.threads, Seen{0, std::vector<CellShapes>(form.columns)});
  if (!blocks.each_record(
          [&](std::size_t worker, const auto& cells) { add_record(cells, all[worker]); })) {
    return false;
  }
  Seen sum = std::move(all.front());
  for (std::size_t i = 1; i < all.size(); ++i) {
    sum.rows += all[i].rows;
    for (std::size_t place = 0; place < form.columns; ++place) {
      sum.shapes[place] |= all[i].shapes[place];
    }
  }
  facts.rows = sum.rows;
  facts.shapes = std::move(sum.shapes);
  return true;
}

CsvLook look_at_csv(ports::ByteSource& file, TableFormat format, const CsvReader& reader)
{
  std::string head = read_head(file, k_packing_bytes);
  const format::Packing packing = packing_of(head);
  BegunSource whole(std::move(head), file);
  const auto content = unpack(whole, packing, reader.unpacker);
  if (content == nullptr) {
    return {};
  }
  try {
    return look_at_text(*content, format, std::max(reader.threads, 1U));
  } catch (const model::Error& error) {
    if (packing == format::Packing::none || error.kind() != model::ErrorKind::corrupt) {
      throw;
    }
    return {};  // check_files says what is wrong with it
  }
}

}  // namespace mlrepro::analysis
