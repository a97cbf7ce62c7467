// SPDX-License-Identifier: Apache-2.0
#include "posix/shared_library.hpp"

#include <gtest/gtest.h>

#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::posix {
namespace {

model::Error error_of(const auto& action)
{
  try {
    action();
  } catch (const model::Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {model::ErrorKind::usage, ""};
}

TEST(SharedLibrary, FindsFunctions)
{
  const SharedLibrary library("libm.so.6", "install it");
  double (*root)(double) = nullptr;
  library.resolve("sqrt", root);
  EXPECT_EQ(root(9), 3);
}

TEST(SharedLibrary, SaysWhichIsNotThereAndHowToGetIt)
{
  const model::Error error = error_of([] { SharedLibrary("libno-such.so.7", "install it"); });
  EXPECT_EQ(error.kind(), model::ErrorKind::external);
  EXPECT_TRUE(error.message().starts_with("load 'libno-such.so.7': ")) << error.message();
  EXPECT_EQ(error.hint(), "install it");
}

TEST(SharedLibrary, SaysWhichFunctionItLacks)
{
  const SharedLibrary library("libm.so.6", "install it");
  void (*function)() = nullptr;
  const model::Error error = error_of([&] { library.resolve("no_such_function", function); });
  EXPECT_EQ(error.kind(), model::ErrorKind::external);
  EXPECT_NE(error.message().find("no_such_function"), std::string::npos) << error.message();
}

}  // namespace
}  // namespace mlrepro::posix
