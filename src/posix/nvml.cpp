// SPDX-License-Identifier: Apache-2.0
#include "posix/nvml.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace mlrepro::posix {
namespace {

// As of nvml.h, which promises not to change what a function with a version in its name does.
constexpr int k_success = 0;
constexpr int k_too_few = 7;  // NVML_ERROR_INSUFFICIENT_SIZE
constexpr unsigned k_most_processes = 4096;
constexpr unsigned long long k_not_known = ~0ULL;

struct Utilization {
  unsigned gpu = 0;
  unsigned memory = 0;
};
struct Memory {
  unsigned long long total = 0;
  unsigned long long free = 0;
  unsigned long long used = 0;
};
struct Process {
  unsigned pid = 0;
  unsigned long long used = 0;
  unsigned instance = 0;
  unsigned compute_instance = 0;
};

// Of those users that are among the processes; below zero where the driver does not tell how much,
// absent when none is.
std::optional<double> memory_of(const std::vector<Process>& users,
                                std::span<const std::int32_t> processes)
{
  std::optional<double> memory;
  for (const Process& user : users) {
    const auto pid = static_cast<std::int32_t>(user.pid);
    if (std::find(processes.begin(), processes.end(), pid) != processes.end()) {
      const double before = memory.value_or(0);
      memory =
          user.used == k_not_known || before < 0 ? -1 : before + static_cast<double>(user.used);
    }
  }
  return memory;
}

// The number of the namespace that the kernel starts with (linux/proc_ns.h).
bool in_first_process_namespace()
{
  std::array<char, 64> name{};
  const ssize_t size = ::readlink("/proc/self/ns/pid", name.data(), name.size());
  return size > 0 &&
         std::string_view(name.data(), static_cast<std::size_t>(size)) == "pid:[4026531836]";
}

}  // namespace

struct Nvml::Library {
  Library() : handle(::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL))
  {
    load(init, "nvmlInit_v2");
    load(shutdown, "nvmlShutdown");
    load(count, "nvmlDeviceGetCount_v2");
    load(device, "nvmlDeviceGetHandleByIndex_v2");
    load(utilization, "nvmlDeviceGetUtilizationRates");
    load(memory, "nvmlDeviceGetMemoryInfo");
    load(power, "nvmlDeviceGetPowerUsage");
    load(processes, "nvmlDeviceGetComputeRunningProcesses_v3");
    if (processes == nullptr) {
      load(processes, "nvmlDeviceGetComputeRunningProcesses_v2");
    }
  }
  ~Library()
  {
    if (handle != nullptr) {
      ::dlclose(handle);
    }
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <typename Function>
  void load(Function*& function, const char* name)
  {
    if (handle != nullptr) {
      function = reinterpret_cast<Function*>(::dlsym(handle, name));
    }
  }

  // Absent where the driver does not tell.
  [[nodiscard]] std::optional<std::vector<Process>> processes_on(void* gpu) const
  {
    if (processes == nullptr) {
      return std::nullopt;
    }
    std::vector<Process> found(32);
    auto size = static_cast<unsigned>(found.size());
    int result = processes(gpu, &size, found.data());
    if (result == k_too_few && size <= k_most_processes) {
      size += 32;  // some may start meanwhile
      found.resize(size);
      result = processes(gpu, &size, found.data());
    }
    if (result != k_success || size > found.size()) {
      return std::nullopt;
    }
    found.resize(size);
    return found;
  }

  [[nodiscard]] double memory_of(void* gpu) const
  {
    Memory all;
    return memory != nullptr && memory(gpu, &all) == k_success ? static_cast<double>(all.used) : -1;
  }
  [[nodiscard]] double busy_percent_of(void* gpu) const
  {
    Utilization busy;
    return utilization != nullptr && utilization(gpu, &busy) == k_success ? busy.gpu : -1;
  }
  [[nodiscard]] double power_of(void* gpu) const
  {
    unsigned milliwatts = 0;
    return power != nullptr && power(gpu, &milliwatts) == k_success ? milliwatts / 1e3 : -1;
  }

  void* handle;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*device)(unsigned, void**) = nullptr;
  int (*utilization)(void*, Utilization*) = nullptr;
  int (*memory)(void*, Memory*) = nullptr;
  int (*power)(void*, unsigned*) = nullptr;  // in milliwatts
  int (*processes)(void*, unsigned*, Process*) = nullptr;
};

Nvml::Nvml(std::unique_ptr<Library> library) : library_(std::move(library)) {}

Nvml::~Nvml()
{
  if (library_->shutdown != nullptr) {
    library_->shutdown();
  }
}

bool Nvml::is_installed()
{
  return Library().handle != nullptr;
}

std::unique_ptr<Nvml> Nvml::open()
{
  auto library = std::make_unique<Library>();
  if (library->init == nullptr || library->count == nullptr || library->device == nullptr ||
      library->init() != k_success) {
    return nullptr;
  }
  std::unique_ptr<Nvml> nvml(new Nvml(std::move(library)));
  nvml->knows_processes_ = in_first_process_namespace();
  unsigned count = 0;
  if (nvml->library_->count(&count) != k_success) {
    return nullptr;
  }
  for (unsigned index = 0; index < count; ++index) {
    void* device = nullptr;
    // One that is not ours to use keeps its number.
    nvml->devices_.push_back(nvml->library_->device(index, &device) == k_success ? device
                                                                                 : nullptr);
  }
  return nvml->devices_.empty() ? nullptr : std::move(nvml);
}

std::vector<std::uint64_t> Nvml::memory() const
{
  std::vector<std::uint64_t> bytes;
  for (void* const device : devices_) {
    Memory all;
    const bool told = device != nullptr && library_->memory != nullptr &&
                      library_->memory(device, &all) == k_success;
    bytes.push_back(told ? all.total : 0);
  }
  return bytes;
}

std::vector<GpuReading> Nvml::read(std::span<const std::int32_t> processes) const
{
  std::vector<GpuReading> readings;
  for (std::size_t index = 0; index < devices_.size(); ++index) {
    void* const device = devices_[index];
    if (device == nullptr) {
      continue;
    }
    GpuReading reading;
    reading.index = static_cast<int>(index);
    if (const auto users = knows_processes_ ? library_->processes_on(device) : std::nullopt) {
      const auto memory = memory_of(*users, processes);
      if (!memory) {
        continue;
      }
      reading.memory_bytes = *memory;
    } else {
      reading.memory_bytes = library_->memory_of(device);
    }
    reading.busy_percent = library_->busy_percent_of(device);
    reading.power_w = library_->power_of(device);
    readings.push_back(reading);
  }
  return readings;
}

}  // namespace mlrepro::posix
