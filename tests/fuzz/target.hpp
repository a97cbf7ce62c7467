// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "mlrepro/model/error.hpp"

namespace mlrepro::fuzz {

// What a target throws when a promise does not hold: the replay names the input, a fuzzer stops
// at it and saves it.
class BrokenPromise : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& promise)
{
  if (!holds) {
    throw BrokenPromise(promise);
  }
}

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size)
{
  return {reinterpret_cast<const char*>(bytes), size};
}

// Runs `decode`; false when it refuses its input as it may, with a model::Error that says why. Any
// other exception is passed on and ends the replay or the fuzzer.
template <typename Decode>
bool accepts(Decode decode)
{
  try {
    decode();
    return true;
  } catch (const model::Error& error) {
    require(!error.message().empty(), "an error has a message");
    return false;
  }
}

}  // namespace mlrepro::fuzz

// One input. Each file of this folder but the replay defines it for one decoder.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
