// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "mlrepro/ports/object_store.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// The content of an object. What it hands out last is handed out only once all of it is known to
// hash to `digest`. Throws Error{not_found} when there is no such object, Error{corrupt}.
std::unique_ptr<ports::ByteSource> open_object(const RecordReader& reader, ports::ObjectKind kind,
                                               const model::Digest& digest);

// The same of a file of which the recipe is at hand, and perhaps not in any pack. Throws
// Error{corrupt} also where pieces are missing.
std::unique_ptr<ports::ByteSource> open_recipe(const RecordReader& reader,
                                               const model::Digest& digest, ByteView recipe);

}  // namespace mlrepro::storage
