// SPDX-License-Identifier: Apache-2.0
#include "mlflow/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "mlflow/fields.hpp"

namespace mlrepro::mlflow {
namespace {

std::string dump(const Json& document)
{
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TEST(JsonWriter, WritesTextAsTheDocumentDoes)
{
  for (const std::string text :
       {"", "plain ~ text", "\"quoted\" \\ and / more", "tab\tline\n\x01\x1f", "\x7f",
        "Zürich 東京 🎉", "broken \xff\xc3 utf-8", "<&>'"}) {
    std::string written;
    JsonWriter(written).text(text);
    EXPECT_EQ(written, dump(text));
  }
}

TEST(JsonWriter, WritesNumbersAsTheDocumentDoes)
{
  using Limits = std::numeric_limits<double>;
  for (const double number :
       {0.0, -0.0, 1.0, -1.5, 0.1, 1.0 / 3, 1e15, 1e16, 1e17, 123456789012345680.0, 1e-4, 1e-5,
        5e-324, Limits::max(), Limits::min(), Limits::infinity(), -Limits::infinity(),
        Limits::quiet_NaN()}) {
    std::string written;
    JsonWriter(written).number(number);
    EXPECT_EQ(written, dump(number_json(number)));
  }
  for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0},
                                    std::numeric_limits<std::int64_t>::max()}) {
    std::string written;
    JsonWriter(written).number(number);
    EXPECT_EQ(written, dump(number));
  }
}

TEST(JsonWriter, SeparatesWhatFollows)
{
  std::string written;
  JsonWriter json(written);
  json.begin_object();
  json.name("a");
  json.begin_array();
  json.begin_object();
  json.end_object();
  json.begin_object();
  json.field("k", std::int64_t{1});
  json.field("l", "v");
  json.end_object();
  json.raw("[]");
  json.end_array();
  json.field("b", "x");
  json.end_object();
  EXPECT_EQ(written, R"({"a":[{},{"k":1,"l":"v"},[]],"b":"x"})");
}

}  // namespace
}  // namespace mlrepro::mlflow
