// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/content_reader.hpp"

#include <algorithm>

#include "format/content_parts.hpp"
#include "format/gzip_reader.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

constexpr std::string_view k_png_magic = "\x89PNG\r\n\x1a\n";
constexpr std::string_view k_zip_magic = "PK\x03\x04";
constexpr std::string_view k_hdf5_magic = "\x89HDF\r\n\x1a\n";
// Of an ignored item that stands many times, such as the times of a million entries.
constexpr std::size_t k_max_ignored_text = 256;
constexpr std::size_t k_max_parts = 200'000;

enum class Kind { plain, gzip, zip, png, hdf5, notebook, json };

bool has_ending(const std::string& name, std::string_view ending)
{
  return name.size() > ending.size() && std::string_view(name).ends_with(ending);
}

Kind kind_of(const std::string& name, std::string_view start)
{
  return start.starts_with(k_gzip_magic)   ? Kind::gzip
         : start.starts_with(k_zip_magic)  ? Kind::zip
         : start.starts_with(k_png_magic)  ? Kind::png
         : start.starts_with(k_hdf5_magic) ? Kind::hdf5
         : has_ending(name, ".ipynb")      ? Kind::notebook
         : has_ending(name, ".json")       ? Kind::json
                                           : Kind::plain;
}

const char* format_name(Kind kind)
{
  switch (kind) {
    case Kind::gzip:
      return "gzip";
    case Kind::zip:
      return "zip";
    case Kind::png:
      return "PNG";
    case Kind::hdf5:
      return "HDF5";
    case Kind::notebook:
      return "notebook";
    case Kind::json:
      return "JSON";
    case Kind::plain:
      break;
  }
  return "";
}

const char* layout_of(Kind kind)
{
  switch (kind) {
    case Kind::gzip:
    case Kind::zip:
    case Kind::png:
      return "how it is compressed";
    case Kind::notebook:
    case Kind::json:
      return "white space, the order of keys and the spelling of numbers";
    case Kind::hdf5:
    case Kind::plain:
      break;
  }
  return "";
}

// Formats that say more than their bytes, but not to us.
std::string why_opaque(const std::string& name, std::string_view start)
{
  if (start.starts_with("PAR1")) {
    return "Parquet is compared byte for byte";
  }
  const bool pickle = start.size() > 2 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5;
  if (pickle || has_ending(name, ".pkl") || has_ending(name, ".pickle") ||
      has_ending(name, ".joblib")) {
    return "a pickle is compared byte for byte: equal objects may have other bytes";
  }
  return "";
}

// To tell an error of the store, which is passed on, from what a file has wrong.
class Watched {
 public:
  explicit Watched(const ContentSource& source) : source_(source) {}

  ContentSource wrapped()
  {
    ContentSource wrapped = source_;
    wrapped.open = [this]() -> ReadBytes {
      ReadBytes opened;
      guard([&] { opened = source_.open(); });
      return watch(std::move(opened));
    };
    return wrapped;
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  ReadBytes watch(ReadBytes opened)
  {
    return [this, read = std::move(opened)](std::span<std::byte> out) {
      std::size_t bytes = 0;
      guard([&] { bytes = read(out); });
      return bytes;
    };
  }
  template <typename Action>
  void guard(Action action)
  {
    try {
      action();
    } catch (...) {
      failed_ = true;
      throw;
    }
  }

  const ContentSource& source_;
  bool failed_ = false;
};

void ignore_gzip_header(std::string_view header, ContentParts& parts)
{
  constexpr unsigned k_extra = 4;
  constexpr unsigned k_name = 8;
  parts.ignore("the time in the gzip header", header.substr(4, 4));
  parts.ignore("the system in the gzip header", header.substr(9, 1));
  const auto flags = static_cast<unsigned char>(header[3]);
  const std::size_t end = header.find('\0', 10);
  if ((flags & k_name) != 0 && (flags & k_extra) == 0 && end != std::string_view::npos) {
    parts.ignore("the name in the gzip header", header.substr(10, end - 10));
  }
}

}  // namespace

void ContentParts::add(const std::string& name, const ReadBytes& read)
{
  if (content_.parts.size() >= k_max_parts) {
    refuse_content("it has more parts than are read");
  }
  model::ContentPart part;
  part.name = name;
  part.digest = source_.digest([&](std::span<std::byte> out) {
    const std::size_t bytes = read(out);
    part.bytes += bytes;
    return bytes;
  });
  content_.parts.push_back(std::move(part));
}

void ContentParts::ignore(const std::string& name, std::string_view value)
{
  std::string& values = content_.ignored[name];
  values += value;
  if (values.size() > k_max_ignored_text) {
    const model::Digest digest = source_.digest(bytes_of(values));
    values = digest.hex();
  }
}

void read_gzip(const std::string& file, ByteInput& input, const std::string& prefix,
               ContentParts& parts)
{
  GzipReader reader(input, parts.budget(),
                    [&parts](std::string_view header) { ignore_gzip_header(header, parts); });
  const std::string inner = has_ending(file, ".gz") ? file.substr(0, file.size() - 3) : "";
  read_stream(
      inner, [&reader](std::span<std::byte> out) { return reader.read(out); }, prefix, parts);
}

void read_stream(const std::string& file, const ReadBytes& read, const std::string& prefix,
                 ContentParts& parts)
{
  ByteInput input(read);
  const auto rest = [&input](std::span<std::byte> out) { return input.read(out); };
  // What is packed within something packed is taken as it is: how often would have no end.
  switch (kind_of(file, input.peek(k_png_magic.size()))) {
    case Kind::png:
      read_png(input, prefix, parts);
      break;
    case Kind::hdf5:
      read_hdf5(input, prefix, parts);
      break;
    case Kind::notebook:
      read_json(JsonKind::notebook, input, prefix, parts);
      break;
    case Kind::json:
      read_json(JsonKind::document, input, prefix, parts);
      break;
    case Kind::gzip:
    case Kind::zip:
    case Kind::plain:
      parts.add(prefix, rest);
  }
}

model::FileContent read_content(const ContentSource& original)
{
  Watched watched(original);
  const ContentSource source = watched.wrapped();
  model::FileContent content;
  ContentParts parts(source, content);
  try {
    ByteInput input(source.open());
    const std::string_view start = input.peek(k_png_magic.size());
    const Kind kind = kind_of(source.name, start);
    content.format = format_name(kind);
    content.layout = layout_of(kind);
    if (kind == Kind::plain) {
      content.opaque = why_opaque(source.name, start);
    } else if (kind == Kind::gzip) {
      read_gzip(source.name, input, "", parts);
    } else if (kind == Kind::zip) {
      read_zip(source, parts);
    } else {
      read_stream(
          source.name, [&input](std::span<std::byte> out) { return input.read(out); }, "", parts);
    }
  } catch (const model::Error& error) {
    if (watched.failed() || error.kind() != model::ErrorKind::corrupt) {
      throw;
    }
    content.parts.clear();
    content.opaque = "it can't be read as " + content.format + ": " + error.message();
  }
  std::stable_sort(
      content.parts.begin(), content.parts.end(),
      [](const model::ContentPart& a, const model::ContentPart& b) { return a.name < b.name; });
  return content;
}

}  // namespace mlrepro::format
