// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over its corpus without a fuzzer: each file, the file cut off at every
// length, and the file with each of its bits flipped: of a big one about one bit a byte, unless
// MLREPRO_TEST_FAULTS=1. Exits with 1 at the first broken promise.
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "fuzz/target.hpp"

namespace {

constexpr std::size_t k_big_bytes = 1024;
// Having no factor in common with the 8 bits of a byte, it comes to all of them in turn.
constexpr std::size_t k_stride = 7;

std::size_t stride_of(std::size_t bytes)
{
  const char* faults = std::getenv("MLREPRO_TEST_FAULTS");
  const bool all = faults != nullptr && std::string_view(faults) == "1";
  return all || bytes <= k_big_bytes ? 1 : k_stride;
}

struct Count {
  std::size_t files = 0;
  std::size_t inputs = 0;
};

bool run(const std::string& input, const std::string& origin, Count& count)
{
  ++count.inputs;
  // A copy of exactly its size, so that a sanitizer sees a read behind its end.
  const std::string exact(input.data(), input.size());
  try {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(exact.data()), exact.size());
    return true;
  } catch (const std::exception& error) {
    std::cerr << origin << ": " << error.what() << "\n";
    return false;
  }
}

bool run_with_mutations(const std::string& bytes, const std::string& name, Count& count)
{
  if (!run(bytes, name, count)) {
    return false;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (!run(bytes.substr(0, size), name + " cut off at byte " + std::to_string(size), count)) {
      return false;
    }
  }
  std::string flipped = bytes;
  const std::size_t stride = stride_of(bytes.size());
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += stride) {
    const auto mask = static_cast<char>(1U << (bit % 8));
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ mask);
    if (!run(flipped, name + " with bit " + std::to_string(bit) + " flipped", count)) {
      return false;
    }
    flipped[bit / 8] = bytes[bit / 8];
  }
  return true;
}

}  // namespace

int main(int argc, char** argv)
{
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " CORPUS_FOLDER\n";
    return 2;
  }
  Count count;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream),
                            std::istreambuf_iterator<char>()};
    ++count.files;
    if (!run_with_mutations(bytes, entry.path().string(), count)) {
      return 1;
    }
  }
  std::cout << count.files << " files, " << count.inputs << " inputs\n";
  return count.files == 0 ? 1 : 0;
}
