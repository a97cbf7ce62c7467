// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::capture {

// What conda, mamba or pixi installed below `prefix`, by the names of its conda-meta files
// (<name>-<version>-<build>.json): the source is "conda <build>". Empty where it is no such prefix.
std::vector<model::Package> conda_packages(const std::string& prefix);

// Adds what is not there yet; of what is, in the same version, the source becomes conda's, whose
// builds differ in what they are linked with.
void add_conda_packages(std::vector<model::Package>& packages,
                        const std::vector<model::Package>& of_conda);

}  // namespace mlrepro::capture
