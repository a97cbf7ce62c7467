// SPDX-License-Identifier: Apache-2.0
#include "capture/amd_gpus.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "capture/text_file.hpp"

namespace mlrepro::capture {
namespace {

constexpr std::size_t k_most_digits = 9;

// N of "cardN"; -1 of others, such as a card's connectors ("card0-HDMI-A-1").
int number_of_card(const std::string& name)
{
  const std::string number = name.starts_with("card") ? name.substr(4) : "";
  const bool digits = !number.empty() && number.size() <= k_most_digits &&
                      number.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::atoi(number.c_str()) : -1;
}

}  // namespace

std::vector<AmdGpu> amd_gpus(const std::string& root)
{
  const std::string cards = root + "/sys/class/drm";
  std::vector<std::pair<int, AmdGpu>> found;
  for (const std::string& name : names_in(cards)) {
    const std::string device = cards + "/" + name + "/device";
    const int number = number_of_card(name);
    const std::string memory = number < 0 ? "" : first_line(device + "/mem_info_vram_total");
    if (memory.empty() || first_line(device + "/vendor") != "0x1002") {
      continue;
    }
    std::string model = first_line(device + "/product_name");
    if (model.empty()) {
      model = "AMD " + first_line(device + "/device");
    }
    found.emplace_back(number, AmdGpu{model, std::strtoull(memory.c_str(), nullptr, 10)});
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<AmdGpu> gpus;
  for (auto& card : found) {
    gpus.push_back(std::move(card.second));
  }
  return gpus;
}

}  // namespace mlrepro::capture
