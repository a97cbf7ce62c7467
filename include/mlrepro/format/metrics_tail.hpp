// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run_event.hpp"

namespace mlrepro::format {

// A file of metrics that grows by lines, read as it grows: .csv, .tsv and .jsonl. What can't be
// read is left out; who reads the whole file in the end says what is wrong with it.
class MetricsTail {
 public:
  // Others are written as a whole.
  static bool grows(std::string_view file_name);

  explicit MetricsTail(const std::string& file_name);
  ~MetricsTail();
  MetricsTail(MetricsTail&&) noexcept;
  MetricsTail& operator=(MetricsTail&&) noexcept;

  // The next bytes; gives the metrics of the lines that are complete with them.
  std::vector<model::MetricLogged> feed(std::string_view bytes);

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace mlrepro::format
