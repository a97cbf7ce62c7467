// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/metrics_tail.hpp"

#include <optional>
#include <utility>

#include "format/metrics_table.hpp"
#include "format/value_tree.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

// A row whose quote is closed this much later is none.
constexpr std::size_t k_longest_row = 1'000'000;

bool is_name(const std::string& key)
{
  try {
    check_name("metric", key);
    return true;
  } catch (const model::Error&) {
    return false;
  }
}

}  // namespace

struct MetricsTail::Reader {
  std::optional<MetricsTable> table;  // absent: lines of JSON
  std::string rest;                   // of a line whose end is still to come
  bool begun = false;
  bool broken = false;

  // Of whole lines. False: they are to be tried again with the next ones.
  bool read(std::string_view lines, std::vector<model::MetricLogged>& found)
  {
    if (!begun) {
      lines = without_byte_order_mark(lines);
    }
    if (!table) {
      for (model::RunEvent& event : parse_event_lines(lines).events) {
        if (auto* metric = std::get_if<model::MetricLogged>(&event)) {
          found.push_back(std::move(*metric));
        }
      }
      return true;
    }
    MetricsFile file;
    try {
      table->read(lines, file);
    } catch (const model::Error&) {
      broken = lines.size() > k_longest_row;
      return false;  // a quoted field may go over several lines
    }
    found = std::move(file.metrics);
    std::erase_if(found, [](const auto& metric) { return !is_name(metric.key); });
    return true;
  }
};

bool MetricsTail::grows(std::string_view file_name)
{
  return MetricsTable::is_table(file_name) || file_name.ends_with(".jsonl");
}

MetricsTail::MetricsTail(const std::string& file_name) : reader_(std::make_unique<Reader>())
{
  if (MetricsTable::is_table(file_name)) {
    reader_->table.emplace(file_name);
  }
}

MetricsTail::~MetricsTail() = default;
MetricsTail::MetricsTail(MetricsTail&&) noexcept = default;
MetricsTail& MetricsTail::operator=(MetricsTail&&) noexcept = default;

std::vector<model::MetricLogged> MetricsTail::feed(std::string_view bytes)
{
  std::vector<model::MetricLogged> found;
  std::string& rest = reader_->rest;
  rest.append(bytes);
  const std::size_t end = rest.rfind('\n');
  if (reader_->broken || end == std::string::npos) {
    return found;
  }
  if (reader_->read(std::string_view(rest).substr(0, end + 1), found)) {
    reader_->begun = true;
    rest.erase(0, end + 1);
  }
  return found;
}

}  // namespace mlrepro::format
