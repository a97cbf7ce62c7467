// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <vector>

#include "fuzz/target.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/scalar_text.hpp"

namespace {

using mlrepro::format::ScalarReader;
using mlrepro::format::TextScalar;
using mlrepro::fuzz::require;

std::vector<TextScalar> read(std::string_view text, const mlrepro::model::ScalarRules& rules,
                             std::size_t piece)
{
  std::vector<TextScalar> found;
  ScalarReader reader(rules, [&](const TextScalar& one) {
    found.push_back(one);
    found.back().pattern = {};
  });
  for (std::size_t at = 0; at < text.size(); at += piece) {
    reader.feed(text.substr(at, piece));
  }
  reader.finish();
  return found;
}

bool same(const TextScalar& a, const TextScalar& b)
{
  return a.key == b.key && a.step == b.step && a.line == b.line && a.end == b.end &&
         (a.value == b.value || (std::isnan(a.value) && std::isnan(b.value)));
}

}  // namespace

// The first line is a template, what follows is output.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view input = mlrepro::fuzz::text_of(bytes, size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(std::min(end + 1, input.size()));
  mlrepro::model::ScalarRules rules = mlrepro::format::default_scalar_rules();
  rules.templates.emplace_back(input.substr(0, end));
  if (!mlrepro::fuzz::accepts([&] { mlrepro::format::check_scalar_rules(rules); })) {
    rules.templates.clear();
  }
  const auto whole = read(text, rules, std::max<std::size_t>(text.size(), 1));
  const auto pieces = read(text, rules, 3);
  require(whole.size() == pieces.size(), "the pieces of a text do not matter");
  std::uint64_t line = 1;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    require(same(whole[i], pieces[i]), "the pieces of a text do not matter");
    require(whole[i].line >= line && whole[i].end <= text.size(), "lines come in their order");
    line = whole[i].line;
    require(mlrepro::fuzz::accepts([&] { mlrepro::format::check_name("metric", whole[i].key); }),
            "a metric can be stored under its name");
  }
  return 0;
}
