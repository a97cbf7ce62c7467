// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/filter.hpp"
#include "fuzz/target.hpp"

namespace {

// What the translation to SQL relies on.
void check(const mlrepro::plan::Filter& filter, std::size_t depth)
{
  using mlrepro::plan::Filter;
  using mlrepro::plan::FilterOperator;
  mlrepro::fuzz::require(depth <= 400, "a filter is not deep");
  const bool leaf = filter.kind == Filter::Kind::all || filter.kind == Filter::Kind::comparison;
  mlrepro::fuzz::require(filter.children.empty() == leaf, "only inner nodes have children");
  if (filter.kind == Filter::Kind::comparison) {
    const bool null = filter.comparison == FilterOperator::is_null ||
                      filter.comparison == FilterOperator::is_not_null;
    mlrepro::fuzz::require(!filter.field.key.empty() && filter.values.empty() == null,
                           "a comparison is complete");
  }
  for (const Filter& child : filter.children) {
    check(child, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  mlrepro::plan::Filter filter;
  if (mlrepro::fuzz::accepts([&] { filter = mlrepro::plan::parse_filter(text); })) {
    check(filter, 0);
  }
  mlrepro::plan::parse_field(text);
  return 0;
}
