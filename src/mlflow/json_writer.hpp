// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mlrepro::mlflow {

// Writes a long answer as the text that Json::dump has for it, without making the document. Who
// uses it names the fields of an object in the order of their bytes, as the document would.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& text) : text_(text) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  // Without characters that need an escape.
  void name(std::string_view name);
  // What is no UTF-8 is replaced.
  void text(std::string_view value);
  // NaN and the infinities as number_json has them.
  void number(double value);
  void number(std::int64_t value);
  // JSON as it is.
  void raw(std::string_view json);

  void field(std::string_view key, std::string_view value)
  {
    name(key);
    text(value);
  }
  void field(std::string_view key, std::int64_t value)
  {
    name(key);
    number(value);
  }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();

  std::string& text_;
  bool is_first_ = true;
};

}  // namespace mlrepro::mlflow
