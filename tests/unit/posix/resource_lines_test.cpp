// SPDX-License-Identifier: Apache-2.0
#include "posix/resource_lines.hpp"

#include <gtest/gtest.h>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/resource_metric.hpp"

namespace mlrepro::posix {
namespace {

TEST(ResourceLines, TellOnlyWhatIsKnown)
{
  ResourceSample sample;
  sample.number = 3;
  sample.time_ms = 1'764'300'000'123;
  sample.cpu_percent = 187.449;
  sample.tree.memory_bytes = 1'234'567;
  sample.tree.processes = 2;
  sample.tree.threads = 5;
  EXPECT_EQ(to_line(sample),
            "{\"step\":3,\"time\":1764300000123,\"system/cpu_percent\":187.4,"
            "\"system/memory_bytes\":1234567,\"system/processes\":2,\"system/threads\":5}\n");
}

TEST(ResourceLines, AreEventLines)
{
  ResourceSample sample;
  sample.time_ms = 1'764'300'000'123;
  sample.tree.disk_read_bytes = 1;
  sample.tree.disk_written_bytes = 2;
  sample.tree.network_received_bytes = 3;
  sample.tree.network_sent_bytes = 18'000'000'000'000;
  sample.gpus = {{0, 97, 11'000'000'000, 240.25}, {7, -1, 5, -1}};
  const auto lines = format::parse_event_lines(to_line(sample));
  EXPECT_TRUE(lines.bad.empty());
  std::map<std::string, double> values;
  for (const model::RunEvent& event : lines.events) {
    const auto& metric = std::get<model::MetricLogged>(event);
    EXPECT_EQ(metric.step, 0);
    EXPECT_EQ(metric.time->ms, sample.time_ms);
    EXPECT_TRUE(model::is_resource_metric(metric.key));
    values[metric.key] = metric.value;
  }
  EXPECT_EQ(values, (std::map<std::string, double>{{"system/cpu_percent", 0},
                                                   {"system/memory_bytes", 0},
                                                   {"system/processes", 0},
                                                   {"system/threads", 0},
                                                   {"system/disk_read_bytes", 1},
                                                   {"system/disk_written_bytes", 2},
                                                   {"system/network_received_bytes", 3},
                                                   {"system/network_sent_bytes", 1.8e13},
                                                   {"system/gpu0_percent", 97},
                                                   {"system/gpu0_memory_bytes", 1.1e10},
                                                   {"system/gpu0_watts", 240.3},
                                                   {"system/gpu7_memory_bytes", 5}}));
}

}  // namespace
}  // namespace mlrepro::posix
