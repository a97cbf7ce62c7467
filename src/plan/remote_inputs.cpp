// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/remote_inputs.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::plan {
namespace {

constexpr std::string_view k_unix = "unix:";

constexpr std::array<std::string_view, 12> k_system_sockets{
    "/tmp",      "/dev",          "/run/systemd", "/var/run/systemd",
    "/run/nscd", "/var/run/nscd", "/run/dbus",    "/var/run/dbus",
    "/run/user", "/run/sssd",     "/var/lib/sss", "/run/avahi-daemon"};

}  // namespace

bool is_remote_input(std::string_view address)
{
  if (address.starts_with(k_unix)) {
    const std::string_view path = address.substr(k_unix.size());
    return std::none_of(k_system_sockets.begin(), k_system_sockets.end(),
                        [&](std::string_view folder) { return model::is_within(path, folder); });
  }
  return !address.ends_with(":53") && !address.ends_with(":0");
}

}  // namespace mlrepro::plan
