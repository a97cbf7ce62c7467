// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::format {

// As XML 1.0 can hold it, in an element or between double quotes: markup is escaped; bytes that are
// not UTF-8 and the control characters that XML forbids become U+FFFD.
std::string xml_text(std::string_view bytes);

// The report that Jenkins, GitLab and others read (the common part of the dialects,
// https://github.com/testmoapp/junitxml): a test suite for each reproduction, in it a test case
// for the verdict, for each metric, each output and each of the levels 1 to 4. "differs" is a
// failure, a verdict that could not be reached an error. A level that differs does not fail by
// itself, since the same result in another environment is reproduced: it is skipped, with why.
std::string to_junit(std::span<const model::Reproduction> reproductions);

}  // namespace mlrepro::format
