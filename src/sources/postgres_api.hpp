// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

namespace mlrepro::sources {

// Every function of libpq that mlrepro calls.
// A list, which clang-format takes for an expression.
// clang-format off
#define MLREPRO_PQ_FUNCTIONS(X) \
  X(cancel) X(clear) X(connectdbParams) X(conninfoFree) X(conninfoParse) X(db) X(describePrepared) \
  X(errorMessage) X(exec) X(execParams) X(finish) X(freeCancel) X(fmod) X(fname) X(freemem) X(ftype) \
  X(getCancel) X(getCopyData) X(getResult) X(getvalue) X(host) X(nfields) X(ntuples) X(parameterStatus) \
  X(port) X(prepare) X(resultErrorField) X(resultErrorMessage) X(resultStatus) \
  X(setNoticeProcessor) X(status)
// clang-format on

struct PostgresApi {
// A declarator takes no parentheses.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define MLREPRO_PQ_MEMBER(name) decltype(&::PQ##name) name = nullptr;
  MLREPRO_PQ_FUNCTIONS(MLREPRO_PQ_MEMBER)
#undef MLREPRO_PQ_MEMBER
};

// libpq, loaded into the process by the first call: few commands need it. Throws Error{external}
// where it is not installed. It stays loaded.
const PostgresApi& postgres_api();

}  // namespace mlrepro::sources
