// SPDX-License-Identifier: Apache-2.0
#include "cli/remote_choice.hpp"

#include <algorithm>

#include "cli/usage_errors.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

constexpr const char* k_default = "origin";

std::vector<std::string> names_of(const std::vector<ports::RemotePlace>& places)
{
  std::vector<std::string> names;
  for (const ports::RemotePlace& place : places) {
    names.push_back(place.name);
  }
  return names;
}

}  // namespace

ports::RemotePlace choose_remote(Project& project, const std::string& name)
{
  const auto places = project.remotes().list();
  if (places.empty()) {
    throw Error(ErrorKind::not_found, "this store knows no remote", "mlrepro remote add NAME DIR");
  }
  if (name.empty() && places.size() == 1) {
    return places.front();
  }
  const std::string wanted = name.empty() ? k_default : name;
  const auto found =
      std::find_if(places.begin(), places.end(),
                   [&](const ports::RemotePlace& place) { return place.name == wanted; });
  if (found != places.end()) {
    return *found;
  }
  if (name.empty()) {
    throw Error(ErrorKind::not_found, "several remotes, and none is called 'origin'",
                "name one with --remote; " + suggest_among("", names_of(places)));
  }
  throw Error(ErrorKind::not_found, "remote '" + name + "': there is none of that name",
              suggest_among(name, names_of(places)));
}

}  // namespace mlrepro::cli
