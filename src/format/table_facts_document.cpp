// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/table_facts_document.hpp"

#include <cstdint>
#include <string_view>

#include "format/record_values.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using records::json;
using records::refuse;

constexpr const char* k_facts_schema = "mlrepro.table_facts/1";
constexpr std::string_view k_delimiters = ",;\t|";

std::uint8_t take_shape(const json& value)
{
  const auto shape = records::take_whole<std::uint64_t>(value);
  if (shape > UINT8_MAX) {
    refuse("the shape of a column is none");
  }
  return static_cast<std::uint8_t>(shape);
}

model::TableFacts take_facts(const json& document)
{
  model::TableFacts facts;
  facts.columns = records::take_list(document.at("columns"), records::take_text);
  facts.types = records::take_list(document.at("types"), records::take_text);
  facts.rows = records::take_optional(document.at("rows"), records::take_whole<std::uint64_t>);
  const std::string delimiter = records::take_text(document.at("delimiter"));
  facts.long_rows = document.at("long_rows").get<bool>();
  facts.shapes = records::take_list(document.at("shapes"), take_shape);
  const auto fits = [&](std::size_t count) { return count == 0 || count == facts.columns.size(); };
  if (facts.columns.empty() || delimiter.size() != 1 ||
      k_delimiters.find(delimiter.front()) == std::string_view::npos || !fits(facts.types.size()) ||
      !fits(facts.shapes.size()) || (!facts.shapes.empty() && !facts.rows)) {
    refuse("its columns are not all there");
  }
  facts.delimiter = delimiter.front();
  return facts;
}

}  // namespace

std::string encode_table_facts(const model::TableFacts& facts)
{
  return json{{"schema", k_facts_schema},
              {"columns", records::put_list(facts.columns, records::put_text)},
              {"types", records::put_list(facts.types, records::put_text)},
              {"rows", facts.rows ? json(*facts.rows) : json(nullptr)},
              {"delimiter", records::put_text(std::string(1, facts.delimiter))},
              {"long_rows", facts.long_rows},
              {"shapes", facts.shapes}}
      .dump();
}

std::optional<model::TableFacts> decode_table_facts(std::string_view text)
{
  try {
    return records::read_document(text, k_facts_schema, take_facts);
  } catch (const model::Error&) {
    return std::nullopt;
  }
}

}  // namespace mlrepro::format
