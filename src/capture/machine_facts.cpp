// SPDX-License-Identifier: Apache-2.0
#include "capture/machine_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include "capture/debian_packages.hpp"
#include "capture/text_file.hpp"
#include "crypto/sha256.hpp"
#include "mlrepro/format/parameter_file.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"

namespace mlrepro::capture {
namespace {

using Facts = std::map<std::string, std::string>;

constexpr std::size_t k_long_text = 16'000'000;

// Instruction sets that numeric libraries choose their code by.
constexpr std::array<std::string_view, 24> k_features = {
    "sse4_1",      "sse4_2",      "avx",         "avx2",     "avx_vnni", "avx512f",
    "avx512dq",    "avx512bw",    "avx512vl",    "avx512cd", "fma",      "f16c",
    "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16",
    "asimd",       "asimdhp",     "asimddp",     "sve",      "sve2",     "bf16"};

void put(Facts& facts, const std::string& name, const std::string& value)
{
  if (!value.empty()) {
    facts[name] = value;
  }
}

std::optional<double> number(const std::string& text)
{
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

std::string cpu_features(const std::string& root)
{
  for (const std::string& line : lines_of(read_text(root + "/proc/cpuinfo"))) {
    if (!line.starts_with("flags") && !line.starts_with("Features")) {
      continue;
    }
    std::istringstream words(line.substr(std::min(line.find(':') + 1, line.size())));
    std::set<std::string> found;
    for (std::string word; words >> word;) {
      if (std::find(k_features.begin(), k_features.end(), word) != k_features.end()) {
        found.insert(word);
      }
    }
    std::string text;
    for (const std::string& word : found) {
      text += (text.empty() ? "" : " ") + word;
    }
    return text;
  }
  return {};
}

// Where this process stands in a hierarchy of control groups: its path, for the one line of
// version 2 ("0::/a/b") or the one that names `controller` ("4:cpu,cpuacct:/a/b").
std::optional<std::string> group_of(const std::vector<std::string>& groups,
                                    const std::string& controller)
{
  for (const std::string& line : groups) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', std::min(first, line.size() - 1) + 1);
    if (first == std::string::npos || second == std::string::npos) {
      continue;
    }
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    if (names == ",," ? controller.empty()
                      : names.find("," + controller + ",") != std::string::npos) {
      return line.substr(second + 1);
    }
  }
  return std::nullopt;
}

using ReadLimit = std::optional<double> (*)(const std::string& folder);

// The lowest of a group and those above it.
std::optional<double> lowest(const std::string& base, std::string group, ReadLimit read)
{
  std::optional<double> found;
  while (true) {
    const auto limit = read(base + group);
    if (limit && (!found || *limit < *found)) {
      found = limit;
    }
    if (group.empty() || group == "/") {
      return found;
    }
    group = posix::parent_folder(group);
  }
}

std::optional<double> cpu_limit_2(const std::string& folder)
{
  std::istringstream words(first_line(folder + "/cpu.max"));
  std::string quota;
  std::string period;
  words >> quota >> period;
  const auto part = number(quota);
  const auto whole = number(period);
  return part && whole && *whole > 0 ? std::optional(*part / *whole) : std::nullopt;
}

std::optional<double> cpu_limit_1(const std::string& folder)
{
  const auto part = number(first_line(folder + "/cpu.cfs_quota_us"));
  const auto whole = number(first_line(folder + "/cpu.cfs_period_us"));
  return part && whole && *part > 0 && *whole > 0 ? std::optional(*part / *whole) : std::nullopt;
}

std::optional<double> memory_limit_2(const std::string& folder)
{
  return number(first_line(folder + "/memory.max"));
}

std::optional<double> memory_limit_1(const std::string& folder)
{
  // Where there is none, the highest number of whole pages that a signed 64-bit one holds.
  constexpr double k_none = 9e18;
  const auto limit = number(first_line(folder + "/memory.limit_in_bytes"));
  return limit && *limit < k_none ? limit : std::nullopt;
}

std::string text_of(std::optional<double> value)
{
  std::array<char, 32> buffer{};
  if (!value) {
    return {};
  }
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *value);
  return error == std::errc() ? std::string(buffer.data(), end) : "";
}

void add_limits(Facts& facts, const std::string& root)
{
  const std::string base = root + "/sys/fs/cgroup";
  const auto groups = lines_of(read_text(root + "/proc/self/cgroup"));
  if (const auto group = group_of(groups, "")) {
    put(facts, "cpu limit", text_of(lowest(base, *group, cpu_limit_2)));
    put(facts, "memory limit", text_of(lowest(base, *group, memory_limit_2)));
  }
  const auto cpu = group_of(groups, "cpu");
  const auto memory = group_of(groups, "memory");
  if (cpu && !facts.contains("cpu limit")) {
    put(facts, "cpu limit", text_of(lowest(base + "/cpu", *cpu, cpu_limit_1)));
  }
  if (memory && !facts.contains("memory limit")) {
    put(facts, "memory limit", text_of(lowest(base + "/memory", *memory, memory_limit_1)));
  }
}

std::string container(const std::string& root)
{
  if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) {
    return "kubernetes";
  }
  if (is_file(root + "/.dockerenv")) {
    return "docker";
  }
  if (is_file(root + "/run/.containerenv")) {
    return "podman";
  }
  return first_line(root + "/run/systemd/container");
}

std::string without_root(const std::string& root, const std::string& path)
{
  return path.starts_with(root) ? path.substr(root.size()) : path;
}

std::string with_package(const std::string& path, const std::string& package)
{
  return path + (package.empty() ? "" : " (" + package + ")");
}

// What Debian's alternatives make of libblas.so.3 and its like: which library it is decides about
// the last digits.
void add_algebra(Facts& facts, const std::string& root, DebianPackages& packages)
{
  const std::string folder = root + "/etc/alternatives";
  for (const std::string& name : names_in(folder)) {
    for (const char* library : {"blas", "lapack"}) {
      if (name.starts_with("lib" + std::string(library) + ".so.3")) {
        const std::string path = without_root(root, real_path(folder + "/" + name));
        put(facts, library,
            with_package(path,
                         packages.owner_of(path, {"blas", "lapack", "atlas", "mkl", "blis"})));
      }
    }
  }
}

// Libraries that packages compute with and often do not bring along, where the system keeps them.
void add_runtimes(Facts& facts, const std::string& root, DebianPackages& packages)
{
  std::vector<std::string> folders = {root + "/usr/lib64"};
  for (const std::string& name : names_in(root + "/usr/lib")) {
    if (name.ends_with("-linux-gnu")) {
      folders.push_back(root + "/usr/lib/" + name);
    }
  }
  for (const std::string& folder : folders) {
    const std::string openmp = without_root(root, real_path(folder + "/libgomp.so.1"));
    put(facts, "openmp", with_package(openmp, packages.if_owner("libgomp1", openmp)));
    for (const char* series : {"7", "8", "9"}) {
      put(facts, "cudnn", without_root(root, real_path(folder + "/libcudnn.so." + series)));
    }
  }
}

std::string cuda_version(const std::string& root)
{
  try {
    const auto fields =
        format::parse_parameters("version.json", read_text(root + "/usr/local/cuda/version.json"));
    const auto found = fields.find("cuda.version");
    return found == fields.end() ? "" : found->second;
  } catch (const model::Error&) {
    return {};
  }
}

bool is_lock_file(const std::string& name)
{
  constexpr std::array<std::string_view, 11> k_names = {
      "uv.lock",          "pylock.toml",    "poetry.lock",  "pdm.lock",
      "Pipfile.lock",     "conda-lock.yml", "pixi.lock",    "environment.yml",
      "environment.yaml", "renv.lock",      "Manifest.toml"};
  return std::find(k_names.begin(), k_names.end(), name) != k_names.end() ||
         (name.starts_with("requirements") && name.ends_with(".txt"));
}

}  // namespace

Facts machine_facts(const std::string& root)
{
  Facts facts;
  put(facts, "cpu features", cpu_features(root));
  add_limits(facts, root);
  put(facts, "container", container(root));
  DebianPackages packages(root);
  add_algebra(facts, root, packages);
  add_runtimes(facts, root, packages);
  put(facts, "nvidia driver", first_line(root + "/sys/module/nvidia/version"));
  put(facts, "cuda", cuda_version(root));
  put(facts, "amdgpu driver", first_line(root + "/sys/module/amdgpu/version"));
  put(facts, "rocm", first_line(root + "/opt/rocm/.info/version"));
  return facts;
}

std::string gpu_memory_text(const std::vector<std::uint64_t>& bytes)
{
  constexpr std::uint64_t k_gib = std::uint64_t{1} << 30;
  std::string text;
  for (const std::uint64_t memory : bytes) {
    if (memory > 0) {
      text += (text.empty() ? "" : ", ") + std::to_string((memory + k_gib / 2) / k_gib) + " GiB";
    }
  }
  return text;
}

Facts lock_files(const std::string& folder)
{
  Facts facts;
  for (const std::string& name : names_in(folder)) {
    const std::string path = folder + "/" + name;
    if (is_lock_file(name) && is_file(path)) {
      crypto::Sha256 hash;
      hash.update(read_text(path, k_long_text));
      facts["lock file " + name] = "sha256:" + hash.finish().hex();
    }
  }
  return facts;
}

}  // namespace mlrepro::capture
