// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_logged_models.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/run_search.hpp"
#include "sqlite/search_sql.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

using model::Error;
using model::ErrorKind;
using Kind = plan::FilterField::Kind;

model::ModelStatus parse_status(const std::string& text)
{
  return text == "PENDING" ? model::ModelStatus::pending
         : text == "READY" ? model::ModelStatus::ready
                           : model::ModelStatus::failed;
}

std::int64_t require_logged_model(const Database& database, const std::string& id)
{
  Statement row(database, "SELECT number FROM logged_models WHERE id = ? AND deleted_at IS NULL");
  if (!row.bind(id).step()) {
    throw Error(ErrorKind::not_found, "Logged model with ID '" + id + "' not found.");
  }
  return row.integer(0);
}

void touch_logged_model(const Database& database, std::int64_t number, model::Timestamp now)
{
  Statement(database, "UPDATE logged_models SET updated_at = ? WHERE number = ?")
      .bind(now, number)
      .run();
}

void write_pairs(const Database& database, const char* table, std::int64_t model,
                 const std::map<std::string, std::string>& pairs)
{
  Statement row(database, std::string("INSERT OR REPLACE INTO ") + table +
                              " (model, key, value) VALUES (?, ?, ?)");
  for (const auto& [key, value] : pairs) {
    row.bind(model, key, value).run();
  }
}

std::map<std::string, std::string> read_pairs(const Database& database, const char* table,
                                              std::int64_t model)
{
  std::map<std::string, std::string> pairs;
  Statement rows(database, std::string("SELECT key, value FROM ") + table + " WHERE model = ?");
  for (rows.bind(model); rows.step();) {
    pairs.emplace(rows.text(0), rows.text(1));
  }
  return pairs;
}

model::LoggedModel read_logged_model(const Database& database, std::int64_t number)
{
  Statement row(database,
                "SELECT id, experiment, name, model_type, source_run, status, created_at,"
                " updated_at FROM logged_models WHERE number = ?");
  row.bind(number).step();
  model::LoggedModel model;
  model.id = row.text(0);
  model.experiment = row.integer(1);
  model.name = row.text(2);
  model.model_type = row.text(3);
  model.source_run = row.optional_text(4).value_or("");
  model.status = parse_status(row.text(5));
  model.created_at = row.time(6);
  model.updated_at = row.time(7);
  model.params = read_pairs(database, "logged_model_params", number);
  model.tags = read_pairs(database, "logged_model_tags", number);
  Statement metrics(database,
                    "SELECT key, value, step, time_ms, run, dataset_name, dataset_fingerprint"
                    " FROM logged_model_metrics WHERE model = ?");
  for (metrics.bind(number); metrics.step();) {
    model.metrics.push_back({metrics.text(0), metrics.real_or_nan(1), metrics.integer(2),
                             metrics.time(3), metrics.text(4), metrics.text(5), metrics.text(6)});
  }
  return model;
}

std::string attribute_column(const std::string& key)
{
  if (key == "model_id") {
    return "m.id";
  }
  if (key == "source_run_id") {
    return "m.source_run";
  }
  return "m." + key;
}

SqlText compare(const plan::Filter& filter)
{
  if (filter.field.kind == Kind::metric) {
    SqlText condition = compare_any(filter,
                                    "SELECT 1 FROM logged_model_metrics x"
                                    " WHERE x.model = m.number AND x.key = ?",
                                    {"x.value", {}});
    condition.values.insert(condition.values.begin(), filter.field.key);
    return condition;
  }
  return compare_values(filter, [](const plan::FilterField& field) -> SqlText {
    if (field.kind == Kind::attribute) {
      return {attribute_column(field.key), {}};
    }
    return {std::string("(SELECT t.value FROM ") +
                (field.kind == Kind::param ? "logged_model_params" : "logged_model_tags") +
                " t WHERE t.model = m.number AND t.key = ?)",
            {field.key}};
  });
}

// The last value of the metric, of any dataset or of the one that is named.
OrderTerm metric_term(const ports::ModelOrder& order, const std::string& key,
                      const std::string& name)
{
  OrderTerm term;
  term.join.text =
      " LEFT JOIN (SELECT y.model, y.value, max(y.time_ms) FROM logged_model_metrics y"
      " WHERE y.key = ?";
  term.join.values = {key};
  if (!order.dataset_name.empty()) {
    term.join.text += " AND y.dataset_name = ?";
    term.join.values.emplace_back(order.dataset_name);
  }
  if (!order.dataset_fingerprint.empty()) {
    term.join.text += " AND y.dataset_fingerprint = ?";
    term.join.values.emplace_back(order.dataset_fingerprint);
  }
  term.join.text += " GROUP BY y.model) " + name + " ON " + name + ".model = m.number";
  term.value = name + ".value";
  term.rank = "(" + term.value + " IS NULL)";
  term.type = OrderTerm::Type::real;
  return term;
}

OrderTerm order_term(const ports::ModelOrder& order, std::size_t index)
{
  const auto keys = plan::parse_mlflow_order({order.field}, plan::SearchKind::logged_models);
  const plan::FilterField& field = keys.front().field;
  OrderTerm term;
  if (field.kind == Kind::metric) {
    term = metric_term(order, field.key, "o" + std::to_string(index));
  } else if (field.kind == Kind::attribute) {
    term.value = attribute_column(field.key);
    term.rank = "(" + term.value + " IS NULL)";
    term.type = plan::is_numeric(field) ? OrderTerm::Type::integer : OrderTerm::Type::text;
  } else {
    throw Error(ErrorKind::usage, "Invalid order by field name: " + order.field);
  }
  term.descending = !order.ascending;
  return term;
}

SqlText dataset_condition(const ports::ModelSearch& request)
{
  SqlText condition{"(0", {}};
  for (const auto& [name, fingerprint] : request.datasets) {
    condition.text +=
        " OR EXISTS (SELECT 1 FROM logged_model_metrics z WHERE z.model = m.number"
        " AND z.dataset_name = ? AND (? = '' OR z.dataset_fingerprint = ?))";
    condition.values.insert(condition.values.end(), {name, fingerprint, fingerprint});
  }
  condition.text += ")";
  return condition;
}

RowSearch model_search(const Database& database, const ports::ModelSearch& request)
{
  RowSearch search;
  search.number = "m.number";
  search.from = "logged_models m";
  search.where = experiment_condition(database, "m.experiment", request.page.experiments);
  search.where.text += " AND m.deleted_at IS NULL AND ";
  const auto filter =
      plan::parse_mlflow_filter(request.page.filter, plan::SearchKind::logged_models);
  append(search.where, to_condition(filter, compare));
  if (!request.datasets.empty()) {
    search.where.text += " AND ";
    append(search.where, dataset_condition(request));
  }
  std::vector<std::string> fields;
  for (const ports::ModelOrder& order : request.order) {
    search.order.push_back(order_term(order, search.order.size()));
    fields.push_back(order.field + (order.ascending ? " ASC " : " DESC ") + order.dataset_name +
                     " " + order.dataset_fingerprint);
  }
  search.order.push_back({{}, "m.created_at", "", OrderTerm::Type::integer, true});
  search.order.push_back({{}, "m.id", "", OrderTerm::Type::text, false});
  search.signature = signature_of("logged_models", fields);
  return search;
}

}  // namespace

const char* status_text(model::ModelStatus status)
{
  return status == model::ModelStatus::pending ? "PENDING"
         : status == model::ModelStatus::ready ? "READY"
                                               : "FAILED";
}

void SqliteLoggedModels::create(const model::LoggedModel& model)
{
  pool_.write([&](Database& database) {
    const std::int64_t experiment = require_active_experiment(database, model.experiment);
    const auto run = model.source_run.empty() ? std::nullopt : std::optional(model.source_run);
    Statement(database,
              "INSERT INTO logged_models (id, experiment, name, model_type, source_run, status,"
              " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(model.id, experiment, model.name, model.model_type, run, status_text(model.status),
              model.created_at, model.updated_at)
        .run();
    const std::int64_t number = database.last_row();
    write_pairs(database, "logged_model_params", number, model.params);
    write_pairs(database, "logged_model_tags", number, model.tags);
  });
}

void SqliteLoggedModels::set_status(const std::string& id, model::ModelStatus status,
                                    model::Timestamp now)
{
  pool_.write([&](Database& database) {
    Statement(database, "UPDATE logged_models SET status = ?, updated_at = ? WHERE number = ?")
        .bind(status_text(status), now, require_logged_model(database, id))
        .run();
  });
}

void SqliteLoggedModels::remove(const std::string& id, model::Timestamp now)
{
  pool_.write([&](Database& database) {
    Statement(database, "UPDATE logged_models SET deleted_at = ? WHERE number = ?")
        .bind(now, require_logged_model(database, id))
        .run();
  });
}

void SqliteLoggedModels::set_tags(const std::string& id,
                                  const std::map<std::string, std::string>& tags,
                                  model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_logged_model(database, id);
    write_pairs(database, "logged_model_tags", number, tags);
    touch_logged_model(database, number, now);
  });
}

void SqliteLoggedModels::delete_tag(const std::string& id, const std::string& key,
                                    model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_logged_model(database, id);
    Statement(database, "DELETE FROM logged_model_tags WHERE model = ? AND key = ?")
        .bind(number, key)
        .run();
    if (database.changes() == 0) {
      throw Error(ErrorKind::not_found,
                  "No tag with key '" + key + "' found for model with ID '" + id + "'.");
    }
    touch_logged_model(database, number, now);
  });
}

void SqliteLoggedModels::add_params(const std::string& id,
                                    const std::map<std::string, std::string>& params,
                                    model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_logged_model(database, id);
    const auto known = read_pairs(database, "logged_model_params", number);
    for (const auto& [key, value] : params) {
      const auto old = known.find(key);
      if (old != known.end() && old->second != value) {
        throw Error(ErrorKind::usage, "Changing param values is not allowed. Param with key='" +
                                          key + "' was already logged with value='" + old->second +
                                          "' for model ID='" + id + "'.");
      }
    }
    write_pairs(database, "logged_model_params", number, params);
    touch_logged_model(database, number, now);
  });
}

std::optional<model::LoggedModel> SqliteLoggedModels::find(const std::string& id)
{
  return pool_.read([&](Database& database) -> std::optional<model::LoggedModel> {
    const ReadTransaction transaction(database);
    Statement row(database, "SELECT number FROM logged_models WHERE id = ? AND deleted_at IS NULL");
    if (!row.bind(id).step()) {
      return std::nullopt;
    }
    return read_logged_model(database, row.integer(0));
  });
}

ports::Page<model::LoggedModel> SqliteLoggedModels::search(const ports::ModelSearch& request)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    const RowSearch search = model_search(database, request);
    return page_of(find_rows(database, search, request.page.limit, request.page.after),
                   [&](std::int64_t number) { return read_logged_model(database, number); });
  });
}

}  // namespace mlrepro::sqlite
