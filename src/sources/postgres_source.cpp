// SPDX-License-Identifier: Apache-2.0
#include "sources/postgres_source.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <optional>

#include "mlrepro/format/request_target.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/plan/source_address.hpp"
#include "posix/cancel_on_signal.hpp"
#include "sources/postgres_api.hpp"
#include "sources/postgres_types.hpp"
#include "sources/source_error.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;

struct Finish {
  void operator()(PGconn* connection) const { postgres_api().finish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { postgres_api().clear(result); }
};
struct FreeCancel {
  void operator()(PGcancel* cancel) const { postgres_api().freeCancel(cancel); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Result = std::unique_ptr<PGresult, Clear>;

std::string text_of(const char* text)
{
  return text != nullptr ? text : "";
}

// What an address says, word by word. `secrets` are what it holds that nobody must see.
struct Address {
  std::map<std::string, std::string> words;
  std::vector<std::string> secrets;
};

Address read_address(const std::string& place, const std::string& label)
{
  Address address;
  address.secrets = plan::user_info_of(place);
  char* reason = nullptr;
  PQconninfoOption* const options = postgres_api().conninfoParse(place.c_str(), &reason);
  if (options == nullptr) {
    // The reason quotes parts of the address, which may be those of a password.
    postgres_api().freemem(reason);
    throw Error(ErrorKind::usage, label + ": it can't be read as an address of PostgreSQL",
                "write postgresql://HOST:PORT/DATABASE or postgresql:host=… dbname=…, with signs "
                "such as @ / % of a password as %40 %2F %25");
  }
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      address.words[option->keyword] = option->val;
      if (plan::is_credential_key(option->keyword)) {
        address.secrets.emplace_back(option->val);
      }
    }
  }
  postgres_api().conninfoFree(options);
  return address;
}

// The address of what was really connected to, for the record. Of the words that were given, only
// those that are known to say where something is and nothing about who asks.
std::string public_uri(PGconn* connection, const Address& address)
{
  const PostgresApi& api = postgres_api();
  const std::string host = text_of(api.host(connection));
  const std::string port = text_of(api.port(connection));
  const bool socket = host.starts_with('/') || host.starts_with('@');
  std::string uri =
      "postgresql://" + (socket ? "" : format::percent_encode(host, format::k_address_marks));
  uri += (!socket && !port.empty() ? ":" + port : "") + "/";
  uri += format::percent_encode(text_of(api.db(connection)), format::k_address_marks);
  std::string query;
  const auto add = [&query](const std::string& key, const std::string& value) {
    query += (query.empty() ? "?" : "&") + key + "=" +
             format::percent_encode(value, format::k_address_marks);
  };
  if (socket) {
    add("host", host);
    add("port", port);
  }
  for (const char* key : {"service", "sslmode", "sslrootcert", "target_session_attrs", "options"}) {
    const auto word = address.words.find(key);
    if (word != address.words.end() &&
        plan::scrub_command({word->second}).front() == word->second) {
      add(key, word->second);
    }
  }
  return uri + query;
}

// 42: the statement is wrong; 22: what it computes; 0A: not supported; 25001, 25006: it writes, or
// would like to.
ErrorKind kind_of(const std::string& state)
{
  const std::string kind = state.substr(0, 2);
  const bool statement =
      kind == "42" || kind == "22" || kind == "0A" || state == "25001" || state == "25006";
  return statement && state != "42501" ? ErrorKind::usage : ErrorKind::external;
}

class PostgresSource;

class PostgresRows final : public ports::SourceRows {
 public:
  PostgresRows(PostgresSource& source, std::vector<ports::SourceColumn> columns)
      : source_(source), columns_(std::move(columns))
  {
  }
  [[nodiscard]] const std::vector<ports::SourceColumn>& columns() const override
  {
    return columns_;
  }
  bool next(std::vector<ports::SourceCell>& row) override;

 private:
  void read(std::string_view line, std::vector<ports::SourceCell>& row);

  PostgresSource& source_;
  std::vector<ports::SourceColumn> columns_;
  std::uint64_t count_ = 0;
  bool ended_ = false;
};

class PostgresSource final : public ports::RowSource {
 public:
  PostgresSource(const std::string& place, const std::string& label)
      : address_(read_address(place, label)), label_{label, address_.secrets}
  {
    connect(place);
    identity_ = {"postgresql", public_uri(connection_.get(), address_), product()};
    label_.name = identity_.uri;
    configure();
  }

  [[nodiscard]] const ports::SourceIdentity& identity() const override { return identity_; }

  std::unique_ptr<ports::SourceRows> query(const std::string& sql) override
  {
    expect_interruption();
    execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    // Alone in a prepared statement: a second one behind a semicolon is refused by the server, and
    // what is wrong is told before anything runs.
    check_interruption();
    check(Result(api_.prepare(connection_.get(), "", sql.c_str(), 0, nullptr)), PGRES_COMMAND_OK);
    const Result description(api_.describePrepared(connection_.get(), ""));
    check_status(description.get(), PGRES_COMMAND_OK);
    auto columns = read_columns(description.get());
    check_columns(columns);
    // The line feed ends a comment at the end of the query.
    const std::string copy = "COPY (" + sql + "\n) TO STDOUT";
    check_interruption();
    check(Result(api_.execParams(connection_.get(), copy.c_str(), 0, nullptr, nullptr, nullptr,
                                 nullptr, 0)),
          PGRES_COPY_OUT);
    return std::make_unique<PostgresRows>(*this, std::move(columns));
  }

  // A line of the stream; absent at its end.
  std::optional<std::string_view> read_line()
  {
    check_interruption();
    line_.reset();
    char* buffer = nullptr;
    const int size = api_.getCopyData(connection_.get(), &buffer, 0);
    if (size > 0) {
      line_ = std::unique_ptr<char, FreeLine>(buffer);
      return std::string_view(buffer, static_cast<std::size_t>(size));
    }
    if (size == -2) {
      throw gone();
    }
    check(Result(api_.getResult(connection_.get())), PGRES_COMMAND_OK);
    // What comes now takes its time, and needs nothing of the server: neither its old versions of
    // rows nor its locks.
    execute("COMMIT");
    interruption_.reset();
    return std::nullopt;
  }

 private:
  struct FreeLine {
    void operator()(char* line) const { postgres_api().freemem(line); }
  };

  void connect(const std::string& place)
  {
    // What stands before the address is a default; what stands behind it is not to be changed.
    std::vector<const char*> keys;
    std::vector<const char*> values;
    const auto add = [&](const char* key, const char* value) {
      keys.push_back(key);
      values.push_back(value);
    };
    if (std::getenv("PGCONNECT_TIMEOUT") == nullptr) {
      add("connect_timeout", "20");
    }
    // The system's own would notice after two hours that the other side is gone.
    add("keepalives_idle", "60");
    add("keepalives_interval", "10");
    add("keepalives_count", "6");
    add("dbname", place.c_str());
    add("client_encoding", "UTF8");
    add("fallback_application_name", "mlrepro");
    keys.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(api_.connectdbParams(keys.data(), values.data(), 1));
    if (connection_ == nullptr) {
      throw Error(ErrorKind::io, "out of memory");
    }
    api_.setNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    if (api_.status(connection_.get()) != CONNECTION_OK) {
      throw gone();
    }
  }

  [[nodiscard]] std::string product() const
  {
    const std::string version = text_of(api_.parameterStatus(connection_.get(), "server_version"));
    return "PostgreSQL" + (version.empty() ? "" : " " + version.substr(0, version.find(' ')));
  }

  // Equal rows are to come in equal text and order, and a query is not to outlive us by long. What
  // speaks the protocol but lacks one of these settings does without it.
  void configure()
  {
    constexpr std::array<const char*, 8> k_settings = {
        "SET datestyle TO 'ISO, YMD'",
        "SET timezone TO 'UTC'",
        "SET bytea_output TO 'hex'",
        "SET extra_float_digits TO 3",
        "SET intervalstyle TO 'postgres'",
        "SET synchronize_seqscans TO off",
        "SET max_parallel_workers_per_gather TO 0",
        "SET client_connection_check_interval TO 10000"};
    for (const char* setting : k_settings) {
      const Result ignored(api_.exec(connection_.get(), setting));
    }
  }

  void execute(const char* statement)
  {
    check_interruption();
    check(Result(api_.exec(connection_.get(), statement)), PGRES_COMMAND_OK);
  }

  void check(const Result& result, ExecStatusType expected) const
  {
    check_status(result.get(), expected);
  }

  void check_status(PGresult* result, ExecStatusType expected) const
  {
    if (result == nullptr) {
      throw gone();
    }
    const ExecStatusType status = api_.resultStatus(result);
    if (status == expected) {
      return;
    }
    check_interruption();
    const std::string state = text_of(api_.resultErrorField(result, PG_DIAG_SQLSTATE));
    std::string text = text_of(api_.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    text = text.empty() ? text_of(api_.resultErrorMessage(result)) : text;
    if (text.empty() && status != PGRES_FATAL_ERROR) {
      text = "the statement returns no rows";
    }
    const std::string at = text_of(api_.resultErrorField(result, PG_DIAG_STATEMENT_POSITION));
    if (!at.empty()) {
      text = text.substr(0, text.find('\n')) + ", at character " + at;
    }
    const std::string hint = text_of(api_.resultErrorField(result, PG_DIAG_MESSAGE_HINT));
    // Of a database that does not say which encoding it has.
    const bool encoding = state == "22021" && hint.empty();
    throw source_error(
        state.empty() && status == PGRES_FATAL_ERROR ? ErrorKind::external : kind_of(state), label_,
        text, encoding ? "let the query convert it: convert_from(COLUMN::bytea, 'LATIN1')" : hint);
  }

  // A server goes on with a query whose client has ended, unless it is told.
  void expect_interruption()
  {
    interruption_.reset();
    cancel_.reset(api_.getCancel(connection_.get()));
    interruption_.emplace([this] {
      std::array<char, 256> reason{};
      (void)api_.cancel(cancel_.get(), reason.data(), static_cast<int>(reason.size()));
    });
  }

  void check_interruption() const
  {
    if (interruption_) {
      interruption_->check();
    }
  }

  [[nodiscard]] Error gone() const
  {
    check_interruption();
    return source_error(ErrorKind::external, label_, text_of(api_.errorMessage(connection_.get())));
  }

  [[nodiscard]] std::vector<ports::SourceColumn> read_columns(PGresult* description)
  {
    std::vector<ports::SourceColumn> columns;
    std::string oids;
    std::string modifiers;
    for (int i = 0; i < api_.nfields(description); ++i) {
      const Oid oid = api_.ftype(description, i);
      const int modifier = api_.fmod(description, i);
      columns.push_back({text_of(api_.fname(description, i)), "", stored_type(oid, modifier)});
      oids += (i > 0 ? "," : "") + std::to_string(oid);
      modifiers += (i > 0 ? "," : "") + std::to_string(modifier);
    }
    const std::string ask = "SELECT pg_catalog.format_type(t, m) FROM unnest('{" + oids +
                            "}'::pg_catalog.oid[], '{" + modifiers +
                            "}'::pg_catalog.int4[]) WITH ORDINALITY AS c(t, m, i) ORDER BY i";
    const Result names(api_.exec(connection_.get(), ask.c_str()));
    check_status(names.get(), PGRES_TUPLES_OK);
    for (int i = 0; i < api_.ntuples(names.get()); ++i) {
      columns.at(static_cast<std::size_t>(i)).type = text_of(api_.getvalue(names.get(), i, 0));
    }
    return columns;
  }

  const PostgresApi& api_ = postgres_api();
  Address address_;
  SourceLabel label_;
  ports::SourceIdentity identity_;
  Connection connection_;
  std::unique_ptr<char, FreeLine> line_;
  std::unique_ptr<PGcancel, FreeCancel> cancel_;
  mutable std::optional<posix::CancelOnSignal> interruption_;
};

bool PostgresRows::next(std::vector<ports::SourceCell>& row)
{
  if (ended_) {
    return false;
  }
  const auto line = source_.read_line();
  if (!line) {
    ended_ = true;
    return false;
  }
  ++count_;
  read(*line, row);
  return true;
}

void PostgresRows::read(std::string_view line, std::vector<ports::SourceCell>& row)
{
  row.resize(columns_.size());
  CopyLine fields(line);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!fields.next(row[i], columns_[i].stored_as == "BLOB")) {
      throw Error(ErrorKind::external, "row " + std::to_string(count_) + " has too few fields");
    }
    if (row[i].kind == ports::CellKind::text) {
      check_text(row[i].text, columns_[i], count_);
    }
  }
}

}  // namespace

std::unique_ptr<ports::RowSource> open_postgres(const std::string& place, const std::string& label)
{
  return std::make_unique<PostgresSource>(place, label);
}

}  // namespace mlrepro::sources
