// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/evaluation_file.hpp"

#include <algorithm>
#include <cmath>

#include "format/evaluation_json.hpp"
#include "format/evaluation_table.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/table_reader.hpp"
#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

// The tree of a JSON file may take fifty times its size.
constexpr std::size_t k_most_json_bytes = 8'000'000;

bool is_json(const std::string& name)
{
  return name.ends_with(".json");
}

// Takes away what begins with `start`, up to and with `end`. False: it does not begin so.
bool skip(std::string_view& text, std::string_view start, std::string_view end)
{
  if (!text.starts_with(start)) {
    return false;
  }
  const std::size_t found = text.find(end, start.size());
  text.remove_prefix(found == std::string_view::npos ? text.size() : found + end.size());
  return true;
}

// Whether the root element is <svg>: before it may stand what XML allows there.
bool is_svg(std::string_view text)
{
  skip(text, "\xef\xbb\xbf", "");
  for (bool skipped = true; skipped;) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    text.remove_prefix(start == std::string_view::npos ? text.size() : start);
    const std::string_view declaration = text.substr(0, text.find('>'));
    const bool has_entities = declaration.find('[') != std::string_view::npos;
    skipped = skip(text, "<?", "?>") || skip(text, "<!--", "-->") ||
              skip(text, "<!DOCTYPE", has_entities ? "]>" : ">");
  }
  constexpr std::string_view k_root = "<svg";
  return text.size() > k_root.size() && text.starts_with(k_root) &&
         std::string_view(" \t\r\n>/").find(text[k_root.size()]) != std::string_view::npos;
}

}  // namespace

bool may_hold_evaluation(const std::string& name)
{
  return is_json(name) || table_separator(name) != '\0';
}

bool names_confusion(const std::string& name)
{
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A'))
                                          : static_cast<char>(letter);
  });
  return lower.find("confusion") != std::string::npos;
}

void keep_matrix(Evaluation& evaluation, model::ConfusionMatrix matrix, bool named)
{
  const std::size_t count = matrix.labels.size();
  const auto is_count = [](double value) { return value >= 0 && value == std::floor(value); };
  const auto is_share = [](double value) { return value >= 0 && std::isfinite(value); };
  if (count < 2 || matrix.values.size() != count * count ||
      !(named ? std::all_of(matrix.values.begin(), matrix.values.end(), is_share)
              : std::all_of(matrix.values.begin(), matrix.values.end(), is_count))) {
    return;
  }
  if (count > k_most_classes) {
    evaluation.too_many_classes = count;
  } else {
    evaluation.matrix = std::move(matrix);
  }
}

std::string plain_key(const std::string& name)
{
  std::string plain = model::lower_case(name);
  std::replace_if(
      plain.begin(), plain.end(), [](char letter) { return letter == ' ' || letter == '-'; }, '_');
  return plain;
}

void limit_curves(Evaluation& evaluation)
{
  if (evaluation.curves.size() > k_most_classes) {
    evaluation.too_many_curves = evaluation.curves.size();
    evaluation.curves.clear();
  }
}

std::vector<std::string> numbered_labels(std::size_t count)
{
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < count; ++i) {
    labels.push_back(std::to_string(i));
  }
  return labels;
}

Evaluation read_evaluation(const std::string& name, std::string_view content)
{
  try {
    if (is_json(name)) {
      return content.size() > k_most_json_bytes ? Evaluation()
                                                : read_evaluation_json(name, content);
    }
    const char separator = table_separator(name);
    return separator == '\0' ? Evaluation() : read_evaluation_table(name, content, separator);
  } catch (const model::Error&) {
    return {};
  }
}

std::string_view picture_type(std::string_view content)
{
  if (content.starts_with("\x89PNG\r\n\x1a\n")) {
    return "image/png";
  }
  if (content.starts_with("\xff\xd8\xff")) {
    return "image/jpeg";
  }
  if (content.starts_with("GIF87a") || content.starts_with("GIF89a")) {
    return "image/gif";
  }
  if (content.starts_with("RIFF") && content.size() >= 12 && content.substr(8, 4) == "WEBP") {
    return "image/webp";
  }
  return is_svg(content) ? "image/svg+xml" : std::string_view();
}

}  // namespace mlrepro::format
