// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/query.hpp"

#include "analysis/record_tables.hpp"
#include "mlrepro/analysis/table_reference.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/query_text.hpp"

namespace mlrepro::analysis {
namespace {

NamedTable stored_table(const tracking::Ports& ports, const tracking::Place& place,
                        const std::string& reference)
{
  NamedTable table = find_table(ports, place, reference);
  if (!table.stored) {
    throw model::Error(model::ErrorKind::not_found,
                       "reference '" + reference + "': a file, and no snapshot of it is on record",
                       "take one: mlrepro snapshot " + reference);
  }
  return table;
}

}  // namespace

Query::Query(const AnalysisPorts& ports, const tracking::Place& place,
             const ports::TableLimits& limits, const std::string& sql)
    : workspace_(ports, limits)
{
  const plan::QueryText text = plan::parse_query(sql);
  ports::TableSession& session = workspace_.session();
  for (const plan::SnapCall& call : text.snaps) {
    const NamedTable table = stored_table(ports.tracking, place, call.reference);
    session.execute("CREATE VIEW " + ports::quoted_name(call.view) + " AS SELECT * FROM " +
                    relation_of(workspace_, table, CellTypes::found).from);
  }
  make_record_tables(session, ports.tracking.runs, text.words);
  session.confine({{ports.scratch}, {}});
  sql_ = text.sql;
}

std::unique_ptr<ports::TableRows> Query::rows()
{
  return workspace_.session().query(sql_);
}

std::uint64_t Query::write_parquet(const std::string& path)
{
  return workspace_.session().write_parquet(sql_, {path});
}

}  // namespace mlrepro::analysis
