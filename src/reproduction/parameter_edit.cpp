// SPDX-License-Identifier: Apache-2.0
#include "reproduction/parameter_edit.hpp"

#include "mlrepro/format/parameter_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/versioning/replace_in_tree.hpp"

namespace mlrepro::reproduction {

using model::Error;
using model::ErrorKind;

model::Digest with_file_parameter(const tracking::Ports& ports, const model::Digest& code,
                                  const std::string& source, const std::string& key,
                                  const std::string& value)
{
  model::TreeEntry root;
  root.type = model::EntryType::folder;
  root.digest = code;
  const auto load = versioning::loader(ports.data.objects);
  std::string file = source.substr(k_file_source.size());
  auto entry = versioning::find_entry(load, root, file);
  if (!entry && file.find(':') != std::string::npos) {
    file.resize(file.rfind(':'));
    entry = versioning::find_entry(load, root, file);
  }
  if (!entry || entry->type != model::EntryType::file) {
    throw Error(ErrorKind::usage, "parameter '" + key + "' came from '" + file +
                                      "', which is not part of the recorded code");
  }
  const std::string text = versioning::load_blob(ports.data.objects, entry->digest);
  const auto changed = format::with_parameter(file, text, key, value);
  if (!changed) {
    throw Error(ErrorKind::usage,
                "parameter '" + key + "' can't be set to '" + value + "' in '" + file + "'",
                "its value is not written in one piece there");
  }
  if (*changed == text) {
    return code;
  }
  const auto batch = ports.data.objects.begin();
  const model::Digest digest =
      versioning::replace_in_tree(load, *batch, root, file, *changed).digest;
  batch->commit();
  return digest;
}

}  // namespace mlrepro::reproduction
