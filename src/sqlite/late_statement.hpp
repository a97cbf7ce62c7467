// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {

// A statement that is prepared when it is first needed, which in many processes is never.
class LateStatement {
 public:
  LateStatement(const Database& database, std::string sql)
      : database_(&database), sql_(std::move(sql))
  {
  }

  Statement& get()
  {
    if (!statement_) {
      statement_.emplace(*database_, sql_);
    }
    return *statement_;
  }

  template <typename... Values>
  Statement& bind(const Values&... values)
  {
    return get().bind(values...);
  }

 private:
  const Database* database_;
  std::string sql_;
  std::optional<Statement> statement_;
};

}  // namespace mlrepro::sqlite
