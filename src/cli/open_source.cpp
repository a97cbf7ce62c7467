// SPDX-License-Identifier: Apache-2.0
#include "cli/open_source.hpp"

#include "mlrepro/analysis/table_source.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/source_address.hpp"
#include "posix/variables.hpp"
#include "sources/odbc_source.hpp"
#include "sources/postgres_source.hpp"
#include "sources/sqlite_source.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::string_view k_variable = "env:";

}  // namespace

SourceWord source_of_option(const Project& project, const std::string& word)
{
  SourceWord source;
  source.base = project.place().cwd;
  if (!word.starts_with(k_variable)) {
    source.address = word;
    source.label = "--from";
    return source;
  }
  const std::string name = word.substr(k_variable.size());
  const std::string value = posix::variable(name);
  if (value.empty()) {
    throw Error(ErrorKind::usage, "--from '" + word + "': there is no such variable",
                "set it to the address of the source, such as postgresql://HOST/DATABASE");
  }
  source.address = value;
  source.label = word;
  source.given_as = word;
  return source;
}

SourceWord source_of_record(const Project& project, const model::Snapshot& snapshot)
{
  if (snapshot.result && snapshot.result->given_as.starts_with(k_variable)) {
    const std::string name = snapshot.result->given_as.substr(k_variable.size());
    if (const std::string value = posix::variable(name); !value.empty()) {
      return {value, snapshot.result->given_as, snapshot.result->given_as, project.place().top};
    }
  }
  const std::string uri = snapshot.source_uri.value_or("");
  return {uri, uri, "", project.place().top};
}

std::unique_ptr<ports::RowSource> open_source(Project& project, const SourceWord& word,
                                              const TableScratch& scratch)
{
  const plan::SourceAddress address = plan::parse_source_address(word.address, word.label);
  if (address.kind == plan::SourceKind::postgresql) {
    return sources::open_postgres(address.place, word.label);
  }
  if (address.kind == plan::SourceKind::odbc) {
    return sources::open_odbc(address.place, word.label);
  }
  const std::string path = plan::join_path(word.base, address.place);
  const std::string recorded = plan::recorded_path(project.place().top, path);
  if (address.kind == plan::SourceKind::sqlite) {
    return sources::open_sqlite(path, "sqlite:" + recorded);
  }
  const bool duckdb = address.kind == plan::SourceKind::duckdb;
  return analysis::open_table_source(
      table_ports(project, scratch), scratch.limits(),
      duckdb ? analysis::TableSourceKind::duckdb : analysis::TableSourceKind::file, path,
      (duckdb ? "duckdb:" : "file:") + recorded);
}

}  // namespace mlrepro::cli
