// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "mlflow/export_content.hpp"
#include "mlflow/export_task.hpp"
#include "mlflow/server_run.hpp"

namespace mlrepro::mlflow {

using Files = std::map<std::string, ExportedFile>;
using FileSizes = std::map<std::string, std::uint64_t>;

// How files that are there are compared.
enum class Read { sizes, whole };
inline Read read_of(const ExportRequest& request)
{
  return request.read_files ? Read::whole : Read::sizes;
}

// The files of one owner at a server.
class FileExporter {
 public:
  // `uri` is where the server says that the owner's artifacts are, `ask` lists them.
  FileExporter(const ExportPorts& ports, TrackingServer& server, const std::string& uri,
               ListFolder ask);

  // False where the files lie in a store that the server does not pass anything on to.
  [[nodiscard]] bool takes_files() const { return place_.has_value(); }
  // What is told of that.
  [[nodiscard]] static std::string why_not(const std::string& uri);

  // What there is no file of that size of. With `trusted` that says enough; otherwise its content
  // must be in the list of what was sent the last time as well.
  [[nodiscard]] Files missing(const Files& wanted, bool trusted, Read read);
  // What can't be read here, or is refused there, is told and handed back; the others go.
  std::set<std::string> send(const std::string& step, const Files& files, const Tell& tell);
  // The list of what is there now, for the next time and for whoever wants to check it.
  void send_manifest(const Files& sent);
  // Looks again.
  void check(const Files& wanted, Read read, const Tell& tell);

 private:
  [[nodiscard]] bool is_same(const std::string& path, const ExportedFile& file);
  [[nodiscard]] std::map<std::string, std::string> read_manifest(const FileSizes& there);

  const ExportPorts& ports_;
  TrackingServer& server_;
  std::optional<std::string> place_;
  ListFolder ask_;
};

}  // namespace mlrepro::mlflow
