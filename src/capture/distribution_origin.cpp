// SPDX-License-Identifier: Apache-2.0
#include "capture/distribution_origin.hpp"

#include <map>

#include "mlrepro/format/parameter_file.hpp"
#include "mlrepro/format/request_target.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/scrub.hpp"

namespace mlrepro::capture {
namespace {

constexpr const char* k_index = "dist-info";

using Fields = std::map<std::string, std::string>;

std::string value_of(const Fields& fields, const std::string& key)
{
  const auto found = fields.find(key);
  return found == fields.end() ? std::string() : found->second;
}

// "file:///a%20b" as a path; other URLs as they are.
std::string path_of(const std::string& url)
{
  constexpr std::string_view k_scheme = "file://";
  return url.starts_with(k_scheme) ? format::percent_decode_leniently(url.substr(k_scheme.size()))
                                   : url;
}

std::string hash_of(const Fields& fields)
{
  const std::string hash = value_of(fields, "archive_info.hashes.sha256");
  if (!hash.empty()) {
    return " sha256=" + hash;
  }
  const std::string older = value_of(fields, "archive_info.hash");
  return older.empty() ? "" : " " + older;
}

}  // namespace

std::string origin_of(std::string_view direct_url, const FolderState& state_of)
{
  Fields fields;
  try {
    if (!direct_url.empty()) {
      fields = format::parse_parameters("direct_url.json", direct_url);
    }
  } catch (const model::Error&) {
    return k_index;
  }
  const std::string url = plan::scrub_urls(value_of(fields, "url"));
  if (url.empty()) {
    return k_index;
  }
  const std::string commit = value_of(fields, "vcs_info.commit_id");
  if (!commit.empty()) {
    return "vcs " + url + "@" + commit;
  }
  if (value_of(fields, "dir_info.editable") == "true") {
    const std::string path = path_of(url);
    return "editable " + path + state_of(path);
  }
  const std::string hash = hash_of(fields);
  const bool archive = !hash.empty() || fields.contains("archive_info");
  return archive ? "archive " + url + hash : "folder " + path_of(url);
}

}  // namespace mlrepro::capture
