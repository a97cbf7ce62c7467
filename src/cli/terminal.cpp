// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "mlrepro/model/ascii.hpp"
#include "posix/variables.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_usual_width = 80;
constexpr std::size_t k_usual_height = 24;

// Zeros where it is no terminal, or does not know.
winsize window_of(int descriptor)
{
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size : winsize{};
}

}  // namespace

std::size_t terminal_width(int descriptor)
{
  const winsize size = window_of(descriptor);
  return size.ws_col > 0 ? size.ws_col : k_usual_width;
}

std::size_t terminal_height(int descriptor)
{
  const winsize size = window_of(descriptor);
  return size.ws_row > 0 ? size.ws_row : k_usual_height;
}

bool takes_controls(int descriptor)
{
  const char* term = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && (term == nullptr || std::string(term) != "dumb");
}

Style colour_style(const std::string& color, int descriptor)
{
  const bool wanted =
      color == "always" ||
      (color == "auto" && posix::variable("NO_COLOR").empty() && takes_controls(descriptor));
  return wanted ? Style::terminal : Style::plain;
}

bool writes_utf8()
{
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
      continue;
    }
    const std::string locale = model::lower_case(value);
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace mlrepro::cli
