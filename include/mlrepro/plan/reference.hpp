// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::plan {

// A reference as typed, taken apart; whether it names something is for the stores to say.
struct Reference {
  enum class Kind {
    latest,         // @N: the Nth newest run, 1 is the newest
    of_experiment,  // @experiment:N
    tag,            // tag:key=value
    word,           // an id, a prefix of one, a name, or a path
  } kind = Kind::word;
  std::size_t position = 1;
  std::string word;   // the id, prefix, name or path; the experiment; the tag's key
  std::string value;  // the tag's value
  std::string path;   // what follows "run:", a path among the run's inputs and outputs
};

// Throws Error{usage} for text that can't be a reference: empty, "@0", "@x:", "tag:key".
Reference parse_reference(std::string_view text);

}  // namespace mlrepro::plan
