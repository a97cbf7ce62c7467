// SPDX-License-Identifier: Apache-2.0
#include "capture/amd_gpus.hpp"

#include <gmock/gmock.h>

#include "support/temp_dir.hpp"

namespace mlrepro::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::write_text;

TEST(AmdGpus, AreTheCardsOfTheirDriverInOrder)
{
  const testing::TempDir root;
  EXPECT_THAT(amd_gpus(root.path()), IsEmpty());
  const auto add = [&](const std::string& card, const std::string& vendor,
                       const std::string& memory, const std::string& name) {
    const std::string device = root / ("sys/class/drm/" + card + "/device");
    write_text(device + "/vendor", vendor + "\n");
    write_text(device + "/device", "0x740f\n");
    if (!memory.empty()) {
      write_text(device + "/mem_info_vram_total", memory + "\n");
    }
    if (!name.empty()) {
      write_text(device + "/product_name", name + "\n");
    }
  };
  add("card10", "0x1002", "68702699520", "");
  add("card2", "0x1002", "68702699520", "AMD Instinct MI210");
  add("card3", "0x10de", "68702699520", "of another maker");
  add("card4", "0x1002", "", "without a driver");
  add("card2-DP-1", "0x1002", "1024", "a connector");
  EXPECT_THAT(amd_gpus(root.path()), ElementsAre(AmdGpu{"AMD Instinct MI210", 68'702'699'520},
                                                 AmdGpu{"AMD 0x740f", 68'702'699'520}));
}

}  // namespace
}  // namespace mlrepro::capture
