// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <sstream>

#include "format/value_tree.hpp"

namespace mlrepro::format {
namespace {

// More than any hand-written file, and far from what aliases of aliases can expand to.
constexpr std::size_t k_max_values = 200'000;

std::string where(const YAML::Mark& mark)
{
  return mark.is_null() ? std::string()
                        : position_text(static_cast<std::size_t>(mark.line) + 1,
                                        static_cast<std::size_t>(mark.column) + 1);
}

// Notes where a document begins that is not empty.
class ContentFinder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override
  {
    note(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override
  {
    note(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override
  {
    note(mark);
  }
  void OnMapEnd() override {}

  std::optional<YAML::Mark> content;

 private:
  void note(const YAML::Mark& mark)
  {
    if (!content) {
      content = mark;
    }
  }
};

// YAML::LoadAll would tell as well, but there is text of which it finds documents without end.
void refuse_second_document(const std::string& file, const std::string& text)
{
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  ContentFinder first;
  ContentFinder second;
  if (parser.HandleNextDocument(first) && parser.HandleNextDocument(second) && second.content) {
    refuse_file(file, where(*second.content), "a second document begins");
  }
}

class YamlReader {
 public:
  explicit YamlReader(const std::string& file) : file_(file) {}

  ValueTree convert(const YAML::Node& node, std::size_t depth)
  {
    count(node, depth);
    ValueTree tree;
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        tree.text = "null";
        tree.is_null = true;
        break;
      case YAML::NodeType::Scalar:
        tree.text = node.Scalar();
        break;
      case YAML::NodeType::Sequence:
        tree.kind = ValueTree::Kind::list;
        for (const YAML::Node& item : node) {
          tree.items.push_back(convert(item, depth + 1));
        }
        break;
      case YAML::NodeType::Map:
        convert_map(node, depth, tree);
        break;
    }
    return tree;
  }

 private:
  // An alias may name what it stands in, or a list of aliases of lists of aliases.
  void count(const YAML::Node& node, std::size_t depth)
  {
    if (depth > k_max_depth || ++values_ > k_max_values) {
      refuse_file(file_, where(node.Mark()), "nested too deeply or expanded too far");
    }
  }

  void convert_map(const YAML::Node& node, std::size_t depth, ValueTree& tree)
  {
    tree.kind = ValueTree::Kind::map;
    KeySet keys;
    std::vector<YAML::Node> merged;
    for (const auto& item : node) {
      if (!item.first.IsScalar()) {
        refuse_file(file_, where(item.first.Mark()), "a key must be plain text");
      }
      const std::string& key = item.first.Scalar();
      if (!keys.add(key)) {
        refuse_file(file_, where(item.first.Mark()), "key '" + key + "' stands twice");
      }
      if (key == "<<") {
        merged.push_back(item.second);
      } else {
        tree.members.emplace_back(key, convert(item.second, depth + 1));
      }
    }
    for (const YAML::Node& source : merged) {
      merge(source, depth + 1, tree, keys);
    }
  }

  // Merge keys give only what the map itself does not have.
  void merge(const YAML::Node& source, std::size_t depth, ValueTree& tree, KeySet& keys)
  {
    if (source.IsSequence()) {
      count(source, depth);
      for (const YAML::Node& part : source) {
        merge(part, depth + 1, tree, keys);
      }
      return;
    }
    if (!source.IsMap()) {
      refuse_file(file_, where(source.Mark()), "'<<' merges a map or a list of maps");
    }
    for (auto& [key, value] : convert(source, depth).members) {
      if (keys.add(key)) {
        tree.members.emplace_back(key, std::move(value));
      }
    }
  }

  const std::string& file_;
  std::size_t values_ = 0;
};

}  // namespace

ValueTree parse_yaml_tree(const std::string& file, std::string_view text)
{
  try {
    const std::string copy(text);
    refuse_second_document(file, copy);
    return YamlReader(file).convert(YAML::Load(copy), 0);
  } catch (const YAML::Exception& error) {
    refuse_file(file, where(error.mark), error.msg);
  }
}

}  // namespace mlrepro::format
