// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/environment_impact.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "mlrepro/plan/compare_runs.hpp"
#include "mlrepro/plan/version_order.hpp"

namespace mlrepro::plan {
namespace {

using model::Impact;

// What makes one machine or moment differ from another without touching the numbers. What a lock
// file led to stands among the packages.
bool is_without_effect(const std::string& item)
{
  static const std::set<std::string> k_items = {
      "kernel",    "memory",           "memory limit",         "gpu memory",
      "container", "interpreter path", "variable VIRTUAL_ENV", "variable CONDA_PREFIX"};
  return k_items.contains(item) || item.starts_with("lock file ");
}

// The name of the package in "package numpy" and "package numpy: numpy/core.py".
std::string package_of(const std::string& item)
{
  constexpr std::string_view k_prefix = "package ";
  if (!item.starts_with(k_prefix)) {
    return {};
  }
  const std::string name = item.substr(k_prefix.size());
  return name.substr(0, name.find(':'));
}

Impact impact_of_package(const std::string& name)
{
  static const std::set<std::string> k_numeric = {
      "numpy",       "scipy",         "pandas",      "polars",
      "pyarrow",     "scikit-learn",  "torch",       "tensorflow",
      "keras",       "jax",           "jaxlib",      "xgboost",
      "lightgbm",    "catboost",      "statsmodels", "numba",
      "llvmlite",    "transformers",  "datasets",    "tokenizers",
      "safetensors", "torchvision",   "torchaudio",  "pytorch-lightning",
      "lightning",   "accelerate",    "sktime",      "prophet",
      "skforecast",  "threadpoolctl", "joblib",      "patsy",
      "networkx",    "cupy",          "cudf",        "onnxruntime",
      "mkl",         "intel-openmp",  "libopenblas", "blas",
      "libblas",     "liblapack",     "cudnn",       "cudatoolkit",
      "dask",        "r-base",        "Matrix",      "data.table",
      "caret",       "tidymodels",    "glmnet",      "ranger",
      "mgcv",        "forecast",      "duckdb",      "gensim",
      "spacy",       "opencv-python", "pillow",      "scikit-image"};
  static const std::set<std::string> k_tools = {
      "pip",     "setuptools", "wheel",    "uv",         "virtualenv", "poetry",     "pytest",
      "black",   "ruff",       "mypy",     "flake8",     "isort",      "coverage",   "tox",
      "ipython", "jupyter",    "notebook", "jupyterlab", "sphinx",     "pre-commit", "pylint",
      "build",   "twine",      "tqdm",     "rich",       "colorama",   "pluggy",     "iniconfig"};
  if (k_numeric.contains(name) || name.starts_with("nvidia-") || name.starts_with("cuda-") ||
      name.starts_with("cupy-") || name.starts_with("libopenblas")) {
    return Impact::high;
  }
  return k_tools.contains(name) ? Impact::low : Impact::medium;
}

Impact impact_of_variable(std::string_view name)
{
  static const std::set<std::string_view> k_computing = {"PYTHONHASHSEED",
                                                         "MLREPRO_SEED",
                                                         "CUBLAS_WORKSPACE_CONFIG",
                                                         "NVIDIA_TF32_OVERRIDE",
                                                         "TF_DETERMINISTIC_OPS",
                                                         "TF_CUDNN_DETERMINISTIC",
                                                         "OPENBLAS_CORETYPE",
                                                         "MKL_CBWR",
                                                         "PYTHONOPTIMIZE",
                                                         "XLA_FLAGS",
                                                         "JAX_ENABLE_X64",
                                                         "JAX_DEFAULT_MATMUL_PRECISION",
                                                         "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"};
  static const std::set<std::string_view> k_harmless = {
      "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "CONDA_DEFAULT_ENV"};
  if (k_computing.contains(name) || name.ends_with("_NUM_THREADS")) {
    return Impact::high;
  }
  return k_harmless.contains(name) ? Impact::low : Impact::medium;
}

}  // namespace

model::Impact impact_of(const model::ItemDiff& difference)
{
  constexpr std::string_view k_variable = "variable ";
  static const std::set<std::string> k_computing = {"arch", "blas",  "lapack", "openmp",
                                                    "cuda", "cudnn", "rocm"};
  const std::string& item = difference.item;
  // Recorded by newer versions of mlrepro only.
  const bool says_nothing =
      (item == "openmp" || item == "cudnn") && (!difference.a || !difference.b);
  if (is_without_effect(item) || says_nothing) {
    return Impact::none;
  }
  if (const std::string package = package_of(item); !package.empty()) {
    return impact_of_package(package);
  }
  if (item == "interpreter") {
    return version_series(difference.a.value_or("")) == version_series(difference.b.value_or(""))
               ? Impact::medium
               : Impact::high;
  }
  if (item.starts_with(k_variable)) {
    return impact_of_variable(std::string_view(item).substr(k_variable.size()));
  }
  return k_computing.contains(item) || item.starts_with("gpu ") ? Impact::high : Impact::medium;
}

std::vector<model::EnvironmentDifference> rank_environment(
    const std::optional<model::Environment>& recorded,
    const std::optional<model::Environment>& replayed)
{
  std::vector<model::EnvironmentDifference> ranked;
  for (model::ItemDiff& item : compare_environments(recorded, replayed, List::differences)) {
    const Impact impact = impact_of(item);
    ranked.push_back({std::move(item.item), std::move(item.a), std::move(item.b), impact});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.impact > b.impact; });
  return ranked;
}

}  // namespace mlrepro::plan
