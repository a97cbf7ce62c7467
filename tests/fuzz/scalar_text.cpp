// SPDX-License-Identifier: Apache-2.0
#include "fuzz/target.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/project_config.hpp"
#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/model/timestamp.hpp"
#include "mlrepro/plan/judge.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  using mlrepro::fuzz::require;
  require(mlrepro::format::is_utf8(mlrepro::format::json_text(text)), "JSON text is UTF-8");
  if (const auto number = mlrepro::format::parse_number(text)) {
    const auto again = mlrepro::format::parse_number(mlrepro::format::to_text(*number));
    require(again && (*again == *number || (*again != *again && *number != *number)),
            "a number is read as written");
  }
  if (const auto time = mlrepro::model::Timestamp::parse_iso8601(text)) {
    require(mlrepro::model::Timestamp::parse_iso8601(time->to_iso8601()) == time,
            "a time is read as written");
  }
  if (const auto digest = mlrepro::model::Digest::parse(text)) {
    require(mlrepro::model::Digest::parse(digest->to_string()) == digest,
            "a digest is read as written");
  }
  mlrepro::fuzz::accepts([&] {
    const auto path = mlrepro::model::RepoPath::parse(text);
    require(path.str() == text, "a path is kept as it is");
    require(path.is_root() || path.parent().child(path.name()) == path,
            "a path is its parent's child");
  });
  mlrepro::fuzz::accepts([&] { mlrepro::plan::parse_tolerance(text); });
  mlrepro::format::parse_integer(text);
  mlrepro::format::parse_bytes(text);
  return 0;
}
