// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_files.hpp"

#include <algorithm>
#include <array>

#include "mlrepro/ports/text_source.hpp"

namespace mlrepro::mlflow {
namespace {

std::vector<std::string> paths_of(const Files& files)
{
  std::vector<std::string> paths = {k_manifest};
  for (const auto& [path, file] : files) {
    paths.push_back(path);
  }
  return paths;
}

class TextSink final : public ports::ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override
  {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  std::string text;
};

// Compares what arrives with what was sent, whatever its length.
class ComparingSink final : public ports::ByteSink {
 public:
  explicit ComparingSink(ports::ByteSource& original) : original_(original) {}

  void write(std::span<const std::byte> bytes) override
  {
    while (same_ && !bytes.empty()) {
      const std::size_t size =
          original_.read(std::span(buffer_).first(std::min(buffer_.size(), bytes.size())));
      same_ = size > 0 &&
              std::equal(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size),
                         bytes.begin());
      bytes = bytes.subspan(size);
    }
  }
  [[nodiscard]] bool same() { return same_ && original_.read(buffer_) == 0; }

 private:
  ports::ByteSource& original_;
  std::array<std::byte, 65536> buffer_{};
  bool same_ = true;
};

}  // namespace

FileExporter::FileExporter(const ExportPorts& ports, TrackingServer& server, const std::string& uri,
                           ListFolder ask)
    : ports_(ports), server_(server), place_(server.files_of(uri)), ask_(std::move(ask))
{
}

// The rest of the address may hold more than everybody should see.
std::string FileExporter::why_not(const std::string& uri)
{
  const std::size_t colon = uri.find(':');
  const bool path = uri.starts_with('/') || colon == std::string::npos;
  return "not sent: the server keeps them at a place of its own (" +
         (path ? "a folder" : uri.substr(0, colon + 1)) +
         ") that only clients with access to it write to; --no-artifacts does without";
}

std::map<std::string, std::string> FileExporter::read_manifest(const FileSizes& there)
{
  std::map<std::string, std::string> digests;
  if (!there.contains(k_manifest)) {
    return digests;
  }
  TextSink sink;
  server_.get_file(*place_ + k_manifest, sink);
  const Json document = Json::parse(sink.text, nullptr, false);
  if (document.is_object()) {
    for (const Json& item : list_of(document, "files")) {
      digests[text_of(item, "path")] = text_of(item, "sha256");
    }
  }
  return digests;
}

bool FileExporter::is_same(const std::string& path, const ExportedFile& file)
{
  const auto original = file.open();
  ComparingSink sink(*original);
  server_.get_file(*place_ + path, sink);
  return sink.same();
}

Files FileExporter::missing(const Files& wanted, bool trusted, Read read)
{
  const FileSizes there = list_files(ask_, paths_of(wanted));
  const auto digests = trusted ? std::map<std::string, std::string>() : read_manifest(there);
  Files missing;
  for (const auto& [path, file] : wanted) {
    const auto found = there.find(path);
    const auto sent = digests.find(path);
    const bool known = trusted || (sent != digests.end() && sent->second == file.digest.hex());
    if (found == there.end() || found->second != file.bytes || !known ||
        (read == Read::whole && !is_same(path, file))) {
      missing.emplace(path, file);
    }
  }
  return missing;
}

std::set<std::string> FileExporter::send(const std::string& step, const Files& files,
                                         const Tell& tell)
{
  std::set<std::string> failed;
  if (files.empty()) {
    return failed;
  }
  ports::Reporter& reporter = ports_.store.data.reporter;
  std::uint64_t bytes = 0;
  for (const auto& [path, file] : files) {
    bytes += file.bytes;
  }
  reporter.begin(step, bytes);
  for (const auto& [path, file] : files) {
    try {
      server_.put_file(*place_ + path, file.open, file.bytes);
    } catch (const ports::NoAnswer&) {
      throw;
    } catch (const ServerRefusal& refusal) {
      if (refusal.is_final()) {
        throw;
      }
      failed.insert(path);
      tell("file '" + path + "'", refusal.message());
    } catch (const model::Error& error) {  // of the content here
      failed.insert(path);
      tell("file '" + path + "'", error.message());
    }
    reporter.advance(1, file.bytes);
  }
  reporter.end();
  return failed;
}

void FileExporter::send_manifest(const Files& sent)
{
  Json files = Json::array();
  for (const auto& [path, file] : sent) {
    files.push_back({{"path", path}, {"sha256", file.digest.hex()}, {"bytes", file.bytes}});
  }
  const Json document = {{"schema", "mlrepro.manifest/1"}, {"files", std::move(files)}};
  const std::string text = document.dump(2) + "\n";
  server_.put_file(
      *place_ + k_manifest, [&] { return std::make_unique<ports::TextSource>(text); }, text.size());
}

void FileExporter::check(const Files& wanted, Read read, const Tell& tell)
{
  const FileSizes there = list_files(ask_, paths_of(wanted));
  for (const auto& [path, file] : wanted) {
    const auto found = there.find(path);
    if (found == there.end()) {
      tell("file '" + path + "'", "it is not there");
    } else if (found->second != file.bytes) {
      tell("file '" + path + "'",
           std::to_string(found->second) + " bytes there, " + std::to_string(file.bytes) + " here");
    } else if (read == Read::whole && !is_same(path, file)) {
      tell("file '" + path + "'", "other content there than here");
    }
  }
}

}  // namespace mlrepro::mlflow
