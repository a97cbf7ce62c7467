// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "format/inflater.hpp"
#include "mlrepro/format/content_reader.hpp"

namespace mlrepro::format {

// What the readers of the formats find in one file.
class ContentParts {
 public:
  ContentParts(const ContentSource& source, model::FileContent& content)
      : source_(source), content_(content), budget_{source.max_unpacked_bytes}
  {
  }

  // Reads to the end.
  void add(const std::string& name, const ReadBytes& read);
  // What has this name several times has all its values.
  void ignore(const std::string& name, std::string_view value);
  UnpackBudget& budget() { return budget_; }

 private:
  const ContentSource& source_;
  model::FileContent& content_;
  UnpackBudget budget_;
};

// A file that is read once from start to end, which may lie in another one; `prefix` is the name of
// what it is there.
void read_stream(const std::string& file, const ReadBytes& read, const std::string& prefix,
                 ContentParts& parts);

void read_gzip(const std::string& file, ByteInput& input, const std::string& prefix,
               ContentParts& parts);
void read_png(ByteInput& input, const std::string& prefix, ContentParts& parts);
void read_hdf5(ByteInput& input, const std::string& prefix, ContentParts& parts);
enum class JsonKind { document, notebook };
void read_json(JsonKind kind, ByteInput& input, const std::string& prefix, ContentParts& parts);
void read_zip(const ContentSource& source, ContentParts& parts);

}  // namespace mlrepro::format
