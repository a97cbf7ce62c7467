// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "git/handles.hpp"
#include "mlrepro/ports/source_control.hpp"

namespace mlrepro::git {

// As ports::SourceControl has them; the library must have been started.
std::optional<std::string> find_commit(git_repository* repository, const std::string& revision);
void for_each_committed(git_repository* repository, const std::string& commit,
                        const ports::CommittedFileVisitor& visit);

// The content of an object; an error says `what` was tried.
std::string read_blob(git_repository* repository, const git_oid& id, const std::string& what);

}  // namespace mlrepro::git
