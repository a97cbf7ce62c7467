// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::testing {

// Expects that `action` throws a model::Error of that kind whose message matches.
template <typename Action>
void expect_error(model::ErrorKind kind, const ::testing::Matcher<std::string>& message,
                  Action action)
{
  try {
    action();
  } catch (const model::Error& error) {
    EXPECT_EQ(model::to_string(error.kind()), model::to_string(kind)) << error.message();
    EXPECT_THAT(error.message(), message);
    return;
  }
  std::ostringstream expected;
  message.DescribeTo(&expected);
  ADD_FAILURE() << "no error, expected one whose message " << expected.str();
}

}  // namespace mlrepro::testing
