// SPDX-License-Identifier: Apache-2.0
#include "sqlite/environment_rows.hpp"

#include <cstdint>
#include <string>

#include "crypto/sha256.hpp"
#include "mlrepro/plan/environment_items.hpp"
#include "sqlite/json_text.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {
namespace {

void write_items(const Database& database, const model::Digest& digest,
                 const model::Environment& environment)
{
  Statement(database, "INSERT INTO environment_numbers (digest) VALUES (?)").bind(digest).run();
  const std::int64_t number = database.last_row();
  // Most of what a new environment has, another had before.
  Statement find(database,
                 "SELECT number FROM environment_items WHERE name = ? AND kind = ? AND value = ?");
  Statement add(database, "INSERT INTO environment_items (name, kind, value) VALUES (?, ?, ?)");
  Statement link(database, "INSERT INTO environment_contents (item, environment) VALUES (?, ?)");
  for (const plan::EnvironmentItem& item : plan::environment_items(environment)) {
    const auto kind = static_cast<int>(item.kind);
    if (find.bind(item.name, kind, item.value).step()) {
      link.bind(find.integer(0), number).run();
    } else {
      add.bind(item.name, kind, item.value).run();
      link.bind(database.last_row(), number).run();
    }
  }
}

}  // namespace

model::Digest write_environment(const Database& database, const model::Environment& environment)
{
  const std::string document = to_json(environment);
  const model::Digest digest = crypto::Sha256Digester().digest(document);
  Statement(database,
            "INSERT INTO environments (digest, document) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .bind(digest, document)
      .run();
  if (database.changes() > 0) {
    write_items(database, digest, environment);
  }
  return digest;
}

void delete_unused_environments(const Database& database)
{
  Statement(database,
            "DELETE FROM environments WHERE digest NOT IN"
            " (SELECT environment FROM runs WHERE environment IS NOT NULL)")
      .run();
  if (database.changes() == 0) {
    return;
  }
  Statement(database,
            "DELETE FROM environment_contents"
            " WHERE environment NOT IN (SELECT number FROM environment_numbers)")
      .run();
  Statement(database,
            "DELETE FROM environment_items"
            " WHERE number NOT IN (SELECT item FROM environment_contents)")
      .run();
}

}  // namespace mlrepro::sqlite
