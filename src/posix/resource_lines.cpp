// SPDX-License-Identifier: Apache-2.0
#include "posix/resource_lines.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace mlrepro::posix {
namespace {

constexpr double k_decimals = 10;  // no measurement has more to say than a tenth

class Line {
 public:
  void put(const std::string& key, std::int64_t value)
  {
    text_ += (text_.empty() ? "{\"" : ",\"") + key + "\":" + std::to_string(value);
  }
  void put(const std::string& key, double value)
  {
    std::array<char, 64> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(),
                                            std::round(value * k_decimals) / k_decimals);
    text_ += ",\"" + key + "\":" + std::string(digits.data(), end);
  }
  void put(const std::string& key, const std::optional<std::uint64_t>& value)
  {
    if (value) {
      text_ += ",\"" + key + "\":" + std::to_string(*value);
    }
  }
  void put_known(const std::string& key, double value)
  {
    if (value >= 0) {
      put(key, value);
    }
  }
  [[nodiscard]] std::string text() const { return text_ + "}\n"; }

 private:
  std::string text_;
};

}  // namespace

std::string to_line(const ResourceSample& sample)
{
  Line line;
  line.put("step", sample.number);
  line.put("time", sample.time_ms);
  line.put("system/cpu_percent", sample.cpu_percent);
  line.put("system/memory_bytes", std::optional(sample.tree.memory_bytes));
  line.put("system/processes", std::optional(sample.tree.processes));
  line.put("system/threads", std::optional(sample.tree.threads));
  line.put("system/disk_read_bytes", sample.tree.disk_read_bytes);
  line.put("system/disk_written_bytes", sample.tree.disk_written_bytes);
  line.put("system/network_received_bytes", sample.tree.network_received_bytes);
  line.put("system/network_sent_bytes", sample.tree.network_sent_bytes);
  for (const GpuReading& gpu : sample.gpus) {
    const std::string name = "system/gpu" + std::to_string(gpu.index) + "_";
    line.put_known(name + "percent", gpu.busy_percent);
    line.put_known(name + "memory_bytes", gpu.memory_bytes);
    line.put_known(name + "watts", gpu.power_w);
  }
  return line.text();
}

}  // namespace mlrepro::posix
