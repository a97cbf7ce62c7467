// SPDX-License-Identifier: Apache-2.0
#include "capture/local_environment_probe.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <system_error>

#include "capture/amd_gpus.hpp"
#include "capture/conda_packages.hpp"
#include "capture/interpreter_search.hpp"
#include "capture/machine_facts.hpp"
#include "capture/python_installation.hpp"
#include "capture/python_packages.hpp"
#include "capture/r_packages.hpp"
#include "capture/text_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "posix/quiet_thread.hpp"

namespace mlrepro::capture {
namespace {

using model::Environment;

// Variables that change numbers, or say which environment it is. Everything else stays unread:
// an environment is full of what is nobody's business.
constexpr std::array<std::string_view, 29> k_names = {"CUDA_VISIBLE_DEVICES",
                                                      "HIP_VISIBLE_DEVICES",
                                                      "ROCR_VISIBLE_DEVICES",
                                                      "HSA_OVERRIDE_GFX_VERSION",
                                                      "XLA_FLAGS",
                                                      "JAX_ENABLE_X64",
                                                      "JAX_DEFAULT_MATMUL_PRECISION",
                                                      "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
                                                      "CUBLAS_WORKSPACE_CONFIG",
                                                      "NVIDIA_TF32_OVERRIDE",
                                                      "TF_DETERMINISTIC_OPS",
                                                      "TF_CUDNN_DETERMINISTIC",
                                                      "PYTHONHASHSEED",
                                                      "PYTHONPATH",
                                                      "PYTHONNOUSERSITE",
                                                      "PYTHONUNBUFFERED",
                                                      "PYTHONDONTWRITEBYTECODE",
                                                      "PYTHONOPTIMIZE",
                                                      "VIRTUAL_ENV",
                                                      "CONDA_DEFAULT_ENV",
                                                      "CONDA_PREFIX",
                                                      "LANG",
                                                      "LC_ALL",
                                                      "LC_NUMERIC",
                                                      "TZ",
                                                      "SOURCE_DATE_EPOCH",
                                                      "MLREPRO_SEED",
                                                      "MLREPRO_IMAGE_DIGEST",
                                                      "R_LIBS"};
constexpr std::array<std::string_view, 6> k_prefixes = {"OMP_",      "GOMP_", "KMP_",
                                                        "OPENBLAS_", "MKL_",  "NUMEXPR_"};

bool is_recorded(std::string_view name, const std::vector<std::string>& extra)
{
  return std::find(k_names.begin(), k_names.end(), name) != k_names.end() ||
         name.ends_with("_NUM_THREADS") ||
         std::any_of(k_prefixes.begin(), k_prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
         std::find(extra.begin(), extra.end(), name) != extra.end();
}

void add_variables(Environment& environment, const ports::ProbeRequest& request)
{
  const auto add = [&](std::string_view name, std::string_view value) {
    if (is_recorded(name, request.extra_variables)) {
      environment.variables[std::string(name)] =
          plan::is_secret_name(name) ? std::string(plan::k_scrubbed) : std::string(value);
    }
  };
  for (char** item = environ; item != nullptr && *item != nullptr; ++item) {
    const std::string_view text = *item;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      add(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  for (const std::string& name : request.unset_variables) {
    environment.variables.erase(name);
  }
  for (const auto& [name, value] : request.set_variables) {
    add(name, value);
  }
}

std::string os_name()
{
  for (const std::string& line : lines_of(read_text("/etc/os-release"))) {
    if (line.starts_with("PRETTY_NAME=")) {
      std::string name = line.substr(12);
      std::erase(name, '"');
      return name;
    }
  }
  return "Linux";
}

// The value behind the first line that begins with `key` and a colon.
std::string field(const std::string& path, const std::string& key)
{
  for (const std::string& line : lines_of(read_text(path))) {
    if (line.starts_with(key)) {
      const std::size_t colon = line.find(':');
      const std::size_t start =
          colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
      return start == std::string::npos ? "" : line.substr(start);
    }
  }
  return {};
}

int usable_threads()
{
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

std::vector<std::string> gpu_models()
{
  std::vector<std::string> models;
  const std::string root = "/proc/driver/nvidia/gpus";
  for (const std::string& name : names_in(root)) {
    const std::string model = field(root + "/" + name + "/information", "Model");
    if (!model.empty()) {
      models.push_back(model);
    }
  }
  return models;
}

}  // namespace

LocalEnvironmentProbe::~LocalEnvironmentProbe()
{
  if (early_.joinable()) {
    early_.join();
  }
}

void LocalEnvironmentProbe::start_early()
{
  if (machine_ || early_.joinable()) {
    return;
  }
  gpus_.emplace();  // here, since what it starts ends with the thread that starts it
  try {
    early_ = posix::start_quiet_thread([this] {
      try {
        machine_ = machine_facts();
      } catch (const std::exception&) {
        // read() tries again, and tells.
      }
    });
  } catch (const std::system_error&) {
    // No more threads: then it is read when it is needed.
  }
}

void LocalEnvironmentProbe::observe(int pid)
{
  started_ = true;
  if (auto found = running_interpreter(pid)) {
    seen_ = std::move(found);
  }
}

Environment LocalEnvironmentProbe::read(const ports::ProbeRequest& request) const
{
  Environment environment;
  environment.os = os_name();
  utsname system{};
  if (::uname(&system) == 0) {
    environment.kernel = std::string(system.sysname) + " " + system.release;
    environment.arch = system.machine;
  }
  environment.cpu = field("/proc/cpuinfo", "model name");
  environment.threads = usable_threads();
  environment.memory_bytes =
      std::strtoull(field("/proc/meminfo", "MemTotal").c_str(), nullptr, 10) * 1024;
  environment.gpus = gpu_models();
  for (const AmdGpu& gpu : amd_gpus()) {
    environment.gpus.push_back(gpu.model);
  }
  add_variables(environment, request);
  environment.interpreter = seen_ ? seen_ : interpreter_of(request.program, request.cwd);
  environment.facts = facts_of_machine(request.packages || started_);
  environment.facts.merge(lock_files(request.cwd));
  if (environment.interpreter && environment.interpreter->name == "python") {
    add_python(environment, request.packages);
  } else if (environment.interpreter && environment.interpreter->name == "R") {
    RInstallation installation = read_r_installation(environment.interpreter->path, request.cwd);
    environment.interpreter->version = installation.version;
    if (request.packages) {
      environment.packages = std::move(installation.packages);
    }
  }
  return environment;
}

std::map<std::string, std::string> LocalEnvironmentProbe::facts_of_machine(bool wait) const
{
  constexpr std::chrono::seconds k_patience(2);
  if (!gpus_) {
    gpus_.emplace();
  }
  if (early_.joinable()) {
    early_.join();
  }
  if (!machine_) {
    machine_ = machine_facts();
  }
  if (wait) {  // the answer comes once
    std::vector<std::uint64_t> bytes = gpus_->take(k_patience);
    for (const AmdGpu& gpu : amd_gpus()) {
      bytes.push_back(gpu.memory_bytes);
    }
    const std::string memory = gpu_memory_text(bytes);
    if (!memory.empty()) {
      machine_->insert_or_assign("gpu memory", memory);
    }
  }
  return *machine_;
}

void LocalEnvironmentProbe::add_python(Environment& environment, bool packages) const
{
  const PythonInstallation installation = find_installation(environment.interpreter->path);
  environment.interpreter->version = installation.version;
  if (!packages) {
    return;
  }
  environment.packages = installed_packages(
      installation.search_path, [this](const std::string& folder) { return state_of(folder); });
  for (const std::string& prefix : installation.prefixes) {
    add_conda_packages(environment.packages, conda_packages(prefix));
  }
}

std::string LocalEnvironmentProbe::state_of(const std::string& folder) const
{
  try {
    const auto copy = source_ == nullptr ? std::nullopt : source_->inspect(folder);
    if (copy && !copy->state.commit.empty()) {
      return "@" + copy->state.commit + (copy->state.dirty ? " with changes" : "");
    }
  } catch (const model::Error&) {
    // A repository that can't be read says nothing about the package.
  }
  return {};
}

}  // namespace mlrepro::capture
