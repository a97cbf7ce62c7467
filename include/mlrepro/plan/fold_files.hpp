// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

// What the files that are not the same make of their output: it is as good as the worst of them.
void fold_files(std::vector<model::FileCheck> files, model::OutputCheck& output);

}  // namespace mlrepro::plan
