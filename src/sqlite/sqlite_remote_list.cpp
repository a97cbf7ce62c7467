// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_remote_list.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {

std::vector<ports::RemotePlace> SqliteRemoteList::list() const
{
  Statement rows(database_, "SELECT name, location FROM remotes ORDER BY name");
  std::vector<ports::RemotePlace> places;
  while (rows.step()) {
    places.push_back({rows.text(0), rows.text(1)});
  }
  return places;
}

void SqliteRemoteList::add(const ports::RemotePlace& place)
{
  Transaction transaction(database_);
  {
    Statement known(database_, "SELECT location FROM remotes WHERE name = ?");
    if (known.bind(place.name).step()) {
      throw model::Error(model::ErrorKind::conflict,
                         "remote '" + place.name + "' is there already: " + known.text(0),
                         "mlrepro remote remove " + place.name);
    }
  }
  Statement(database_, "INSERT INTO remotes (name, location) VALUES (?, ?)")
      .bind(place.name, place.location)
      .run();
  transaction.commit();
}

bool SqliteRemoteList::remove(const std::string& name)
{
  Transaction transaction(database_);
  {
    Statement known(database_, "SELECT 1 FROM remotes WHERE name = ?");
    if (!known.bind(name).step()) {
      return false;
    }
  }
  Statement(database_, "DELETE FROM remotes WHERE name = ?").bind(name).run();
  transaction.commit();
  return true;
}

}  // namespace mlrepro::sqlite
