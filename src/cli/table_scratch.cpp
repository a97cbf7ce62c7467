// SPDX-License-Identifier: Apache-2.0
#include "cli/table_scratch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <thread>

#include "cli/scratch_folder.hpp"
#include "mlrepro/format/project_config.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/folder_scratch.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::cli {
namespace {

constexpr const char* k_memory_variable = "MLREPRO_TABLE_MEMORY";
// Below this DuckDB can't even sort what it reads from one file.
constexpr std::uint64_t k_least_memory = 64'000'000;

void make_private(const std::string& path)
{
  if (::mkdir(path.c_str(), 0700) != 0) {
    posix::throw_errno("make the scratch folder '" + path + "'");
  }
}

void remove_quietly(const std::string& path) noexcept
{
  try {
    posix::remove_tree(path);
  } catch (const std::exception&) {
    // The next command that opens the store removes it.
  }
}

std::string make_folder_in(const std::string& store)
{
  const std::string temporary = store + "/tmp";
  posix::make_folders(temporary, 0700);
  // The name begins as all names in there do: with the process that it belongs to.
  std::string path = temporary + "/" + std::to_string(::getpid()) + "-tables-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    posix::throw_errno("make a scratch folder in '" + temporary + "'");
  }
  return path;
}

}  // namespace

TableScratch::TableScratch(const Project& project)
{
  if (::access(project.store_path().c_str(), W_OK) == 0) {
    path_ = make_folder_in(project.store_path());
  } else {
    outside_ = std::make_unique<ScratchFolder>("", ScratchFolder::Afterwards::remove);
    // A session is confined to the folder that its path really is.
    path_ = std::filesystem::canonical(outside_->path()).string() + "/tables";
    make_private(path_);
  }
  try {
    make_private(data());
    make_private(path_ + "/spill");
    spill_ = std::make_unique<posix::FolderScratch>(path_ + "/spill");
  } catch (...) {
    remove_quietly(path_);
    throw;
  }
}

TableScratch::~TableScratch()
{
  remove_quietly(path_);
}

analysis::AnalysisPorts table_ports(Project& project, const TableScratch& scratch)
{
  return {project.open_store(), project.table_engine(), scratch.data(),
          &project.profiles(),  &project.unpacker(),    &scratch.spill()};
}

ports::TableLimits TableScratch::limits() const
{
  ports::TableLimits limits;
  limits.threads = std::max(std::thread::hardware_concurrency(), 1U);
  limits.spill_folder = path_ + "/spill";
  const char* text = std::getenv(k_memory_variable);
  if (text != nullptr && *text != '\0') {
    const auto bytes = format::parse_bytes(text);
    if (!bytes || *bytes < k_least_memory) {
      throw model::Error(model::ErrorKind::usage,
                         "$" + std::string(k_memory_variable) + " is '" + text +
                             "', and not a size of at least 64MB",
                         "write for example 4GB");
    }
    limits.memory_bytes = *bytes;
  }
  return limits;
}

}  // namespace mlrepro::cli
