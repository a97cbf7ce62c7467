// SPDX-License-Identifier: Apache-2.0
#include "analysis/known_facts.hpp"

#include <utility>

#include "mlrepro/format/table_facts_document.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::analysis {
namespace {

// Raised when the same table would have other facts.
constexpr const char* k_facts_version = "1";

// The engine has a say in what is of which type.
std::string facts_key(const AnalysisPorts& ports, const TableFile& table)
{
  const char* const format = table.format == TableFormat::csv   ? "csv"
                             : table.format == TableFormat::tsv ? "tsv"
                                                                : "jsonl";
  return std::string(ports::k_facts_key) + k_facts_version + " " + format +
         (table.folder ? " folder " : " file ") + ports.engine.version();
}

bool are_kept(const AnalysisPorts& ports, const TableFile& table)
{
  return ports.profiles != nullptr && table.format != TableFormat::parquet;
}

}  // namespace

std::optional<model::TableFacts> find_facts(const AnalysisPorts& ports, const TableFile& table)
{
  const auto text = are_kept(ports, table)
                        ? ports.profiles->find(table.digest, facts_key(ports, table))
                        : std::nullopt;
  auto facts = text ? format::decode_table_facts(*text) : std::nullopt;
  // Types of CSV may not have been asked for yet; the engine finds those of JSON at once.
  const bool whole = facts && (!facts->types.empty() || table.format != TableFormat::json_lines);
  return whole ? std::move(facts) : std::nullopt;
}

void keep_facts(const AnalysisPorts& ports, const StoredTable& table,
                const model::TableFacts& facts)
{
  if (!are_kept(ports, table.table)) {
    return;
  }
  try {
    (void)ports.profiles->try_keep({table.table.digest, facts_key(ports, table.table),
                                    table.snapshot, format::encode_table_facts(facts)});
  } catch (const model::Error&) {
    // The question is answered without it, as on a full disk.
  }
}

}  // namespace mlrepro::analysis
