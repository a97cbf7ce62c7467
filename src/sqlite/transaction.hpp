// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::sqlite {

class Database;

// A place at the head of the writers' queue.
class QueueTicket {
 public:
  explicit QueueTicket(Database& database);
  ~QueueTicket();
  QueueTicket(const QueueTicket&) = delete;
  QueueTicket& operator=(const QueueTicket&) = delete;

 private:
  Database& database_;
};

// A write: what is not committed is rolled back. The queue is left last, in both cases.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // When this returns, everything is on disk.
  void commit();

 private:
  QueueTicket ticket_;
  Database& database_;
  bool open_ = true;
};

// Several reads of the same state.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Database& database_;
};

}  // namespace mlrepro::sqlite
