// SPDX-License-Identifier: Apache-2.0
#include "capture/conda_packages.hpp"

#include <algorithm>

#include "capture/text_file.hpp"

namespace mlrepro::capture {

std::vector<model::Package> conda_packages(const std::string& prefix)
{
  std::vector<model::Package> packages;
  for (const std::string& name : names_in(prefix + "/conda-meta")) {
    constexpr std::size_t k_ending = 5;  // ".json"
    const std::size_t end = name.ends_with(".json") ? name.size() - k_ending : 0;
    const std::size_t build = end > 0 ? name.rfind('-', end - 1) : std::string::npos;
    const std::size_t version =
        build == std::string::npos || build == 0 ? std::string::npos : name.rfind('-', build - 1);
    if (version != std::string::npos && version > 0) {
      packages.push_back({name.substr(0, version),
                          name.substr(version + 1, build - version - 1),
                          "conda " + name.substr(build + 1, end - build - 1),
                          {}});
    }
  }
  return packages;
}

void add_conda_packages(std::vector<model::Package>& packages,
                        const std::vector<model::Package>& of_conda)
{
  for (const model::Package& package : of_conda) {
    const auto known =
        std::find_if(packages.begin(), packages.end(),
                     [&](const model::Package& other) { return other.name == package.name; });
    if (known == packages.end()) {
      packages.push_back(package);
    } else if (known->version == package.version) {
      known->source = package.source;
    }
  }
  std::sort(packages.begin(), packages.end());
}

}  // namespace mlrepro::capture
