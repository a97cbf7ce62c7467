// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/table_source.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

#include "analysis/unpacked_source.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/hex.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;
using ports::CellKind;

// The engine's types that keep their values in Parquet as they are. Wider whole numbers go by their
// digits; lists, structures, intervals and the like are text as the engine writes it.
std::string stored_type(const std::string& type)
{
  constexpr std::array<std::string_view, 17> k_kept = {"BOOLEAN",
                                                       "TINYINT",
                                                       "SMALLINT",
                                                       "INTEGER",
                                                       "BIGINT",
                                                       "UTINYINT",
                                                       "USMALLINT",
                                                       "UINTEGER",
                                                       "UBIGINT",
                                                       "FLOAT",
                                                       "DOUBLE",
                                                       "DATE",
                                                       "TIME",
                                                       "TIMESTAMP",
                                                       "TIMESTAMP_MS",
                                                       "BLOB",
                                                       "TIMESTAMP WITH TIME ZONE"};
  for (const std::string_view kept : k_kept) {
    if (type == kept) {
      return type;
    }
  }
  if (type == "TIMESTAMP_NS" || type == "TIMESTAMP_S" || type.starts_with("DECIMAL(")) {
    return type.ends_with("]") ? "VARCHAR" : type;
  }
  return type == "HUGEINT" || type == "UHUGEINT" ? "DECIMAL" : "VARCHAR";
}

// Bytes as the engine writes them: what is not a plain character as \xNN.
std::string bytes_of(std::string_view text)
{
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text.substr(i).starts_with("\\x") && i + 4 <= text.size() &&
        std::from_chars(text.data() + i + 2, text.data() + i + 4, value, 16).ec == std::errc{}) {
      bytes += static_cast<char>(value);
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

// Says what the engine finds wrong with the file at `path` of the source, by its recorded address.
template <typename Action>
auto naming_source(const std::string& uri, const std::string& path, Action action)
{
  try {
    return action();
  } catch (const Error& error) {
    const std::string file = "file '" + path + "': ";
    const std::string& said = error.message();
    throw Error(error.kind(),
                "source '" + uri + "': " + said.substr(said.starts_with(file) ? file.size() : 0),
                error.hint());
  }
}

class TableSourceRows final : public ports::SourceRows {
 public:
  TableSourceRows(std::unique_ptr<ports::TableRows> rows, const std::string& uri,
                  const std::string& path)
      : rows_(std::move(rows)), uri_(uri), path_(path)
  {
    for (const ports::TableColumn& column : rows_->columns()) {
      columns_.push_back({column.name, column.type, stored_type(column.type)});
    }
  }

  [[nodiscard]] const std::vector<ports::SourceColumn>& columns() const override
  {
    return columns_;
  }

  bool next(std::vector<ports::SourceCell>& row) override
  {
    if (!naming_source(uri_, path_, [&] { return rows_->next(values_); })) {
      return false;
    }
    row.resize(values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const bool bytes = columns_[i].stored_as == "BLOB";
      std::visit([&](const auto& value) { put(value, bytes, row[i]); }, values_[i]);
    }
    return true;
  }

 private:
  static void put(std::monostate /*nothing*/, bool /*bytes*/, ports::SourceCell& cell)
  {
    cell = {CellKind::nothing, ""};
  }
  static void put(bool value, bool /*bytes*/, ports::SourceCell& cell)
  {
    cell = {CellKind::text, value ? "true" : "false"};
  }
  static void put(std::int64_t value, bool /*bytes*/, ports::SourceCell& cell)
  {
    cell = {CellKind::whole, std::to_string(value)};
  }
  static void put(double value, bool /*bytes*/, ports::SourceCell& cell)
  {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    cell = {CellKind::real, std::string(digits.data(), end.ptr)};
  }
  static void put(const std::string& value, bool bytes, ports::SourceCell& cell)
  {
    cell = bytes ? ports::SourceCell{CellKind::bytes, bytes_of(value)}
                 : ports::SourceCell{CellKind::text, value};
  }

  std::unique_ptr<ports::TableRows> rows_;
  const std::string& uri_;  // the source outlives its rows
  const std::string& path_;
  std::vector<ports::SourceColumn> columns_;
  std::vector<ports::TableValue> values_;
};

// The name of a file up to its first dot.
std::string stem_of(const std::string& path)
{
  const std::string name = plan::base_name(path);
  const std::string stem = name.substr(0, name.find('.', 1));
  return stem.empty() ? name : stem;
}

// What the engine says of other files is about something else.
bool is_duckdb(ports::ByteSource& file)
{
  constexpr std::string_view k_mark = "DUCK";
  constexpr std::size_t k_mark_at = 8;
  const std::string head = read_head(file, k_mark_at + k_mark.size());
  return head.size() > k_mark_at && std::string_view(head).substr(k_mark_at) == k_mark;
}

class TableSource final : public ports::RowSource {
 public:
  TableSource(const AnalysisPorts& ports, const ports::TableLimits& limits, TableSourceKind kind,
              const std::string& path, const std::string& uri)
      : path_(path),
        workspace_(ports, limits),
        identity_{kind == TableSourceKind::duckdb ? "duckdb" : "file", uri,
                  "DuckDB " + ports.engine.version()}
  {
    const auto stat = ports.tracking.data.files.stat(path, ports::FollowLinks::yes);
    if (!stat || stat->type != ports::FileType::file) {
      throw Error(ErrorKind::external,
                  "source '" + uri + "': " + (stat ? "it is no file" : "nothing there"));
    }
    if (kind == TableSourceKind::duckdb) {
      if (!is_duckdb(*ports.tracking.data.files.open(path))) {
        throw Error(ErrorKind::external, "source '" + uri + "': it is no DuckDB database");
      }
      attach();
    } else {
      show_file();
    }
  }

  [[nodiscard]] const ports::SourceIdentity& identity() const override { return identity_; }

  std::unique_ptr<ports::SourceRows> query(const std::string& sql) override
  {
    return naming_source(identity_.uri, path_, [&] {
      return std::make_unique<TableSourceRows>(workspace_.session().query(sql), identity_.uri,
                                               path_);
    });
  }

 private:
  void attach()
  {
    ports::TableSession& session = workspace_.session();
    try {
      session.execute("ATTACH " + ports::quoted_text(path_) + " AS source (READ_ONLY)");
    } catch (const Error& error) {
      // Locked by a writer, of another version of DuckDB, or no database of it.
      throw Error(ErrorKind::external, "source '" + identity_.uri + "': " + error.message(),
                  error.hint());
    }
    // Its tables, views, types and macros go by the names that they have there.
    session.use_database("source");
    session.confine({});
  }

  void show_file()
  {
    const auto format = table_format(plan::base_name(path_));
    if (!format) {
      throw Error(ErrorKind::usage, "source '" + identity_.uri + "': its name is no table's",
                  "name a .csv, .tsv, .jsonl or .parquet file, also as .gz or .zst, or another "
                  "source: sqlite:PATH, duckdb:PATH");
    }
    naming_source(identity_.uri, path_, [&] {
      ports::TableSession& session = workspace_.session();
      const std::string rows =
          "SELECT * FROM " + workspace_.relation_of_file(path_, *format, CellTypes::found);
      session.execute("CREATE VIEW data AS " + rows);
      if (const std::string stem = stem_of(path_); stem != "data") {
        session.execute("CREATE VIEW " + ports::quoted_name(stem) + " AS " + rows);
      }
      // A name that the engine has to be given as a pattern is found in a readable folder only.
      const bool pattern = path_.find_first_of("[*?") != std::string::npos;
      session.confine(pattern ? ports::Readable{{path_.substr(0, path_.rfind('/'))}, {}}
                              : ports::Readable{{}, {path_}});
    });
  }

  std::string path_;
  TableWorkspace workspace_;
  ports::SourceIdentity identity_;
};

}  // namespace

std::unique_ptr<ports::RowSource> open_table_source(const AnalysisPorts& ports,
                                                    const ports::TableLimits& limits,
                                                    TableSourceKind kind, const std::string& path,
                                                    const std::string& uri)
{
  return std::make_unique<TableSource>(ports, limits, kind, path, uri);
}

}  // namespace mlrepro::analysis
