// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/artifact_path.hpp"

#include "fuzz/target.hpp"
#include "mlrepro/format/request_target.hpp"
#include "mlrepro/model/repo_path.hpp"

// What a client sends as an artifact's path, percent-encoded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  using namespace mlrepro;
  const std::string_view text = fuzz::text_of(bytes, size);
  const auto path = format::decode_artifact_path(text);
  if (path && !path->empty()) {
    fuzz::require(path->size() <= format::k_longest_artifact_path, "an accepted path is short");
    fuzz::require(path->find_first_of("\\#") == std::string::npos && path->front() != '/',
                  "an accepted path is relative");
    fuzz::require(fuzz::accepts([&] { model::RepoPath::parse(*path); }),
                  "an accepted path stays below its root");
    const auto again = format::percent_decode(*path);
    fuzz::require(!again || *again == *path, "another decoding changes nothing");
    fuzz::require(format::normal_artifact_path(*path) == path, "a normal path is normal");
    fuzz::require(format::decode_artifact_path(format::percent_encode(*path)) == path,
                  "encoding and decoding are opposites");
    if (const auto place = format::parse_artifact_place(*path)) {
      fuzz::require(place->path.empty() || format::normal_artifact_path(place->path) == place->path,
                    "what is below an owner's root is a normal path");
    }
  }
  (void)format::parse_artifact_uri(text);
  return 0;
}
