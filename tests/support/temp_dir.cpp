// SPDX-License-Identifier: Apache-2.0
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace mlrepro::testing {
namespace fs = std::filesystem;

namespace {

// Without rights to a folder its content can't be removed (root needs none).
void open_up(const fs::path& folder)
{
  std::error_code ignored;
  fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (const auto& item : fs::directory_iterator(folder, ignored)) {
    if (item.symlink_status(ignored).type() == fs::file_type::directory) {
      open_up(item.path());
    }
  }
}

}  // namespace

TempDir::TempDir()
{
  std::string name = (fs::canonical(fs::temp_directory_path()) / "mlrepro-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("can't make a temporary folder '" + name + "'");
  }
  path_ = name;
}

TempDir::~TempDir()
{
  std::error_code error;
  fs::remove_all(path_, error);
  if (error) {
    open_up(path_);
    fs::remove_all(path_, error);
  }
}

void write_text(const std::string& path, std::string_view content)
{
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) {
    throw std::runtime_error("can't write '" + path + "'");
  }
}

std::string read_text(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("can't read '" + path + "'");
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace mlrepro::testing
