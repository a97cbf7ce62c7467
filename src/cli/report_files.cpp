// SPDX-License-Identifier: Apache-2.0
#include "cli/report_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/render.hpp"
#include "mlrepro/format/junit.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "posix/atomic_file.hpp"

namespace mlrepro::cli {
namespace {

void check_writable(const std::string& option, const std::string& path)
{
  if (path.empty()) {
    return;
  }
  const auto refuse = [&](const std::string& why) {
    throw model::Error(model::ErrorKind::usage, option + " '" + path + "': " + why,
                       "name a file in a folder that can be written to");
  };
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    refuse("not a regular file");
  }
  const std::string folder = plan::join_path(path, "..");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    refuse(std::strerror(errno));
  }
}

std::string markdown_report(std::span<const model::Reproduction> reproductions)
{
  if (reproductions.size() == 1) {
    return render_reproduction(reproductions.front(), Style::markdown);
  }
  std::string text = render_reproductions(reproductions, Style::markdown);
  for (const model::Reproduction& reproduction : reproductions) {
    text += "\n" + render_reproduction(reproduction, Style::markdown);
  }
  return text;
}

}  // namespace

ReportFiles::ReportFiles(std::string junit, std::string markdown)
    : junit_(std::move(junit)), markdown_(std::move(markdown))
{
  check_writable("--junit", junit_);
  check_writable("--markdown", markdown_);
}

void ReportFiles::write(std::span<const model::Reproduction> reproductions) const
{
  if (!junit_.empty()) {
    posix::replace_file(junit_, format::to_junit(reproductions));
  }
  if (!markdown_.empty()) {
    posix::replace_file(markdown_, markdown_report(reproductions));
  }
}

}  // namespace mlrepro::cli
