// SPDX-License-Identifier: Apache-2.0
#include "sources/odbc_handles.hpp"

#include <algorithm>
#include <array>

#include "mlrepro/model/ascii.hpp"
#include "sources/utf16.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;

constexpr SQLULEN k_login_seconds = 20;

SQLPOINTER number(SQLULEN value)
{
  return reinterpret_cast<SQLPOINTER>(value);
}

OdbcHandle allocate(SQLSMALLINT kind, SQLHANDLE from)
{
  SQLHANDLE handle = nullptr;
  if (!SQL_SUCCEEDED(odbc_api().AllocHandle(kind, from, &handle))) {
    throw Error(ErrorKind::external, "ODBC: the driver manager gives no handle");
  }
  return {kind, handle};
}

std::string without_braces(const std::string& value)
{
  const bool braced = value.size() >= 2 && value.front() == '{' && value.back() == '}';
  return braced ? value.substr(1, value.size() - 2) : value;
}

std::string text_of(const SQLWCHAR* text, int units, std::size_t room)
{
  return to_utf8({reinterpret_cast<const char16_t*>(text),
                  std::min(static_cast<std::size_t>(std::max(units, 0)), room - 1)});
}

// SQLite's driver makes the database that it does not find, unless it is told not to.
std::string more_words(const plan::ConnectionPairs& pairs)
{
  bool sqlite = false;
  for (const auto& [key, value] : pairs) {
    const std::string word = model::lower_case(key);
    if (word == "nocreat") {
      return "";
    }
    sqlite = sqlite ||
             (word == "driver" && model::lower_case(value).find("sqlite") != std::string::npos);
  }
  return sqlite ? "NoCreat=1;" : "";
}

}  // namespace

OdbcHandle::~OdbcHandle()
{
  if (handle_ != nullptr) {
    odbc_api().FreeHandle(kind_, handle_);
  }
}

OdbcHandle& OdbcHandle::operator=(OdbcHandle&& other) noexcept
{
  std::swap(kind_, other.kind_);
  std::swap(handle_, other.handle_);
  return *this;
}

OdbcConnection::OdbcConnection(const plan::ConnectionPairs& pairs, const std::string& label)
    : label_{label, {}}, environment_(allocate(SQL_HANDLE_ENV, nullptr))
{
  for (const auto& [key, value] : pairs) {
    if (plan::is_credential_key(key)) {
      label_.secrets.push_back(value);
      label_.secrets.push_back(without_braces(value));
    }
  }
  odbc_api().SetEnvAttr(environment_.get(), SQL_ATTR_ODBC_VERSION, number(SQL_OV_ODBC3), 0);
  connection_ = allocate(SQL_HANDLE_DBC, environment_.get());
  connect(pairs);
  label_.name = "odbc:" + plan::public_odbc_string(pairs);
}

void OdbcConnection::connect(const plan::ConnectionPairs& pairs)
{
  const OdbcApi& api = odbc_api();
  const auto set = [&](SQLINTEGER attribute, SQLULEN value) {
    // A driver that does not know one of these does without it.
    api.SetConnectAttrW(connection_.get(), attribute, number(value), SQL_IS_UINTEGER);
  };
  set(SQL_ATTR_LOGIN_TIMEOUT, k_login_seconds);
  set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
  std::string text;
  for (const auto& [key, value] : pairs) {
    text += key + "=" + value + ";";
  }
  text += more_words(pairs);
  std::u16string words = to_utf16(text);
  if (!SQL_SUCCEEDED(api.DriverConnectW(
          connection_.get(), nullptr, reinterpret_cast<SQLWCHAR*>(words.data()),
          static_cast<SQLSMALLINT>(words.size()), nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT))) {
    throw failure(SQL_HANDLE_DBC, connection_.get(), ErrorKind::external);
  }
  connected_ = true;
  // Many drivers take the access mode for a hint. What understands none of these is left to the
  // rollback.
  const bool reads = executes(u"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY") ||
                     executes(u"SET SESSION TRANSACTION READ ONLY");
  // Drivers give moments without their zone; which one it was must not depend on the server.
  (void)(executes(u"SET TIME ZONE 'UTC'") || executes(u"SET time_zone = '+00:00'"));
  set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
  set(SQL_ATTR_TXN_ISOLATION, SQL_TXN_REPEATABLE_READ);
  if (!reads && !executes(u"SET TRANSACTION READ ONLY")) {
    end_transaction();
  }
}

// Whether the database took a statement that returns nothing.
bool OdbcConnection::executes(std::u16string text) const
{
  const OdbcHandle statement = make_statement();
  return SQL_SUCCEEDED(odbc_api().PrepareW(statement.get(),
                                           reinterpret_cast<SQLWCHAR*>(text.data()),
                                           static_cast<SQLINTEGER>(text.size()))) &&
         SQL_SUCCEEDED(odbc_api().Execute(statement.get()));
}

OdbcConnection::~OdbcConnection()
{
  if (connected_) {
    end_transaction();
    odbc_api().Disconnect(connection_.get());
  }
}

void OdbcConnection::end_transaction() const
{
  odbc_api().EndTran(SQL_HANDLE_DBC, connection_.get(), SQL_ROLLBACK);
}

std::string OdbcConnection::product() const
{
  return info(SQL_DBMS_NAME) + " " + info(SQL_DBMS_VER);
}

OdbcHandle OdbcConnection::make_statement() const
{
  return allocate(SQL_HANDLE_STMT, connection_.get());
}

std::string OdbcConnection::info(SQLUSMALLINT what) const
{
  std::array<SQLWCHAR, 256> text{};
  SQLSMALLINT bytes = 0;
  const SQLRETURN code = odbc_api().GetInfoW(connection_.get(), what, text.data(),
                                             text.size() * sizeof(SQLWCHAR), &bytes);
  return SQL_SUCCEEDED(code)
             ? text_of(text.data(), bytes / static_cast<int>(sizeof(SQLWCHAR)), text.size())
             : "";
}

bool OdbcConnection::is_dead() const
{
  SQLUINTEGER dead = SQL_CD_FALSE;
  return SQL_SUCCEEDED(odbc_api().GetConnectAttrW(connection_.get(), SQL_ATTR_CONNECTION_DEAD,
                                                  &dead, SQL_IS_UINTEGER, nullptr)) &&
         dead == SQL_CD_TRUE;
}

Error OdbcConnection::failure(SQLSMALLINT handle_kind, SQLHANDLE handle, ErrorKind kind) const
{
  std::array<SQLWCHAR, 6> state{};
  std::array<SQLWCHAR, 1024> text{};
  SQLINTEGER native = 0;
  SQLSMALLINT units = 0;
  if (!SQL_SUCCEEDED(odbc_api().GetDiagRecW(handle_kind, handle, 1, state.data(), &native,
                                            text.data(), text.size(), &units))) {
    return source_error(connected_ && !is_dead() ? kind : ErrorKind::external, label_, "");
  }
  const std::string code = text_of(state.data(), 5, state.size());
  const bool lost = code.starts_with("08") || code.starts_with("HYT") || (connected_ && is_dead());
  return source_error(lost ? ErrorKind::external : kind, label_,
                      text_of(text.data(), units, text.size()));
}

}  // namespace mlrepro::sources
