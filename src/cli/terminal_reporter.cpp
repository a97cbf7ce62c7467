// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal_reporter.hpp"

#include <unistd.h>

#include <cstdio>

#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

void write_line(const std::string& text)
{
  const std::string line = "mlrepro: " + text + "\n";
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

TerminalReporter::TerminalReporter(Verbosity verbosity, Style style)
    : verbosity_(verbosity), style_(style), terminal_(::isatty(STDERR_FILENO) == 1)
{
}

void TerminalReporter::note(const std::string& text)
{
  const std::lock_guard guard(mutex_);
  if (verbosity_ != Verbosity::quiet) {
    clear();
    write_line(text);
  }
}

void TerminalReporter::detail(const std::string& text)
{
  const std::lock_guard guard(mutex_);
  if (verbosity_ == Verbosity::verbose) {
    clear();
    write_line(text);
  }
}

void TerminalReporter::warn(const std::string& text)
{
  const std::lock_guard guard(mutex_);
  clear();
  write_line(paint("warning:", Tone::warning, style_) + " " + text);
}

void TerminalReporter::begin(const std::string& step, std::uint64_t total_bytes)
{
  const std::lock_guard guard(mutex_);
  step_ = step;
  total_ = total_bytes;
  files_ = 0;
  bytes_ = 0;
  started_ = std::chrono::steady_clock::now();
  // What is done at once needs no progress.
  next_draw_ = started_ + std::chrono::milliseconds(300);
}

void TerminalReporter::advance(std::uint64_t files, std::uint64_t bytes)
{
  const std::lock_guard guard(mutex_);
  files_ += files;
  bytes_ += bytes;
  if (terminal_ && verbosity_ != Verbosity::quiet &&
      std::chrono::steady_clock::now() >= next_draw_) {
    draw();
  }
}

void TerminalReporter::end()
{
  const std::lock_guard guard(mutex_);
  clear();
  if (!step_.empty() && verbosity_ == Verbosity::verbose) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started_;
    write_line(step_ + ": " + format::counted(files_, "file") + ", " + format::human_bytes(bytes_) +
               " in " + format::human_duration(taken.count()));
  }
  step_.clear();
}

void TerminalReporter::draw()
{
  const auto now = std::chrono::steady_clock::now();
  next_draw_ = now + std::chrono::milliseconds(100);
  const double seconds = std::chrono::duration<double>(now - started_).count();
  std::string line =
      step_ + ": " + std::to_string(files_) + " files, " + format::human_bytes(bytes_);
  if (total_ > 0) {
    line += " of " + format::human_bytes(total_);
  }
  const double rate = static_cast<double>(bytes_) / seconds;
  line += ", " + format::human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
  if (total_ > bytes_ && bytes_ > 0) {
    line += ", " + format::human_duration(static_cast<double>(total_ - bytes_) / rate) + " left";
  }
  (void)std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  drawn_ = true;
}

void TerminalReporter::clear()
{
  if (drawn_) {
    (void)std::fputs("\r\x1b[K", stderr);
    drawn_ = false;
  }
}

}  // namespace mlrepro::cli
