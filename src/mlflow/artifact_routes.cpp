// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/artifact_routes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mlflow/artifact_download.hpp"
#include "mlflow/web_replies.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/web_gate.hpp"

namespace mlrepro::mlflow {
namespace {

using format::ArtifactPlace;
using model::Error;
using model::ErrorKind;
using nlohmann::ordered_json;
using ports::WebReply;

constexpr std::uint64_t k_longest_upload_by_page = 10'000'000;  // as MLflow's own route has it

ports::ArtifactOwner owner_of(const ArtifactPlace& place)
{
  return {place.owner == ArtifactPlace::Owner::run ? ports::ArtifactOwner::Kind::run
                                                   : ports::ArtifactOwner::Kind::model,
          place.id};
}

WebReply bad_path()
{
  return error_reply(400, "INVALID_PARAMETER_VALUE", "Invalid path");
}

WebReply no_place()
{
  return error_reply(400, "INVALID_PARAMETER_VALUE",
                     "Invalid path: artifacts belong to runs, '<experiment>/<run>/artifacts/...', "
                     "and to models, '<experiment>/models/<model>/artifacts/...'");
}

WebReply no_owner(const ArtifactPlace& place)
{
  const bool is_run = place.owner == ArtifactPlace::Owner::run;
  return error_reply(404, "RESOURCE_DOES_NOT_EXIST",
                     is_run ? "Run with id=" + place.id + " not found"
                            : "Logged model with ID '" + place.id + "' not found.");
}

WebReply no_artifact(const std::string& path)
{
  return error_reply(404, "RESOURCE_DOES_NOT_EXIST", "Artifact '" + path + "' does not exist");
}

// With paths as the caller wants them: from the owner's root, or names only.
enum class Paths { whole, names };

ordered_json to_files(const std::vector<ports::ArtifactEntry>& entries, Paths paths)
{
  ordered_json files = ordered_json::array();
  for (const ports::ArtifactEntry& entry : entries) {
    ordered_json file;
    file["path"] =
        paths == Paths::whole ? entry.path : entry.path.substr(entry.path.rfind('/') + 1);
    file["is_dir"] = entry.is_folder;
    if (!entry.is_folder) {
      file["file_size"] = entry.bytes;
    }
    files.push_back(std::move(file));
  }
  return files;
}

WebReply list_reply(const std::string& root_uri, const std::vector<ports::ArtifactEntry>& entries,
                    Paths paths)
{
  ordered_json body = ordered_json::object();
  if (!root_uri.empty()) {
    body["root_uri"] = root_uri;
  }
  if (!entries.empty()) {
    body["files"] = to_files(entries, paths);
  }
  return json_reply(200, body.dump());
}

// Of a reply of the service; empty where it has none.
std::string text_at(const Reply& reply, const std::string& pointer)
{
  const auto body = ordered_json::parse(reply.body, nullptr, false);
  const ordered_json::json_pointer at(pointer);
  return !body.is_discarded() && body.contains(at) && body[at].is_string()
             ? body[at].get<std::string>()
             : std::string();
}

// Stops a body that says nothing of its length.
class LimitedSource final : public ports::ByteSource {
 public:
  LimitedSource(ports::ByteSource& source, std::uint64_t limit) : source_(source), left_(limit) {}

  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = source_.read(buffer);
    if (size > left_) {
      exceeded_ = true;
      throw Error(ErrorKind::usage, "the content is too long");
    }
    left_ -= size;
    return size;
  }
  [[nodiscard]] bool exceeded() const { return exceeded_; }

 private:
  ports::ByteSource& source_;
  std::uint64_t left_;
  bool exceeded_ = false;
};

}  // namespace

WebReply ArtifactRoutes::proxy(const ports::WebRequest& request,
                               const format::RequestTarget& target, std::string_view rest,
                               ports::ByteSource& body)
{
  constexpr std::string_view k_artifacts = "artifacts";
  if (rest.starts_with("mpu/") || rest.starts_with("presigned")) {
    return error_reply(501, "NOT_IMPLEMENTED",
                       "Multipart and presigned transfers are not offered: send the file at once");
  }
  if (!rest.starts_with(k_artifacts) ||
      (rest.size() > k_artifacts.size() && rest[k_artifacts.size()] != '/')) {
    return no_such_route(request.method, target.path);
  }
  rest.remove_prefix(std::min(rest.size(), k_artifacts.size() + 1));
  if (rest.empty() && request.method == "GET") {
    return list_proxy(target);
  }
  const auto path = format::decode_artifact_path(rest);
  if (!path || path->empty()) {
    return bad_path();
  }
  const auto place = format::parse_artifact_place(*path);
  if (!place) {
    return request.method == "GET" ? no_artifact(*path) : no_place();
  }
  if (request.method == "PUT") {
    return put(*place, body);
  }
  if (request.method == "DELETE") {
    return remove(*place);
  }
  return request.method == "GET" ? get(*place, request)
                                 : no_such_route(request.method, target.path);
}

WebReply ArtifactRoutes::list_proxy(const format::RequestTarget& target)
{
  const auto path = format::normal_artifact_folder(target.value("path"));
  if (!path) {
    return bad_path();
  }
  const auto place = format::parse_artifact_place(*path);
  return list_reply(
      "",
      place ? artifacts_.list(owner_of(*place), place->path) : std::vector<ports::ArtifactEntry>(),
      Paths::names);
}

WebReply ArtifactRoutes::put(const ArtifactPlace& place, ports::ByteSource& body)
{
  if (place.path.empty()) {
    return bad_path();
  }
  try {
    artifacts_.put(owner_of(place), place.path, body);
    return json_reply(200, "{}");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::conflict) {
      return error_reply(409, "RESOURCE_CONFLICT",
                         "Artifact '" + place.path + "': a file and a folder can't have one name");
    }
    if (error.kind() == ErrorKind::not_found && !artifacts_.has_owner(owner_of(place))) {
      return no_owner(place);
    }
    throw;
  }
}

WebReply ArtifactRoutes::get(const ArtifactPlace& place, const ports::WebRequest& request) const
{
  try {
    return download(artifacts_.open(owner_of(place), place.path), request);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      return no_artifact(place.path);
    }
    if (error.kind() == ErrorKind::usage) {
      return error_reply(400, "INVALID_PARAMETER_VALUE",
                         "Artifact '" + place.path + "' is a folder: list it, and get its files");
    }
    throw;
  }
}

WebReply ArtifactRoutes::remove(const ArtifactPlace& place)
{
  if (place.path.empty()) {
    return bad_path();
  }
  try {
    if (artifacts_.has_owner(owner_of(place))) {
      artifacts_.remove(owner_of(place), place.path);
    }
    return json_reply(200, "{}");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::conflict) {
      return error_reply(
          409, "RESOURCE_CONFLICT",
          "Artifact '" + place.path + "': mlrepro log added it to a run that still runs");
    }
    throw;
  }
}

std::optional<WebReply> ArtifactRoutes::api(const ports::WebRequest& request,
                                            const format::RequestTarget& target,
                                            std::string_view rest, ports::ByteSource& body)
{
  constexpr std::string_view k_models = "logged-models/";
  const bool reads = request.method == "GET";
  if (rest == "artifacts/list" && reads) {
    return list_run(target);
  }
  if ((rest == "get-artifact" || rest == "model-versions/get-artifact") && reads) {
    return get_by_query(request, target, rest);
  }
  if (rest == "upload-artifact" && request.method == "POST") {
    return upload(request, target, body);
  }
  if (rest == "artifacts/presigned-upload-url") {
    return error_reply(501, "NOT_IMPLEMENTED",
                       "Presigned transfers are not offered: send the file at once");
  }
  if (!rest.starts_with(k_models) || !reads) {
    return std::nullopt;
  }
  const std::string_view behind = rest.substr(k_models.size());
  const std::string id(behind.substr(0, behind.find('/')));
  const std::string_view action = behind.substr(std::min(behind.size(), id.size()));
  if (action == "/artifacts/directories") {
    return list_model(id, target);
  }
  if (action != "/artifacts/files") {
    return std::nullopt;
  }
  const auto path = format::normal_artifact_path(target.value("artifact_file_path"));
  return path ? get({ArtifactPlace::Owner::model, "", id, *path}, request) : bad_path();
}

WebReply ArtifactRoutes::list_run(const format::RequestTarget& target)
{
  const std::string id = target.has("run_id") ? target.value("run_id") : target.value("run_uuid");
  return list_owner({ArtifactPlace::Owner::run, "", id, target.value("path")},
                    {"GET", "runs/get", {{"run_id", id}}, ""});
}

WebReply ArtifactRoutes::list_model(const std::string& id, const format::RequestTarget& target)
{
  return list_owner({ArtifactPlace::Owner::model, "", id, target.value("artifact_directory_path")},
                    {"GET", "logged-models/" + id, {}, ""});
}

// What is answered about an owner that is not there is the answer to a question about itself.
WebReply ArtifactRoutes::list_owner(const ArtifactPlace& place, const Request& owner)
{
  const auto path = format::normal_artifact_folder(place.path);
  if (!path) {
    return bad_path();
  }
  const auto root = artifacts_.root_of(owner_of(place));
  if (!root) {
    const Reply refusal = api_(owner);
    return refusal.status == 200 ? no_owner(place) : json_reply(refusal.status, refusal.body);
  }
  return list_reply(*root, artifacts_.list(owner_of(place), *path), Paths::whole);
}

// For pages; a page of another site could send one of these types without asking first.
WebReply ArtifactRoutes::upload(const ports::WebRequest& request,
                                const format::RequestTarget& target, ports::ByteSource& body)
{
  const auto path = format::normal_artifact_path(target.value("path"));
  if (!path || path->empty()) {
    return bad_path();
  }
  if (plan::is_form_type(find_field(request, "content-type").value_or(""))) {
    return error_reply(400, "INVALID_PARAMETER_VALUE",
                       "Bad Request. Content-Type must not be one that a form can have.");
  }
  LimitedSource limited(body, k_longest_upload_by_page);
  const std::string run =
      target.has("run_uuid") ? target.value("run_uuid") : target.value("run_id");
  try {
    return put({ArtifactPlace::Owner::run, "", run, *path}, limited);
  } catch (const Error&) {
    if (limited.exceeded()) {
      return error_reply(413, "INVALID_PARAMETER_VALUE",
                         "Artifact size is too large. Max size is 10MB.");
    }
    throw;
  }
}

WebReply ArtifactRoutes::get_by_query(const ports::WebRequest& request,
                                      const format::RequestTarget& target, std::string_view route)
{
  const auto path = format::normal_artifact_path(target.value("path"));
  if (!path) {
    return bad_path();
  }
  if (route == "get-artifact") {
    const std::string run =
        target.has("run_id") ? target.value("run_id") : target.value("run_uuid");
    return get({ArtifactPlace::Owner::run, "", run, *path}, request);
  }
  auto place = place_of_version(target);
  if (!place) {
    return no_artifact(*path);
  }
  place->path += (place->path.empty() || path->empty() ? "" : "/") + *path;
  return get(*place, request);
}

// What a version's source says may be anything: only places of this store are followed.
std::optional<ArtifactPlace> ArtifactRoutes::place_of_version(const format::RequestTarget& target)
{
  const Reply version =
      api_({"GET",
            "model-versions/get-download-uri",
            {{"name", target.value("name")}, {"version", target.value("version")}},
            ""});
  const std::string source = text_at(version, "/artifact_uri");
  constexpr std::string_view k_runs = "runs:/";
  if (source.starts_with(k_runs)) {
    const std::size_t slash = std::min(source.find('/', k_runs.size()), source.size());
    const std::string run = source.substr(k_runs.size(), slash - k_runs.size());
    const auto path =
        format::normal_artifact_path(source.substr(std::min(slash + 1, source.size())));
    return path ? std::optional(ArtifactPlace{ArtifactPlace::Owner::run, "", run, *path})
                : std::nullopt;
  }
  return format::parse_artifact_uri(source);
}

}  // namespace mlrepro::mlflow
