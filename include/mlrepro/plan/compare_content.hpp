// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/model/content.hpp"

namespace mlrepro::plan {

// Of two files whose bytes differ: whether they say the same. What only the bytes can tell is
// never the same here.
model::ContentComparison compare_content(const model::FileContent& recorded,
                                         const model::FileContent& replayed);

}  // namespace mlrepro::plan
