// SPDX-License-Identifier: Apache-2.0
// `.mlreproignore` promises the syntax of gitignore(5); the real git is the judge of that.
#include "mlrepro/format/ignore_rules.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <vector>

#include "support/git_workspace.hpp"

namespace mlrepro::format {
namespace {

const std::vector<std::string> k_folders = {"a",       "a/b",   "a/b/c", "foo",
                                            "foo/bar", "build", "x y",   "docs"};
const std::vector<std::string> k_files = {
    "f",        "f.csv",     ".csv",       "a/f",        "a/b/f",     "a/b/c/f",     "a/f.csv",
    "foo/f",    "foo/bar/f", "build/f",    "docs/f.txt", "docs/a.b",  "x y/f",       "[",
    "[a",       "a]",        "]",          "-",          "a-",        "ab",          "aXb",
    "#x",       "!x",        "x ",         " x",         "a\\",       "back\\slash", "a\tb",
    "\xc3\xa9", "\xff",      "A",          "0",          "_",         "docs/foo/f",  "a/foo",
    "d/a/b/f",  "a.b.c",     "a*b",        "**",         "foo/a/b/f", "deep/1/2/3",  "abab",
    "baba",     "q?",        "a/b/c/a/b/f"};
const std::vector<std::string> k_rules = {"f",
                                          "*.csv",
                                          "/f",
                                          "a/f",
                                          "a/",
                                          "a",
                                          "/a/b",
                                          "b/",
                                          "a/*",
                                          "a/**",
                                          "a/**/f",
                                          "**/f",
                                          "**/b/f",
                                          "**/b/**",
                                          "**",
                                          "*",
                                          "/*",
                                          "*/f",
                                          "*/*/f",
                                          "foo/**/f",
                                          "foo/**",
                                          "**foo",
                                          "foo**",
                                          "a**f",
                                          "***/f",
                                          "a/***",
                                          "a/**b",
                                          "/**/f",
                                          "[",
                                          "[a",
                                          "\\[a",
                                          "[]]",
                                          "[!a]",
                                          "[^a-z]",
                                          "[a-]",
                                          "[]-a]",
                                          "a[X-Z]b",
                                          "a[!X]b",
                                          "[[:alpha:]]",
                                          "[[:upper:]0]",
                                          "[[:punct:]]",
                                          "[[:space:]]x",
                                          "[![:alnum:]]*",
                                          "[[:nosuch:]]",
                                          "[[:alpha:]",
                                          "[[:a]",
                                          "a\\",
                                          "\\#x",
                                          "#x",
                                          "\\!x",
                                          "!x",
                                          "x\\ ",
                                          "x ",
                                          "x  ",
                                          " x",
                                          "a\\\\",
                                          "back\\\\slash",
                                          "back\\slash",
                                          "a\tb",
                                          "?",
                                          "??",
                                          "q\\?",
                                          "a\\*b",
                                          "\\*\\*",
                                          "\xc3\xa9",
                                          "\xff",
                                          "?\xa9",
                                          "f\r",
                                          "\xef\xbb\xbf"
                                          "f",
                                          "docs/*",
                                          "docs/?.b",
                                          "docs/[a-c].b",
                                          "docs[/]f.txt",
                                          "*a*b*",
                                          "*a*b*a*",
                                          "/",
                                          "//f",
                                          "a//f",
                                          "./f",
                                          "a/./f",
                                          "build/\n!build/f",
                                          "*\n!f",
                                          "*.csv\n!f.csv",
                                          "a/*\n!a/b",
                                          "!f\nf",
                                          "f\n!f",
                                          "foo/\n!foo/bar/",
                                          "\n\n# only a comment\n",
                                          "x y/",
                                          "[a-\\]]",
                                          "[\\]]",
                                          "[\\!x]",
                                          "a[\\X]b",
                                          "[-0]",
                                          "[--0]",
                                          "[+--]",
                                          "d/**/b/**",
                                          "**/a/**/f",
                                          "a/b/**/b/f",
                                          "**/",
                                          "**/a/",
                                          "a/**/",
                                          "/a/",
                                          "deep/*",
                                          "deep/**/3",
                                          "deep/1/**/3",
                                          "deep/**/**/3",
                                          "deep\\/1",
                                          "a/**\\/f",
                                          "[A-Z]",
                                          "[Z-A]"};

std::string folder_of(std::size_t rule)
{
  return "r" + std::to_string(rule);
}

// Git looks at a path from the top: what lies in an ignored folder can't be taken back in.
bool is_ignored(const IgnoreRules& rules, const std::string& path,
                const std::set<std::string>& folders)
{
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    if (rules.ignores(path.substr(0, slash), true).value_or(false)) {
      return true;
    }
  }
  return rules.ignores(path, folders.contains(path)).value_or(false);
}

TEST(IgnoreRulesContract, AgreesWithGit)
{
  const testing::GitWorkspace workspace;
  workspace.init("repo");
  const std::set<std::string> folders(k_folders.begin(), k_folders.end());
  std::vector<std::string> paths = k_files;
  paths.insert(paths.end(), k_folders.begin(), k_folders.end());
  std::string questions;
  for (std::size_t rule = 0; rule < k_rules.size(); ++rule) {
    testing::write_text(workspace / ("repo/" + folder_of(rule) + "/.gitignore"),
                        k_rules[rule] + "\n");
    for (const std::string& folder : k_folders) {
      std::filesystem::create_directories(workspace / ("repo/" + folder_of(rule) + "/" + folder));
    }
    for (const std::string& path : paths) {
      questions += folder_of(rule) + "/" + path + '\0';
    }
  }
  testing::write_text(workspace / "questions", questions);
  testing::run_program(
      workspace / "repo",
      {"sh", "-c",
       "git check-ignore --no-index --stdin -z <../questions >../answers || [ $? = 1 ]"});
  const std::string answers = testing::read_text(workspace / "answers");
  std::set<std::string> ignored;
  for (std::size_t start = 0; start < answers.size(); start = answers.find('\0', start) + 1) {
    ignored.insert(answers.substr(start, answers.find('\0', start) - start));
  }
  EXPECT_GT(ignored.size(), k_rules.size());
  for (std::size_t rule = 0; rule < k_rules.size(); ++rule) {
    const IgnoreRules rules = IgnoreRules::parse(k_rules[rule] + "\n");
    for (const std::string& path : paths) {
      EXPECT_EQ(is_ignored(rules, path, folders), ignored.contains(folder_of(rule) + "/" + path))
          << "rules '" << k_rules[rule] << "' against '" << path << "'";
    }
  }
}

}  // namespace
}  // namespace mlrepro::format
