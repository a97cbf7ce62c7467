// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

namespace mlrepro::sources {

// Every function of the ODBC driver manager that mlrepro calls.
// A list, which clang-format takes for an expression.
// clang-format off
#define MLREPRO_ODBC_FUNCTIONS(X) \
  X(AllocHandle) X(Cancel) X(ColAttributeW) X(DescribeColW) X(Disconnect) X(DriverConnectW) X(EndTran) \
  X(Execute) X(Fetch) \
  X(FreeHandle) X(GetConnectAttrW) X(GetData) X(GetDiagRecW) X(GetInfoW) X(NumResultCols) X(PrepareW) \
  X(SetConnectAttrW) X(SetEnvAttr)
// clang-format on

struct OdbcApi {
// A declarator takes no parentheses.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define MLREPRO_ODBC_MEMBER(name) decltype(&::SQL##name) name = nullptr;
  MLREPRO_ODBC_FUNCTIONS(MLREPRO_ODBC_MEMBER)
#undef MLREPRO_ODBC_MEMBER
};

// unixODBC, loaded into the process by the first call. Throws Error{external} where it is not
// installed. It stays loaded.
const OdbcApi& odbc_api();

}  // namespace mlrepro::sources
