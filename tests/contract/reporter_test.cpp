// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/reporter.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>

#include "cli/terminal_reporter.hpp"
#include "support/recording_reporter.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;

struct ReporterKind {
  const char* name;
  std::function<std::unique_ptr<ports::Reporter>()> make;
};

class ReporterContract : public ::testing::TestWithParam<ReporterKind> {};

// It never fails, in whatever order it is called.
TEST_P(ReporterContract, TakesEverything)
{
  const auto reporter = GetParam().make();
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  reporter->end();
  reporter->advance(1, 1);
  reporter->note("");
  reporter->begin("", 0);
  reporter->advance(UINT64_MAX, UINT64_MAX);
  reporter->begin("again", UINT64_MAX);
  reporter->warn("\xff\n%s");
  reporter->end();
  reporter->end();
  (void)::testing::internal::GetCapturedStderr();
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "") << "stdout is for the answer";
}

INSTANTIATE_TEST_SUITE_P(
    , ReporterContract,
    ::testing::Values(ReporterKind{"Terminal",
                                   [] {
                                     return std::make_unique<cli::TerminalReporter>(
                                         cli::Verbosity::normal, cli::Style::plain);
                                   }},
                      ReporterKind{"Quiet",
                                   [] {
                                     return std::make_unique<cli::TerminalReporter>(
                                         cli::Verbosity::quiet, cli::Style::plain);
                                   }},
                      ReporterKind{"Recording",
                                   [] { return std::make_unique<testing::RecordingReporter>(); }}),
    [](const auto& kind) { return kind.param.name; });

std::string said(cli::Verbosity verbosity)
{
  cli::TerminalReporter reporter(verbosity, cli::Style::plain);
  ::testing::internal::CaptureStderr();
  reporter.note("100% done");
  reporter.warn("odd");
  reporter.begin("step", 10);
  reporter.advance(1, 10);
  reporter.end();
  return ::testing::internal::GetCapturedStderr();
}

TEST(TerminalReporter, SaysNotesAndWarningsAndNoProgressToAFile)
{
  EXPECT_EQ(said(cli::Verbosity::normal), "mlrepro: 100% done\nmlrepro: warning: odd\n");
  EXPECT_EQ(said(cli::Verbosity::quiet), "mlrepro: warning: odd\n");
}

TEST(RecordingReporter, CountsTheStepUnderWay)
{
  testing::RecordingReporter reporter;
  reporter.advance(5, 5);
  reporter.begin("a", 1);
  reporter.advance(1, 2);
  reporter.advance(1, 2);
  reporter.end();
  reporter.note("n");
  reporter.warn("w");
  ASSERT_EQ(reporter.steps.size(), 1U);
  EXPECT_EQ(reporter.steps[0].files, 2U);
  EXPECT_EQ(reporter.steps[0].bytes, 4U);
  EXPECT_TRUE(reporter.steps[0].ended);
  EXPECT_THAT(reporter.notes, ElementsAre("n"));
  EXPECT_THAT(reporter.warnings, ElementsAre("w"));
}

}  // namespace
}  // namespace mlrepro
