// SPDX-License-Identifier: Apache-2.0
#include "sqlite/registry_rows.hpp"

#include "mlrepro/model/error.hpp"

namespace mlrepro::sqlite {
namespace {

using model::Error;
using model::ErrorKind;
using Kind = plan::FilterField::Kind;

// Clients leave prompts out of every search; a model that says nothing of it is none.
constexpr const char* k_prompt_tag = "mlflow.prompt.is_prompt";

SqlText tag_value(const std::string& table, const std::string& row, const std::string& key)
{
  const std::string value =
      "(SELECT t.value FROM " + table + " t WHERE t." + row + ".number AND t.key = ?)";
  return {key == k_prompt_tag ? "coalesce(" + value + ", 'false')" : value, {key}};
}

std::string model_column(const std::string& key)
{
  return key == "name" ? "m.name" : "m." + key;
}

SqlText model_value(const plan::FilterField& field)
{
  return field.kind == Kind::tag ? tag_value("registered_model_tags", "model = m", field.key)
                                 : SqlText{model_column(field.key), {}};
}

std::string version_column(const std::string& key)
{
  if (key == "name") {
    return "m.name";
  }
  if (key == "version_number") {
    return "v.version";
  }
  return key == "source_path" ? "v.source" : "v." + key;
}

SqlText version_value(const plan::FilterField& field)
{
  return field.kind == Kind::tag ? tag_value("model_version_tags", "version = v", field.key)
                                 : SqlText{version_column(field.key), {}};
}

OrderTerm order_term(const plan::SortKey& key, std::string (*column)(const std::string&))
{
  if (key.field.kind != Kind::attribute) {
    throw Error(ErrorKind::usage, "Invalid order_by key '" + key.field.key +
                                      "' specified: models are ordered by their attributes");
  }
  return {{},
          column(key.field.key),
          "",
          plan::is_numeric(key.field) ? OrderTerm::Type::integer : OrderTerm::Type::text,
          key.descending};
}

}  // namespace

std::int64_t require_model(const Database& database, const std::string& name)
{
  Statement row(database, "SELECT number FROM registered_models WHERE name = ?");
  if (!row.bind(name).step()) {
    throw Error(ErrorKind::not_found, "Registered Model with name=" + name + " not found");
  }
  return row.integer(0);
}

std::int64_t require_version(const Database& database, const ports::VersionName& name)
{
  Statement row(database,
                "SELECT v.number FROM model_versions v JOIN registered_models m"
                " ON m.number = v.model WHERE m.name = ? AND v.version = ?");
  if (!row.bind(name.model, name.version).step()) {
    throw Error(ErrorKind::not_found, "Model Version (name=" + name.model + ", version=" +
                                          std::to_string(name.version) + ") not found");
  }
  return row.integer(0);
}

void touch_model(const Database& database, std::int64_t model, model::Timestamp now)
{
  Statement(database, "UPDATE registered_models SET updated_at = ? WHERE number = ?")
      .bind(now, model)
      .run();
}

model::ModelVersion read_model_version(const Database& database, std::int64_t number)
{
  Statement row(database,
                "SELECT m.name, v.version, v.source, v.run_id, v.run_link, v.model_id,"
                " v.description, v.user_id, v.stage, v.created_at, v.updated_at, v.model, v.place"
                " FROM model_versions v JOIN registered_models m ON m.number = v.model"
                " WHERE v.number = ?");
  row.bind(number).step();
  model::ModelVersion version{row.text(0), row.integer(1), row.text(2),  row.text(3),
                              row.text(4), row.text(5),    row.text(6),  row.text(7),
                              row.text(8), row.time(9),    row.time(10), {},
                              {},          row.text(12)};
  Statement tags(database, "SELECT key, value FROM model_version_tags WHERE version = ?");
  for (tags.bind(number); tags.step();) {
    version.tags.emplace(tags.text(0), tags.text(1));
  }
  Statement aliases(database,
                    "SELECT alias FROM registered_model_aliases WHERE model = ? AND version = ?");
  for (aliases.bind(row.integer(11), version.version); aliases.step();) {
    version.aliases.push_back(aliases.text(0));
  }
  return version;
}

model::RegisteredModel read_registered_model(const Database& database, std::int64_t number)
{
  Statement row(database,
                "SELECT name, description, created_at, updated_at FROM registered_models"
                " WHERE number = ?");
  row.bind(number).step();
  model::RegisteredModel model{row.text(0), row.text(1), row.time(2), row.time(3), {}, {}, {}};
  Statement tags(database, "SELECT key, value FROM registered_model_tags WHERE model = ?");
  for (tags.bind(number); tags.step();) {
    model.tags.emplace(tags.text(0), tags.text(1));
  }
  Statement aliases(database,
                    "SELECT alias, version FROM registered_model_aliases WHERE model = ?");
  for (aliases.bind(number); aliases.step();) {
    model.aliases.emplace(aliases.text(0), aliases.integer(1));
  }
  Statement latest(database,
                   "SELECT number, max(version) FROM model_versions WHERE model = ?"
                   " GROUP BY stage ORDER BY max(version)");
  for (latest.bind(number); latest.step();) {
    model.latest.push_back(read_model_version(database, latest.integer(0)));
  }
  return model;
}

RowSearch registered_model_search(const ports::SearchRequest& request)
{
  RowSearch search;
  search.number = "m.number";
  search.from = "registered_models m";
  const auto filter =
      plan::parse_mlflow_filter(request.filter, plan::SearchKind::registered_models);
  search.where = to_condition(filter, [](const plan::Filter& comparison) {
    return compare_values(comparison, model_value);
  });
  for (const plan::SortKey& key :
       plan::parse_mlflow_order(request.order, plan::SearchKind::registered_models)) {
    search.order.push_back(order_term(key, model_column));
  }
  search.order.push_back({{}, "m.name", "", OrderTerm::Type::text, false});
  search.signature = signature_of("registered_models", request.order);
  return search;
}

RowSearch model_version_search(const ports::SearchRequest& request)
{
  RowSearch search;
  search.number = "v.number";
  search.from = "model_versions v JOIN registered_models m ON m.number = v.model";
  const auto filter = plan::parse_mlflow_filter(request.filter, plan::SearchKind::model_versions);
  search.where = to_condition(filter, [](const plan::Filter& comparison) {
    return compare_values(comparison, version_value);
  });
  for (const plan::SortKey& key :
       plan::parse_mlflow_order(request.order, plan::SearchKind::model_versions)) {
    search.order.push_back(order_term(key, version_column));
  }
  search.order.push_back({{}, "v.updated_at", "", OrderTerm::Type::integer, true});
  search.order.push_back({{}, "m.name", "", OrderTerm::Type::text, false});
  search.order.push_back({{}, "v.version", "", OrderTerm::Type::integer, true});
  search.signature = signature_of("model_versions", request.order);
  return search;
}

}  // namespace mlrepro::sqlite
