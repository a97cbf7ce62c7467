// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mlrepro/model/run_event.hpp"

namespace mlrepro::format {

inline constexpr std::size_t k_longest_name = 500;  // bytes, of a metric, parameter or tag

// Reads the usual line {"metric":"loss","value":0.3,"step":7,"time":"…"}, the last two if need be,
// without building a JSON document.
class MetricLineReader {
 public:
  // False, with anything in `metric`, leaves the line to the full parser.
  bool read(std::string_view line, model::MetricLogged& metric);

 private:
  struct Cursor {
    const char* at;
    const char* end;
  };
  static bool take(Cursor& cursor, char expected);
  static bool take_word(Cursor& cursor, std::string_view quoted);
  static bool take_plain_string(Cursor& cursor, std::string_view& value);
  template <typename Number>
  static bool take_number(Cursor& cursor, Number& value);
  bool take_time(Cursor& cursor, model::Timestamp& time);

  // Lines that were logged together have one time.
  std::string last_time_;
  model::Timestamp last_;
};

}  // namespace mlrepro::format
