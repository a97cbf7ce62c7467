// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/profile_document.hpp"

#include <algorithm>
#include <array>

#include "format/profile_values.hpp"
#include "format/record_values.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

constexpr const char* k_schema = "mlrepro.profile/1";

Json summary_value(const model::NumberSummary& summary)
{
  return {{"min", number_value(summary.min)},
          {"max", number_value(summary.max)},
          {"mean", or_null(summary.mean, number_value)},
          {"deviation", or_null(summary.deviation, number_value)}};
}

Json column_value(const model::ColumnProfile& column)
{
  return {{"name", text_value(column.name)},
          {"type", text_value(column.type)},
          {"class", model::to_string(column.kind)},
          {"missing", column.missing},
          {"nan", column.nan},
          {"infinite", column.infinite},
          {"distinct",
           {{"value", column.distinct.value},
            {"low", column.distinct.low},
            {"high", column.distinct.high}}},
          {"numbers", or_null(column.numbers, summary_value)},
          {"lengths", or_null(column.lengths, summary_value)},
          {"percentiles", list_value(column.percentiles, number_value)},
          {"histogram",
           {{"edges", list_value(column.histogram.edges, number_value)},
            {"counts", column.histogram.counts}}},
          {"top", list_value(column.top,
                             [](const model::ValueCount& item) -> Json {
                               return {{"value", text_value(item.value)}, {"count", item.count}};
                             })},
          {"top_is_all", column.top_is_all},
          {"first", text_or_null(column.first)},
          {"last", text_or_null(column.last)},
          {"notes", list_value(column.notes, text_value)}};
}

}  // namespace

Json profile_value(const model::TableProfile& table)
{
  return {{"path", text_value(table.path)},
          {"digest", digest_value(table.digest)},
          {"format", text_value(table.format)},
          {"engine", text_value(table.engine)},
          {"bytes", table.bytes},
          {"rows", table.rows},
          {"sampled", table.sampled},
          {"exact", table.exact()},
          {"rank_error", number_value(table.rank_error)},
          {"columns", list_value(table.columns, column_value)}};
}

namespace {

using records::json;
using records::refuse;
using records::take_list;
using records::take_optional;
using records::take_text;

std::uint64_t take_count(const json& value)
{
  return records::take_whole<std::uint64_t>(value);
}

std::string take_text_or_empty(const json& value)
{
  return value.is_null() ? std::string() : take_text(value);
}

model::NumberSummary take_summary(const json& value)
{
  return {records::take_number(value.at("min")), records::take_number(value.at("max")),
          take_optional(value.at("mean"), records::take_number),
          take_optional(value.at("deviation"), records::take_number)};
}

model::ColumnClass take_class(const json& value)
{
  for (const auto kind : {model::ColumnClass::numeric, model::ColumnClass::text,
                          model::ColumnClass::boolean, model::ColumnClass::time}) {
    if (value == model::to_string(kind)) {
      return kind;
    }
  }
  refuse("a class of column is none");
}

model::ColumnProfile take_column(const json& value)
{
  model::ColumnProfile column;
  column.name = take_text(value.at("name"));
  column.type = take_text(value.at("type"));
  column.kind = take_class(value.at("class"));
  column.missing = take_count(value.at("missing"));
  column.nan = take_count(value.at("nan"));
  column.infinite = take_count(value.at("infinite"));
  const json& distinct = value.at("distinct");
  column.distinct = {take_count(distinct.at("value")), take_count(distinct.at("low")),
                     take_count(distinct.at("high"))};
  column.numbers = take_optional(value.at("numbers"), take_summary);
  column.lengths = take_optional(value.at("lengths"), take_summary);
  column.percentiles = take_list(value.at("percentiles"), records::take_number);
  const json& histogram = value.at("histogram");
  column.histogram = {take_list(histogram.at("edges"), records::take_number),
                      take_list(histogram.at("counts"), take_count)};
  column.top = take_list(value.at("top"), [](const json& item) -> model::ValueCount {
    return {take_text(item.at("value")), take_count(item.at("count"))};
  });
  column.top_is_all = value.at("top_is_all").get<bool>();
  column.first = take_text_or_empty(value.at("first"));
  column.last = take_text_or_empty(value.at("last"));
  column.notes = take_list(value.at("notes"), take_text);
  // What is computed with these takes their sizes for granted.
  const std::size_t cells = column.histogram.counts.size();
  if ((cells != 0 && cells != column.histogram.edges.size() + 1) ||
      (!column.percentiles.empty() && column.percentiles.size() < 3)) {
    refuse("a histogram has other edges than counts");
  }
  return column;
}

model::TableProfile take_table(const json& value)
{
  const auto digest = model::Digest::parse(take_text(value.at("digest")));
  if (!digest) {
    refuse("a digest is none");
  }
  model::TableProfile table;
  table.digest = *digest;
  table.format = take_text(value.at("format"));
  table.engine = take_text(value.at("engine"));
  table.bytes = take_count(value.at("bytes"));
  table.rows = take_count(value.at("rows"));
  table.sampled = take_count(value.at("sampled"));
  table.rank_error = records::take_number(value.at("rank_error"));
  table.columns = take_list(value.at("columns"), take_column);
  return table;
}

}  // namespace

Json profiles_value(std::span<const model::TableProfile> tables)
{
  return {{"schema", k_schema}, {"tables", list_value(tables, profile_value)}};
}

std::string encode_profile(const model::TableProfile& table)
{
  model::TableProfile anywhere = table;
  anywhere.path.clear();
  Json document = {{"schema", k_schema}};
  document["table"] = profile_value(anywhere);
  return document.dump();
}

std::optional<model::TableProfile> decode_profile(std::string_view text)
{
  try {
    return records::read_document(
        text, k_schema, [](const json& document) { return take_table(document.at("table")); });
  } catch (const model::Error&) {
    return std::nullopt;
  }
}

}  // namespace mlrepro::format
