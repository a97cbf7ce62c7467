// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mlrepro::capture {

// What a machine has besides its name that changes results or what fits into it, each under the
// name that docs/environment.md lists: "cpu features", "cpu limit", "memory limit", "container",
// "blas", "lapack", "openmp", "cudnn", "nvidia driver", "cuda", "amdgpu driver", "rocm". What is
// not there has no entry. `root` is put before every path that is read.
std::map<std::string, std::string> machine_facts(const std::string& root = {});

// "16 GiB, 24 GiB": what GPUs have, in NVML's order. Whole ones, since the driver keeps a little of
// it for itself, and another version another little. A GPU of 0 bytes is left out.
std::string gpu_memory_text(const std::vector<std::uint64_t>& bytes);

// "lock file <name>" and its SHA-256, for each file of a package manager that lies in `folder`.
std::map<std::string, std::string> lock_files(const std::string& folder);

}  // namespace mlrepro::capture
