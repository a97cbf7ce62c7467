// SPDX-License-Identifier: Apache-2.0
#include "cli/live_screen.hpp"

#include <unistd.h>

#include <sstream>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"

namespace mlrepro::cli {
namespace {

// The second screen, without a cursor; what is too wide is cut off instead of wrapped.
constexpr std::string_view k_enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
constexpr std::string_view k_leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

}  // namespace

std::string screen_frame(const std::string& text, std::size_t rows)
{
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  if (lines.size() > rows && rows > 0) {
    const std::size_t hidden = lines.size() - rows + 1;
    lines.resize(rows - 1);
    lines.push_back("(and " + std::to_string(hidden) + (hidden == 1 ? " line" : " lines") +
                    " more)");
  }
  std::string frame = "\x1b[H";
  for (std::size_t number = 0; number < lines.size(); ++number) {
    frame += (number > 0 ? "\r\n" : "") + lines[number] + "\x1b[K";
  }
  return frame + "\x1b[J";
}

LiveScreen::LiveScreen(posix::AttendedOutput& output) : output_(output)
{
  enter();
  output_.on_stop([this] { leave(); }, [this] { enter(); });
}

LiveScreen::~LiveScreen()
{
  output_.on_stop(nullptr, nullptr);
  leave();
}

void LiveScreen::draw(const std::string& text)
{
  (void)output_.write(STDOUT_FILENO, screen_frame(text, terminal_height(STDOUT_FILENO)));
}

void LiveScreen::enter()
{
  entered_ = true;
  output_.write_last(STDOUT_FILENO, k_enter);
}

void LiveScreen::leave() noexcept
{
  if (entered_) {
    entered_ = false;
    output_.write_last(STDOUT_FILENO, k_leave);
  }
}

}  // namespace mlrepro::cli
