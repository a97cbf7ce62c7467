// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"

namespace mlrepro::testing {

// The error that `action` throws; a failure when it throws none.
template <typename Action>
model::Error error_of(Action action)
{
  try {
    action();
  } catch (const model::Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return {model::ErrorKind::external, "no error"};
}

}  // namespace mlrepro::testing
