// SPDX-License-Identifier: Apache-2.0
#include "sqlite/transaction.hpp"

#include <sqlite3.h>

#include "sqlite/database.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {
namespace {

// SQLite itself has rolled back already after some errors; then there is nothing to do.
void roll_back(Database& database) noexcept
{
  if (sqlite3_get_autocommit(database.handle()) == 0) {
    sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

}  // namespace

QueueTicket::QueueTicket(Database& database) : database_(database)
{
  database_.enter_queue();
}

QueueTicket::~QueueTicket()
{
  database_.leave_queue();
}

Transaction::Transaction(Database& database) : ticket_(database), database_(database)
{
  Statement(database_, "BEGIN IMMEDIATE").run();
}

Transaction::~Transaction()
{
  if (open_) {
    roll_back(database_);
  }
}

void Transaction::commit()
{
  Statement(database_, "COMMIT").run();
  open_ = false;
}

ReadTransaction::ReadTransaction(Database& database) : database_(database)
{
  Statement(database_, "BEGIN").run();
}

ReadTransaction::~ReadTransaction()
{
  roll_back(database_);
}

}  // namespace mlrepro::sqlite
