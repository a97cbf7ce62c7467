// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/run_id.hpp"

#include <algorithm>

#include "mlrepro/model/hex.hpp"

namespace mlrepro::model {
namespace {

constexpr std::array<std::string_view, 64> k_adjectives = {
    "able",   "amber", "bold",   "brave",  "brief",  "bright", "brisk",  "calm",
    "candid", "clean", "clear",  "clever", "crisp",  "daring", "deft",   "eager",
    "early",  "fair",  "fine",   "firm",   "fleet",  "fond",   "frank",  "fresh",
    "gentle", "glad",  "golden", "grand",  "happy",  "hardy",  "honest", "jolly",
    "just",   "keen",  "kind",   "light",  "lively", "loyal",  "lucid",  "merry",
    "mild",   "neat",  "noble",  "plain",  "prime",  "proud",  "quick",  "quiet",
    "rapid",  "ready", "robust", "sharp",  "silent", "sleek",  "smart",  "solid",
    "steady", "sunny", "swift",  "tidy",   "vivid",  "warm",   "wise",   "witty"};

constexpr std::array<std::string_view, 64> k_animals = {
    "badger", "bat",     "bear",   "beaver", "bison",  "bobcat", "camel",   "cobra",
    "condor", "coyote",  "crane",  "crow",   "deer",   "dingo",  "dolphin", "dove",
    "eagle",  "egret",   "elk",    "falcon", "ferret", "finch",  "fox",     "gecko",
    "gibbon", "goose",   "hare",   "hawk",   "heron",  "ibex",   "ibis",    "jackal",
    "jaguar", "koala",   "lemur",  "lion",   "llama",  "lynx",   "marmot",  "marten",
    "mole",   "moose",   "newt",   "ocelot", "orca",   "osprey", "otter",   "owl",
    "panda",  "pelican", "puffin", "puma",   "quail",  "raven",  "robin",   "salmon",
    "seal",   "sparrow", "stork",  "swan",   "tapir",  "tiger",  "wolf",    "wren"};

bool is_lower_hex(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

unsigned hex_at(const std::string& text, std::size_t index)
{
  const char c = text[index];
  return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
}

}  // namespace

std::optional<RunId> RunId::parse(std::string_view text)
{
  if (text.size() != 32 || !std::all_of(text.begin(), text.end(), is_lower_hex)) {
    return std::nullopt;
  }
  return RunId(std::string(text));
}

RunId RunId::from_bytes(const std::array<std::uint8_t, 16>& random)
{
  std::string text;
  for (const std::uint8_t byte : random) {
    append_hex(text, byte);
  }
  return RunId(std::move(text));
}

std::string default_run_name(const RunId& id)
{
  const std::string& text = id.str();
  const unsigned first = (hex_at(text, 28) * 16 + hex_at(text, 29)) % k_adjectives.size();
  const unsigned second = (hex_at(text, 30) * 16 + hex_at(text, 31)) % k_animals.size();
  return std::string(k_adjectives[first]) + "-" + std::string(k_animals[second]) + "-" +
         text.substr(0, 4);
}

}  // namespace mlrepro::model
