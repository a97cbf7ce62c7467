// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/remote_inputs.hpp"

#include <gmock/gmock.h>

namespace mlrepro::plan {
namespace {

TEST(RemoteInputs, AreWhereDataMayComeFrom)
{
  for (const char* address : {"10.0.0.7:5432", "127.0.0.1:3306", "[2001:db8::1]:443",
                              "unix:/run/postgresql/.s.PGSQL.5432", "unix:/var/run/docker.sock"}) {
    EXPECT_TRUE(is_remote_input(address)) << address;
  }
  for (const char* address :
       {"127.0.0.53:53", "[::1]:53", "10.0.0.7:0", "unix:/run/nscd/socket",
        "unix:/tmp/pymp-7x/listener-1", "unix:/run/user/1000/bus", "unix:/dev/log"}) {
    EXPECT_FALSE(is_remote_input(address)) << address;
  }
}

}  // namespace
}  // namespace mlrepro::plan
