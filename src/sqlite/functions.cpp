// SPDX-License-Identifier: Apache-2.0
#include "sqlite/functions.hpp"

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "mlrepro/plan/version_order.hpp"

namespace mlrepro::sqlite {
namespace {

extern "C" void version_key_of(sqlite3_context* context, int, sqlite3_value** values)
{
  const unsigned char* text = sqlite3_value_text(values[0]);
  if (text == nullptr) {
    sqlite3_result_null(context);
    return;
  }
  try {
    const std::string key = plan::version_key(
        std::string_view(reinterpret_cast<const char*>(text),
                         static_cast<std::size_t>(sqlite3_value_bytes(values[0]))));
    sqlite3_result_text(context, key.data(), static_cast<int>(key.size()), SQLITE_TRANSIENT);
  } catch (...) {
    sqlite3_result_error_nomem(context);
  }
}

}  // namespace

int add_functions(sqlite3* database) noexcept
{
  return sqlite3_create_function_v2(database, "version_key", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                    nullptr, version_key_of, nullptr, nullptr, nullptr);
}

}  // namespace mlrepro::sqlite
