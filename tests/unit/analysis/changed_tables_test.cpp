// SPDX-License-Identifier: Apache-2.0
#include "analysis/changed_tables.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "crypto/sha256.hpp"
#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/plan/compare_trees.hpp"

namespace mlrepro::analysis {
namespace {

using model::EntryType;
using model::TreeEntry;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Files = std::map<std::string, std::string>;  // paths and what they hold

class ChangedTables : public ::testing::Test {
 protected:
  TreeEntry folder(const Files& files)
  {
    std::map<std::string, Files> folders;
    std::map<std::string, TreeEntry> entries;
    for (const auto& [path, content] : files) {
      const std::size_t slash = path.find('/');
      if (slash == std::string::npos) {
        entries[path] = {path, EntryType::file,          false, content.size(),
                         1,    digester_.digest(content)};
      } else {
        folders[path.substr(0, slash)][path.substr(slash + 1)] = content;
      }
    }
    for (const auto& [name, inside] : folders) {
      entries[name] = folder(inside);
      entries[name].name = name;
    }
    model::TreeNode node;
    for (const auto& item : entries) {
      node.entries.push_back(item.second);
    }
    const std::string bytes = format::encode_tree(node);
    TreeEntry root;
    root.type = EntryType::folder;
    root.digest = digester_.digest(bytes);
    nodes_[root.digest] = node;
    return root;
  }

  // "path" or, of what b does not have, "path: gone".
  std::vector<std::string> changed(const Files& a, const Files& b, const IsKnown& is_known = {})
  {
    const versioning::LoadNode load = [this](const model::Digest& digest) {
      ++loads_;
      return nodes_.at(digest);
    };
    const TreeEntry root_a = folder(a);
    const TreeEntry root_b = folder(b);
    const model::ManifestDiff files = plan::compare_trees(root_a, root_b, load);
    loads_ = 0;
    const DataSides sides{{root_a, {}, "data", load}, {root_b, {}, "data", load}, "data", files};
    std::vector<std::string> paths;
    for (const TablePair& pair :
         is_known ? changed_tables(sides, is_known) : changed_tables(sides)) {
      paths.push_back(pair.path + (pair.b ? "" : ": gone"));
    }
    return paths;
  }

  IsKnown known(const std::vector<std::string>& contents)
  {
    return [this, contents](const TableFile& table) {
      return std::any_of(contents.begin(), contents.end(), [&](const std::string& content) {
        return table.format == TableFormat::csv && digester_.digest(content) == table.digest;
      });
    };
  }

  crypto::Sha256Digester digester_;
  std::map<model::Digest, model::TreeNode> nodes_;
  std::size_t loads_ = 0;
};

TEST_F(ChangedTables, AreFilesOfATablesName)
{
  EXPECT_THAT(changed({{"a.csv", "1"}, {"b.csv", "1"}, {"c/d.tsv", "1"}, {"e.txt", "1"}},
                      {{"a.csv", "2"}, {"b.csv", "1"}, {"c/e.tsv", "1"}, {"e.txt", "2"}}),
              ElementsAre("data/a.csv", "data/c/d.tsv: gone"));
}

TEST_F(ChangedTables, AreFoldersThatAreOneTable)
{
  const Files a{{"s/year=1/p.csv", "1"}, {"s/year=2/p.csv", "1"}, {"s/loose.csv", "1"},
                {"t.csv/one.csv", "1"},  {"t.csv/two.csv", "1"},  {"u/x.csv", "1"}};
  Files b = a;
  b["s/loose.csv"] = "2";  // is part of the table that its folder is
  b["t.csv/three.csv"] = "3";
  b["u/x.csv"] = "2";
  EXPECT_THAT(changed(a, b), ElementsAre("data/s", "data/t.csv", "data/u/x.csv"));
  b.erase("t.csv/one.csv");
  b.erase("t.csv/two.csv");
  b.erase("t.csv/three.csv");
  b["t.csv"] = "1";  // a file now
  EXPECT_THAT(changed(a, b), ElementsAre("data/s", "data/t.csv", "data/u/x.csv"));
  b["s/year=3/p.parquet"] = "1";  // no table of one format any more
  EXPECT_THAT(changed(a, b), ElementsAre("data/s: gone", "data/t.csv", "data/u/x.csv"));
}

TEST_F(ChangedTables, AreNotThoseThatAreTheSame)
{
  EXPECT_THAT(changed({{"a.csv", "1"}, {"note", "1"}}, {{"a.csv", "1"}, {"note", "2"}}), IsEmpty());
  EXPECT_THAT(changed({{"a.csv", "1"}}, {{"a.csv", "1"}, {"b.csv", "1"}}), IsEmpty());
}

TEST_F(ChangedTables, AreOfInterestWhereBothSidesAreKnown)
{
  const Files a{{"x.csv", "1"}, {"y.csv", "1"}, {"s/k=1/p.csv", "1"}};
  const Files b{{"x.csv", "2"}, {"y.csv", "3"}, {"s/k=1/p.csv", "2"}};
  // A file that is part of a table is none by itself, even if its bytes are known.
  EXPECT_THAT(changed(a, b, known({"1", "2"})), ElementsAre("data/x.csv"));
  EXPECT_THAT(changed(a, b, known({"1"})), IsEmpty());
  const IsKnown all = [](const TableFile& table) { return table.format == TableFormat::csv; };
  EXPECT_THAT(changed(a, b, all), ElementsAre("data/s", "data/x.csv", "data/y.csv"));
}

// What it takes grows with the difference and not with what there is.
TEST_F(ChangedTables, TakesWhatTheDifferenceTakes)
{
  Files a;
  for (int i = 0; i < 300; ++i) {
    a["f" + std::to_string(i) + "/t.csv"] = std::to_string(i);
  }
  Files b = a;
  b["f7/t.csv"] = "other";
  EXPECT_THAT(changed(a, b), ElementsAre("data/f7/t.csv"));
  EXPECT_LE(loads_, 10U);
  EXPECT_THAT(changed(a, b, known({"7"})), IsEmpty());
  EXPECT_LE(loads_, 4U);
}

}  // namespace
}  // namespace mlrepro::analysis
