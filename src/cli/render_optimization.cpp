// SPDX-License-Identifier: Apache-2.0
#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {

using format::counted;
using format::human_bytes;

std::string render_optimization(const model::Optimization& optimization)
{
  std::string out;
  if (optimization.packs_rewritten == 0) {
    out = "nothing to compress: " + human_bytes(optimization.bytes_after) + " in packs\n";
  } else {
    out = counted(optimization.packs_rewritten, "pack") +
          " written anew: " + human_bytes(optimization.bytes_before) + " before, " +
          human_bytes(optimization.bytes_after) + " now\n";
  }
  if (optimization.packs_skipped > 0) {
    out += "  " + counted(optimization.packs_skipped, "pack") +
           " skipped: damaged, or exchanged meanwhile; 'mlrepro verify' says what is damaged\n";
  }
  return out;
}

}  // namespace mlrepro::cli
