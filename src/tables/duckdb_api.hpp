// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// The part of DuckDB's C interface that mlrepro calls, written down here so that neither building
// nor starting mlrepro needs DuckDB. Names and layouts are those of its duckdb.h (1.4 and later);
// the contract tests run all of it on the library that scripts/install-deps brings.
namespace mlrepro::tables {

using DuckdbIndex = std::uint64_t;

enum DuckdbState : int { k_duckdb_success = 0, k_duckdb_error = 1 };

// Of duckdb_type, the ones whose vectors are read here.
enum DuckdbType : int {
  k_duckdb_boolean = 1,
  k_duckdb_tinyint = 2,
  k_duckdb_smallint = 3,
  k_duckdb_integer = 4,
  k_duckdb_bigint = 5,
  k_duckdb_utinyint = 6,
  k_duckdb_usmallint = 7,
  k_duckdb_uinteger = 8,
  k_duckdb_ubigint = 9,
  k_duckdb_float = 10,
  k_duckdb_double = 11,
  k_duckdb_hugeint = 16,
  k_duckdb_varchar = 17,
  k_duckdb_null = 36,
};

// Of duckdb_statement_type, those that a confined session lets pass.
enum DuckdbStatement : int {
  k_duckdb_select = 1,
  k_duckdb_insert = 2,
  k_duckdb_update = 3,
  k_duckdb_delete = 5,
  k_duckdb_create = 7,
  k_duckdb_alter = 9,
  k_duckdb_drop = 15,
};

struct DuckdbHugeint {
  std::uint64_t lower;
  std::int64_t upper;
};

// Up to 12 bytes lie in the cell itself.
struct DuckdbString {
  static constexpr std::uint32_t k_inlined = 12;
  struct Pointer {
    std::uint32_t length;
    char prefix[4];
    const char* data;
  };
  struct Inlined {
    std::uint32_t length;
    char data[k_inlined];
  };
  union {
    Pointer pointer;
    Inlined inlined;
  };
};
static_assert(sizeof(DuckdbString) == 16);

struct DuckdbResult {
  DuckdbIndex deprecated_counts[3];
  void* deprecated_columns;
  char* deprecated_error;
  void* internal;
};
static_assert(sizeof(DuckdbResult) == 48);

// Pointers to structures that nobody looks into.
using DuckdbDatabase = struct DuckdbDatabaseHandle*;
using DuckdbConnection = struct DuckdbConnectionHandle*;
using DuckdbConfig = struct DuckdbConfigHandle*;
using DuckdbStatements = struct DuckdbStatementsHandle*;
using DuckdbPrepared = struct DuckdbPreparedHandle*;
using DuckdbPending = struct DuckdbPendingHandle*;
using DuckdbChunk = struct DuckdbChunkHandle*;
using DuckdbVector = struct DuckdbVectorHandle*;
using DuckdbLogicalType = struct DuckdbLogicalTypeHandle*;
using DuckdbAppender = struct DuckdbAppenderHandle*;

// Name behind "duckdb_", result, parameters.
// A list, which clang-format takes for an expression.
// clang-format off
#define MLREPRO_DUCKDB_FUNCTIONS(X) \
  X(library_version, const char*, ()) \
  X(free, void, (void*)) \
  X(create_config, DuckdbState, (DuckdbConfig*)) \
  X(set_config, DuckdbState, (DuckdbConfig, const char*, const char*)) \
  X(destroy_config, void, (DuckdbConfig*)) \
  X(open_ext, DuckdbState, (const char*, DuckdbDatabase*, DuckdbConfig, char**)) \
  X(close, void, (DuckdbDatabase*)) \
  X(connect, DuckdbState, (DuckdbDatabase, DuckdbConnection*)) \
  X(disconnect, void, (DuckdbConnection*)) \
  X(extract_statements, DuckdbIndex, (DuckdbConnection, const char*, DuckdbStatements*)) \
  X(extract_statements_error, const char*, (DuckdbStatements)) \
  X(prepare_extracted_statement, DuckdbState, \
    (DuckdbConnection, DuckdbStatements, DuckdbIndex, DuckdbPrepared*)) \
  X(destroy_extracted, void, (DuckdbStatements*)) \
  X(prepare_error, const char*, (DuckdbPrepared)) \
  X(prepared_statement_type, int, (DuckdbPrepared)) \
  X(nparams, DuckdbIndex, (DuckdbPrepared)) \
  X(prepared_statement_column_count, DuckdbIndex, (DuckdbPrepared)) \
  X(prepared_statement_column_type, int, (DuckdbPrepared, DuckdbIndex)) \
  X(destroy_prepare, void, (DuckdbPrepared*)) \
  X(execute_prepared, DuckdbState, (DuckdbPrepared, DuckdbResult*)) \
  X(pending_prepared_streaming, DuckdbState, (DuckdbPrepared, DuckdbPending*)) \
  X(pending_error, const char*, (DuckdbPending)) \
  X(execute_pending, DuckdbState, (DuckdbPending, DuckdbResult*)) \
  X(destroy_pending, void, (DuckdbPending*)) \
  X(result_error, const char*, (DuckdbResult*)) \
  X(destroy_result, void, (DuckdbResult*)) \
  X(column_count, DuckdbIndex, (DuckdbResult*)) \
  X(column_name, const char*, (DuckdbResult*, DuckdbIndex)) \
  X(column_type, int, (DuckdbResult*, DuckdbIndex)) \
  X(column_logical_type, DuckdbLogicalType, (DuckdbResult*, DuckdbIndex)) \
  X(logical_type_get_alias, char*, (DuckdbLogicalType)) \
  X(destroy_logical_type, void, (DuckdbLogicalType*)) \
  X(fetch_chunk, DuckdbChunk, (DuckdbResult)) \
  X(data_chunk_get_size, DuckdbIndex, (DuckdbChunk)) \
  X(data_chunk_get_vector, DuckdbVector, (DuckdbChunk, DuckdbIndex)) \
  X(destroy_data_chunk, void, (DuckdbChunk*)) \
  X(vector_get_data, void*, (DuckdbVector)) \
  X(vector_get_validity, std::uint64_t*, (DuckdbVector)) \
  X(appender_create, DuckdbState, (DuckdbConnection, const char*, const char*, DuckdbAppender*)) \
  X(appender_error, const char*, (DuckdbAppender)) \
  X(appender_end_row, DuckdbState, (DuckdbAppender)) \
  X(appender_flush, DuckdbState, (DuckdbAppender)) \
  X(appender_close, DuckdbState, (DuckdbAppender)) \
  X(appender_destroy, DuckdbState, (DuckdbAppender*)) \
  X(append_null, DuckdbState, (DuckdbAppender)) \
  X(append_bool, DuckdbState, (DuckdbAppender, bool)) \
  X(append_int64, DuckdbState, (DuckdbAppender, std::int64_t)) \
  X(append_double, DuckdbState, (DuckdbAppender, double)) \
  X(append_varchar_length, DuckdbState, (DuckdbAppender, const char*, DuckdbIndex))
// clang-format on

struct DuckdbApi {
// A declarator takes no parentheses.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define MLREPRO_DUCKDB_MEMBER(name, result, parameters) result(*name) parameters = nullptr;
  MLREPRO_DUCKDB_FUNCTIONS(MLREPRO_DUCKDB_MEMBER)
#undef MLREPRO_DUCKDB_MEMBER
};

// The library, loaded into the process by the first call; it stays loaded. Looked for at
// $MLREPRO_DUCKDB alone where that is set, else beside the program, in ../lib/mlrepro from there,
// and where the system's loader looks. Throws Error{external} that says how to get it.
const DuckdbApi& duckdb();

// One that destroys what it holds by the function of that name.
template <typename T, auto Destroy>
class DuckdbHandle {
 public:
  DuckdbHandle() = default;
  ~DuckdbHandle() { reset(); }
  DuckdbHandle(const DuckdbHandle&) = delete;
  DuckdbHandle& operator=(const DuckdbHandle&) = delete;

  [[nodiscard]] T get() const { return value_; }
  // For functions that make one; what was held is destroyed.
  T* out()
  {
    reset();
    return &value_;
  }
  void reset()
  {
    if (value_ != nullptr) {
      (duckdb().*Destroy)(&value_);
      value_ = nullptr;
    }
  }

 private:
  T value_ = nullptr;
};

using DatabaseHandle = DuckdbHandle<DuckdbDatabase, &DuckdbApi::close>;
using ConnectionHandle = DuckdbHandle<DuckdbConnection, &DuckdbApi::disconnect>;
using ConfigHandle = DuckdbHandle<DuckdbConfig, &DuckdbApi::destroy_config>;
using StatementsHandle = DuckdbHandle<DuckdbStatements, &DuckdbApi::destroy_extracted>;
using PreparedHandle = DuckdbHandle<DuckdbPrepared, &DuckdbApi::destroy_prepare>;
using PendingHandle = DuckdbHandle<DuckdbPending, &DuckdbApi::destroy_pending>;
using ChunkHandle = DuckdbHandle<DuckdbChunk, &DuckdbApi::destroy_data_chunk>;
using LogicalTypeHandle = DuckdbHandle<DuckdbLogicalType, &DuckdbApi::destroy_logical_type>;
using AppenderHandle = DuckdbHandle<DuckdbAppender, &DuckdbApi::appender_destroy>;

class ResultHandle {
 public:
  ResultHandle() = default;
  ~ResultHandle() { duckdb().destroy_result(&value_); }
  ResultHandle(const ResultHandle&) = delete;
  ResultHandle& operator=(const ResultHandle&) = delete;

  DuckdbResult* out() { return &value_; }

 private:
  DuckdbResult value_{};
};

}  // namespace mlrepro::tables
