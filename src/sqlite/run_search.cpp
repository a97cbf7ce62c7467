// SPDX-License-Identifier: Apache-2.0
#include "sqlite/run_search.hpp"

#include <array>
#include <utility>

#include "mlrepro/model/client_run.hpp"
#include "mlrepro/model/error.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {
namespace {

using plan::FilterField;
using Kind = plan::FilterField::Kind;

// Tags that clients expect, and where a run of ours has what they say.
constexpr std::array<std::pair<const char*, const char*>, 6> k_told_otherwise = {
    {{"mlflow.runName", "r.name"},
     {"mlflow.user", "nullif(r.user, '')"},
     {"mlflow.parentRunId", "r.parent"},
     {"mlflow.note.content", "nullif(r.note, '')"},
     {"mlflow.source.git.commit", "nullif(r.code_commit, '')"},
     {"mlflow.source.git.branch", "nullif(r.code_branch, '')"}}};

// "lost" is a word that clients do not have.
constexpr const char* k_status =
    "(CASE r.status WHEN 'lost' THEN 'FAILED' ELSE upper(r.status) END)";

// Where clients see something else than `list --filter` does.
std::string client_column(const std::string& key)
{
  if (key == "run_id") {
    return "r.id";
  }
  if (key == "status") {
    return k_status;
  }
  if (key == "artifact_uri") {
    return "('mlflow-artifacts:/' || r.experiment || '/' || r.id || '/artifacts')";
  }
  return attribute_column(key);
}

SqlText field_value(const FilterField& field)
{
  if (field.kind == Kind::attribute) {
    return {client_column(field.key), {}};
  }
  SqlText value = to_expression(field, false);
  if (field.kind == Kind::tag) {
    value.text = tag_column(field.key, value.text);
  }
  return value;
}

SqlText compare_dataset(const plan::Filter& filter)
{
  const std::string& key = filter.field.key;
  if (key == "context") {
    return compare_any(filter,
                       "SELECT 1 FROM run_datasets d JOIN run_dataset_tags t ON t.link = d.number"
                       " AND t.key = 'mlflow.data.context' WHERE d.run = r.number",
                       {"t.value", {}});
  }
  return compare_any(filter,
                     "SELECT 1 FROM run_datasets d JOIN logged_datasets l ON l.number = d.dataset"
                     " WHERE d.run = r.number",
                     {key == "name" ? "l.name" : "l.fingerprint", {}});
}

SqlText compare_run(const plan::Filter& filter)
{
  switch (filter.field.kind) {
    case Kind::metric:
    case Kind::param:
    case Kind::tag:
    case Kind::attribute:
      break;
    case Kind::dataset:
      return compare_dataset(filter);
    default:
      return to_condition(filter);  // means the same in both languages
  }
  const bool null = filter.comparison == plan::FilterOperator::is_null ||
                    filter.comparison == plan::FilterOperator::is_not_null;
  if (null && filter.field.kind == Kind::metric) {
    return to_condition(filter);  // a metric that is NaN is there
  }
  return compare_values(filter, field_value);
}

// Absent values come last, and NaN between them and numbers.
OrderTerm metric_term(const plan::SortKey& key, const std::string& name)
{
  OrderTerm term;
  term.join = {
      " LEFT JOIN metrics " + name + " ON " + name + ".run = r.number AND " + name + ".key = ?",
      {key.field.key}};
  term.value = name + ".last";
  term.rank = "(CASE WHEN " + name + ".number IS NULL THEN 2 WHEN " + name +
              ".last IS NULL THEN 1 ELSE 0 END)";
  term.type = OrderTerm::Type::real;
  term.indexed_nan = "metrics " + name + " INDEXED BY metrics_by_value CROSS JOIN $ ON " + name +
                     ".run = r.number AND " + name + ".key = ? AND " + name + ".last IS NULL";
  term.indexed = term.indexed_nan;
  term.indexed.replace(term.indexed.rfind("NULL"), 0, "NOT ");
  term.absent = "NOT EXISTS (SELECT 1 FROM metrics a WHERE a.run = r.number AND a.key = ?)";
  return term;
}

OrderTerm text_term(const plan::SortKey& key, const std::string& name)
{
  OrderTerm term;
  const bool param = key.field.kind == Kind::param;
  term.join = {std::string(" LEFT JOIN ") + (param ? "params " : "tags ") + name + " ON " + name +
                   ".run = r.number AND " + name + ".key = ?",
               {key.field.key}};
  term.value = param ? name + ".value" : tag_column(key.field.key, name + ".value");
  term.rank = "(" + term.value + " IS NULL)";
  term.type = OrderTerm::Type::text;
  return term;
}

OrderTerm attribute_term(const plan::SortKey& key)
{
  const std::string& name = key.field.key;
  OrderTerm term;
  term.value = client_column(name);
  const bool real = name == "duration_s";
  const bool integer = name.ends_with("_at") || name == "exit_code" || name == "seed";
  term.type = real      ? OrderTerm::Type::real
              : integer ? OrderTerm::Type::integer
                        : OrderTerm::Type::text;
  if (real || (integer && name != "started_at")) {
    term.rank = "(" + term.value + " IS NULL)";
  }
  return term;
}

OrderTerm order_term(const plan::SortKey& key, std::size_t index)
{
  const std::string name = "o" + std::to_string(index);
  OrderTerm term;
  switch (key.field.kind) {
    case Kind::metric:
      term = metric_term(key, name);
      break;
    case Kind::param:
    case Kind::tag:
      term = text_term(key, name);
      break;
    case Kind::attribute:
      term = attribute_term(key);
      break;
    default:
      throw model::Error(model::ErrorKind::usage,
                         "Invalid ordering key in order_by clause '" + key.field.key + "'");
  }
  term.descending = key.descending;
  return term;
}

}  // namespace

std::string tag_column(const std::string& key, const std::string& column)
{
  for (const auto& [tag, otherwise] : k_told_otherwise) {
    if (key == tag) {
      return "coalesce(" + column + ", " + otherwise + ")";
    }
  }
  return column;
}

std::int64_t experiment_number(const Database& database, std::int64_t number)
{
  if (number != model::k_default_experiment) {
    return number;
  }
  Statement row(database,
                "SELECT number FROM experiments WHERE number = 0 OR name = 'Default'"
                " ORDER BY number LIMIT 1");
  return row.step() ? row.integer(0) : number;
}

SqlText experiment_condition(const Database& database, const std::string& column,
                             const std::vector<std::int64_t>& wanted)
{
  SqlText condition{column + " IN (", {}};
  for (const std::int64_t number : wanted) {
    condition.text += condition.values.empty() ? "?" : ", ?";
    condition.values.emplace_back(experiment_number(database, number));
  }
  condition.text += ")";
  return condition;
}

std::int64_t require_experiment(const Database& database, std::int64_t number)
{
  const std::int64_t found = experiment_number(database, number);
  Statement row(database, "SELECT 1 FROM experiments WHERE number = ?");
  if (!row.bind(found).step()) {
    throw model::Error(model::ErrorKind::not_found,
                       "No Experiment with id=" + std::to_string(number) + " exists");
  }
  return found;
}

std::int64_t require_active_experiment(const Database& database, std::int64_t number)
{
  const std::int64_t found = require_experiment(database, number);
  Statement row(database, "SELECT deleted_at IS NOT NULL FROM experiments WHERE number = ?");
  if (row.bind(found).step() && row.boolean(0)) {
    throw model::Error(model::ErrorKind::usage,
                       "The experiment " + std::to_string(number) +
                           " must be in the 'active' state. Current state is deleted.");
  }
  return found;
}

RowSearch to_row_search(const Database& database, const ports::SearchRequest& request)
{
  RowSearch search;
  search.number = "r.number";
  search.from = "runs r";
  search.where = experiment_condition(database, "r.experiment", request.experiments);
  if (request.lifecycle != ports::Lifecycle::all) {
    search.where.text += request.lifecycle == ports::Lifecycle::deleted
                             ? " AND r.deleted_at IS NOT NULL"
                             : " AND r.deleted_at IS NULL";
  }
  const auto filter = plan::parse_mlflow_filter(request.filter, plan::SearchKind::runs);
  if (filter.kind != plan::Filter::Kind::all) {
    search.where.text += " AND ";
    append(search.where, to_condition(filter, compare_run));
  }
  for (const plan::SortKey& key : plan::parse_mlflow_order(request.order, plan::SearchKind::runs)) {
    search.order.push_back(order_term(key, search.order.size()));
  }
  search.order.push_back({{}, "r.started_at", "", OrderTerm::Type::integer, true});
  search.order.push_back({{}, "r.id", "", OrderTerm::Type::text, false});
  search.signature = signature_of("runs", request.order);
  return search;
}

FoundRows find_runs(const Database& database, const ports::SearchRequest& request)
{
  if (request.experiments.empty()) {
    return {};
  }
  return find_rows(database, to_row_search(database, request), request.limit, request.after);
}

}  // namespace mlrepro::sqlite
