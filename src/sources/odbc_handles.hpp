// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "mlrepro/plan/source_address.hpp"
#include "sources/odbc_api.hpp"
#include "sources/source_error.hpp"

namespace mlrepro::sources {

// A handle of the driver manager, freed with this object.
class OdbcHandle {
 public:
  OdbcHandle() = default;
  OdbcHandle(SQLSMALLINT kind, SQLHANDLE handle) : kind_(kind), handle_(handle) {}
  ~OdbcHandle();
  OdbcHandle(OdbcHandle&& other) noexcept
      : kind_(other.kind_), handle_(std::exchange(other.handle_, nullptr))
  {
  }
  OdbcHandle& operator=(OdbcHandle&& other) noexcept;
  OdbcHandle(const OdbcHandle&) = delete;
  OdbcHandle& operator=(const OdbcHandle&) = delete;

  [[nodiscard]] SQLHANDLE get() const { return handle_; }

 private:
  SQLSMALLINT kind_ = 0;
  SQLHANDLE handle_ = nullptr;
};

// A connection that is rolled back when it goes.
class OdbcConnection {
 public:
  // Error{external} when there is no such data source or driver, or it can't be reached.
  OdbcConnection(const plan::ConnectionPairs& pairs, const std::string& label);
  ~OdbcConnection();
  OdbcConnection(const OdbcConnection&) = delete;
  OdbcConnection& operator=(const OdbcConnection&) = delete;

  [[nodiscard]] std::string uri() const { return label_.name; }
  [[nodiscard]] std::string product() const;
  [[nodiscard]] OdbcHandle make_statement() const;
  // Rolls back, so that what the database holds for us it holds no longer.
  void end_transaction() const;
  // What the driver says about a handle; Error{external} instead of `kind` when the connection is
  // lost.
  [[nodiscard]] model::Error failure(SQLSMALLINT handle_kind, SQLHANDLE handle,
                                     model::ErrorKind kind) const;

 private:
  void connect(const plan::ConnectionPairs& pairs);
  [[nodiscard]] bool executes(std::u16string text) const;
  [[nodiscard]] bool is_dead() const;
  [[nodiscard]] std::string info(SQLUSMALLINT what) const;

  SourceLabel label_;
  OdbcHandle environment_;
  OdbcHandle connection_;
  bool connected_ = false;
};

}  // namespace mlrepro::sources
