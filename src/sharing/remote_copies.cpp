// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/sharing/remote_copies.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "mlrepro/model/error.hpp"

namespace mlrepro::sharing {

RemoteCopies::RemoteCopies(ports::ContentExchange& exchange, std::string name,
                           std::unique_ptr<ports::Remote> remote)
    : exchange_(exchange), name_(std::move(name)), remote_(std::move(remote))
{
}

versioning::FoundCopy RemoteCopies::find(const versioning::WantedObject& wanted)
{
  try {
    if (!download_ && !trouble_) {
      download_ = exchange_.download(*remote_);
    }
  } catch (const model::Error& error) {
    trouble_ = error.message();
  }
  if (trouble_) {
    return {nullptr, "", *trouble_};
  }
  try {
    // Once to the end, so that nobody begins with a copy that turns out to be damaged.
    const auto content = download_->open(wanted.kind, wanted.digest);
    std::vector<std::byte> buffer(std::size_t{256} * 1024);
    while (content->read(buffer) > 0) {
    }
    return {download_->open(wanted.kind, wanted.digest), "remote '" + name_ + "'", ""};
  } catch (const model::Error& error) {
    return {
        nullptr, "",
        "remote '" + name_ + "' " +
            (error.kind() == model::ErrorKind::not_found ? "does not have it"
                                                         : "has it damaged: " + error.message())};
  }
}

}  // namespace mlrepro::sharing
