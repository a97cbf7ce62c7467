// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/argv_parameters.hpp"

#include <gmock/gmock.h>

namespace mlrepro::plan {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;
using Command = std::vector<std::string>;

struct Case {
  Command command;
  Parameters parameters;
};

void expect_all(const std::vector<Case>& cases)
{
  for (const Case& item : cases) {
    std::string words;
    for (const std::string& word : item.command) {
      words += " " + word;
    }
    EXPECT_EQ(find_argv_parameters(item.command), item.parameters) << words;
  }
}

TEST(ArgvParameters, AreNamedInEveryUsualWay)
{
  expect_all({
      {{"./train", "--lr", "0.1"}, {{"lr", "0.1"}}},
      {{"./train", "--lr=0.1"}, {{"lr", "0.1"}}},
      {{"./train", "lr=0.1"}, {{"lr", "0.1"}}},
      {{"./train", "+lr=0.1", "++model.depth=6"}, {{"lr", "0.1"}, {"model.depth", "6"}}},
      {{"./train", "-d", "6"}, {{"d", "6"}}},
      {{"./train", "-d=6"}, {{"d", "6"}}},
      {{"./train", "--text=a=b"}, {{"text", "a=b"}}},
      {{"./train", "--empty="}, {{"empty", ""}}},
      {{"./train", "--empty", ""}, {{"empty", ""}}},
      {{"./train", "--model.depth", "6"}, {{"model.depth", "6"}}},
  });
}

TEST(ArgvParameters, TellValuesFromOptions)
{
  expect_all({
      {{"t", "--verbose"}, {{"verbose", "true"}}},
      {{"t", "--verbose", "--lr", "1"}, {{"verbose", "true"}, {"lr", "1"}}},
      {{"t", "--shift", "-3", "--decay", "-.5e2"}, {{"shift", "-3"}, {"decay", "-.5e2"}}},
      {{"t", "-x", "-3"}, {{"x", "-3"}}},
      {{"t", "--input", "-"}, {{"input", "-"}}},
      {{"t", "--flag", "--", "--lr", "1"}, {{"flag", "true"}}},
      {{"t", "data.csv", "-3"}, {}},
      {{"t"}, {}},
      {{}, {}},
  });
}

TEST(ArgvParameters, LeaveAloneWhatIsNoName)
{
  expect_all({
      {{"t", "http://host/?a=b", "=x", "1=2", "a b=c"}, {}},
      {{"t", "--=x", "---", "--3=4", "-"}, {}},
  });
}

TEST(ArgvParameters, TakeTheLastOfANameAtItsFirstPlace)
{
  expect_all({{{"t", "--lr", "1", "--depth", "6", "lr=2"}, {{"lr", "2"}, {"depth", "6"}}}});
}

TEST(ArgvParameters, BeginBehindTheScript)
{
  expect_all({
      {{"python", "-u", "train.py", "--lr", "1"}, {{"lr", "1"}}},
      {{"/usr/bin/python3.11", "-W", "ignore", "-X", "dev", "train.py", "-v"}, {{"v", "true"}}},
      {{"python", "-m", "pkg.train", "--lr=1"}, {{"lr", "1"}}},
      {{"python", "-um", "pkg.train", "--lr=1"}, {{"lr", "1"}}},
      {{"python", "-c", "x=1", "--lr=1"}, {{"lr", "1"}}},
      {{"python", "-", "--lr", "1"}, {{"lr", "1"}}},
      {{"python", "-u"}, {}},
      {{"Rscript", "--vanilla", "train.R", "--lr=1"}, {{"lr", "1"}}},
      {{"sh", "-c", "train --lr=1"}, {}},
      {{"train-python-model", "-u", "x"}, {{"u", "x"}}},
  });
}

TEST(ArgvParameters, LookThroughLaunchers)
{
  expect_all({
      {{"env", "OMP=1", "B=2", "python", "-u", "train.py", "--lr", "1"}, {{"lr", "1"}}},
      {{"/usr/bin/env", "-i", "A=1", "./train", "--lr=1"}, {{"lr", "1"}}},
      {{"uv", "run", "--frozen", "python", "-u", "train.py", "--lr", "1"}, {{"lr", "1"}}},
      {{"env", "A=1", "uv", "run", "train.py", "lr=1"}, {{"lr", "1"}}},
      {{"env"}, {}},
      {{"env", "A=1"}, {}},
      {{"uv", "sync", "--lr=1"}, {{"lr", "1"}}},
  });
}

TEST(ArgvParameters, ComeFromALongCommandSoon)
{
  Command command = {"t"};
  for (int i = 0; i < 20'000; ++i) {
    command.push_back("p" + std::to_string(i) + "=1");
  }
  EXPECT_EQ(find_argv_parameters(command).size(), 20'000U);
}

std::vector<std::string> changed(const std::string& key, const std::string& value)
{
  const std::vector<std::string> command = {"python3",   "train.py", "--lr", "0.1",   "--depth=3",
                                            "+m.size=4", "--lr",     "0.2",  "--fast"};
  return with_argv_parameter(command, key, value).value_or(std::vector<std::string>{"refused"});
}

TEST(ArgvParameters, AnotherValueStandsWhereTheOldOneStood)
{
  using ::testing::ElementsAre;
  EXPECT_THAT(changed("lr", "0.3"), ElementsAre("python3", "train.py", "--lr", "0.1", "--depth=3",
                                                "+m.size=4", "--lr", "0.3", "--fast"));
  EXPECT_EQ(changed("depth", "9").at(4), "--depth=9");
  EXPECT_EQ(changed("m.size", "").at(5), "+m.size=");
  EXPECT_EQ(changed("fast", "true").back(), "--fast");
  EXPECT_EQ(changed("fast", "false").back(), "0.2");
  EXPECT_THAT(changed("fast", "2"), ElementsAre("refused"));
  EXPECT_THAT(changed("slow", "1"), ElementsAre("refused"));
}

}  // namespace
}  // namespace mlrepro::plan
