// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::analysis {

// What `action` returns; of its errors, those that name no file name this one, since not all that
// the engine says of a file does.
template <typename Action>
auto naming_file(const std::string& path, Action action)
{
  try {
    return action();
  } catch (const model::Error& error) {
    // By its path, or by the name that stands for it in what people read.
    const bool named = error.message().starts_with("file '");
    throw model::Error(error.kind(), (named ? "" : "file '" + path + "': ") + error.message(),
                       error.hint());
  }
}

}  // namespace mlrepro::analysis
