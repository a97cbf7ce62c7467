// SPDX-License-Identifier: Apache-2.0
#include "versioning/repairer.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace mlrepro::versioning {
namespace {

// Puts a good copy into the batch. Returns where it came from; "" and a reason when there is none.
std::string store_copy(ports::ObjectBatch& batch, const std::vector<CopySource*>& copies,
                       const WantedObject& wanted, std::string& why_not)
{
  for (CopySource* source : copies) {
    FoundCopy found = source->find(wanted);
    if (!found.content) {
      why_not += why_not.empty() || found.why_not.empty() ? found.why_not : "; " + found.why_not;
      continue;
    }
    if (batch.put(wanted.kind, *found.content).digest == wanted.digest) {
      return found.where;
    }
    // Stored under the name of what it is: nobody needs it, and nobody is misled.
    why_not += (why_not.empty() ? "" : "; ") + found.where + ": changed while it was read";
  }
  return "";
}

}  // namespace

std::string problem_text(const model::Error& error)
{
  return error.kind() == model::ErrorKind::not_found ? "missing" : error.message();
}

std::optional<std::string> problem_of(const Ports& ports, ports::ObjectKind kind,
                                      const model::Digest& digest, std::uint64_t& bytes)
{
  static thread_local std::vector<std::byte> buffer(256UL * 1024);
  try {
    const auto source = ports.objects.open(kind, digest);
    while (const std::size_t size = source->read(buffer)) {
      bytes += size;
      ports.reporter.advance(0, size);
    }
    return std::nullopt;
  } catch (const model::Error& error) {
    return problem_text(error);
  }
}

bool repair(const Ports& ports, ports::StoreCare& care, const std::vector<CopySource*>& copies,
            std::vector<Lost>& lost)
{
  std::vector<std::string> from;
  {
    const auto hold = ports.objects.hold();
    const auto batch = care.begin_distrustful();
    for (Lost& item : lost) {
      from.push_back(store_copy(*batch, copies, item.wanted, item.damage.not_repaired));
    }
    batch->commit();
  }
  const auto hold = ports.objects.hold();  // shows what was just stored
  bool folders = false;
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (from[i].empty()) {
      continue;
    }
    std::uint64_t bytes = 0;
    const WantedObject& wanted = lost[i].wanted;
    if (const auto problem = problem_of(ports, wanted.kind, wanted.digest, bytes)) {
      lost[i].damage.not_repaired = "stored anew from " + from[i] + ", but " + *problem;
      continue;
    }
    lost[i].damage.repaired_from = std::move(from[i]);
    lost[i].damage.not_repaired.clear();
    folders = folders || wanted.kind == ports::ObjectKind::tree;
  }
  return folders;
}

}  // namespace mlrepro::versioning
