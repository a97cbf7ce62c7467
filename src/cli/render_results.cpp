// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

std::string checked_text(const model::Verification& verification)
{
  std::string text = format::counted(verification.checked, "object") + ", " +
                     format::human_bytes(verification.bytes) + " checked";
  if (verification.sample) {
    text += ", " + short_number(*verification.sample * 100) + "% of the content";
  }
  return text;
}

std::string outcome_text(const model::Verification& verification, Style style)
{
  if (verification.damaged.empty()) {
    return paint("all sound", Tone::good, style);
  }
  const std::string damaged = std::to_string(verification.damaged.size()) + " damaged";
  const auto repaired =
      std::count_if(verification.damaged.begin(), verification.damaged.end(),
                    [](const model::Damage& damage) { return damage.repaired_from.has_value(); });
  if (verification.is_sound()) {
    return paint(damaged + ", all repaired", Tone::good, style);
  }
  const std::string more = repaired == 0 ? "" : ", " + std::to_string(repaired) + " repaired";
  return paint(damaged + more, Tone::bad, style);
}

std::string damage_text(const model::Damage& damage,
                        const std::map<model::RunId, std::string>& names)
{
  std::string out = "\nobject " + damage.object.hex() + "\n  " + printable(damage.problem) + "\n";
  for (const std::string& path : damage.paths) {
    out += "  path      " + printable(path) + "\n";
  }
  for (const model::Digest& snapshot : damage.snapshots) {
    out += "  snapshot  " + short_id(snapshot) + "\n";
  }
  for (const model::RunId& run : damage.runs) {
    const auto name = names.find(run);
    out += "  run       " +
           (name == names.end() ? run.str() : name->second + " (" + run.str().substr(0, 8) + ")") +
           "\n";
  }
  if (damage.repaired_from) {
    out += "  repaired  from " + printable(*damage.repaired_from) + "\n";
  } else if (!damage.not_repaired.empty()) {
    out += "  no copy   " + printable(damage.not_repaired) + "\n";
  }
  return out;
}

}  // namespace

std::string render_verification(const model::Verification& verification,
                                const std::map<model::RunId, std::string>& names, Style style)
{
  std::string out = checked_text(verification) + ": " + outcome_text(verification, style);
  if (verification.forgotten > 0) {
    out += ", " + std::to_string(verification.forgotten) + " forgotten on purpose";
  }
  out += "\n";
  if (verification.mended_indexes > 0) {
    out += format::counted(verification.mended_indexes, "pack") +
           ": a damaged index was written anew\n";
  }
  if (verification.damaged_indexes > 0) {
    out += format::counted(verification.damaged_indexes, "pack") +
           ": the index is damaged, what it lists was found by reading all of it\n";
  }
  for (const model::Damage& damage : verification.damaged) {
    out += damage_text(damage, names);
  }
  return out;
}

}  // namespace mlrepro::cli
