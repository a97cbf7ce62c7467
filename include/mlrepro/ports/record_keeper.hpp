// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/object_collector.hpp"

namespace mlrepro::ports {

// What the records say about content as a whole.
class RecordKeeper {
 public:
  RecordKeeper() = default;
  RecordKeeper(const RecordKeeper&) = delete;
  RecordKeeper& operator=(const RecordKeeper&) = delete;
  virtual ~RecordKeeper() = default;

  // Throws Error{io} when nothing can be recorded.
  virtual void require_writable() const = 0;
  // All content that any record names, as one moment has it.
  [[nodiscard]] virtual RecordedContent recorded_content() const = 0;
};

}  // namespace mlrepro::ports
