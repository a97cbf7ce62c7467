// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlflow/fields.hpp"
#include "mlrepro/mlflow/export.hpp"

namespace mlrepro::mlflow {

// What a server says no to: a 4xx, or what is wrong however often it is asked.
class ServerRefusal : public model::Error {
 public:
  // Final: it would say so to everything else.
  enum class Final { no, yes };
  ServerRefusal(int status, Final is_final, const std::string& message, std::string hint = {})
      : Error(model::ErrorKind::external, message, std::move(hint)),
        status_(status),
        final_(is_final)
  {
  }
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] bool is_final() const { return final_ == Final::yes; }

 private:
  int status_;
  Final final_;
};

using Query = std::vector<std::pair<std::string, std::string>>;
using OpenContent = std::function<std::unique_ptr<ports::ByteSource>()>;

// A server of MLflow's protocol. What may be over the next time (429, 5xx, no connection) is tried
// again; where nothing was ever answered, no connection is final.
// Throws ServerRefusal, ports::NoAnswer, and Error{external} for what is no such server.
class TrackingServer {
 public:
  // All of them outlive this.
  TrackingServer(ports::HttpClient& http, ports::Reporter& reporter, const ExportRequest& request)
      : http_(http), reporter_(reporter), request_(request)
  {
  }

  // `route` as in "runs/get". What is asked for may be done twice without harm.
  Json get(const std::string& route, const Query& query);
  Json post(const std::string& route, const Json& message);
  Json patch(const std::string& route, const Json& message);
  // The same where it may not: before another try, `find` looks for what the last one made.
  Json create(const std::string& route, const Json& message,
              const std::function<std::optional<Json>()>& find);

  // Where the server takes files for what is at this address; absent where it doesn't, because
  // they lie in a store that clients are to open themselves.
  [[nodiscard]] std::optional<std::string> files_of(const std::string& artifact_uri) const;
  void put_file(const std::string& place, const OpenContent& open, std::uint64_t bytes);
  void get_file(const std::string& place, ports::ByteSink& sink);

 private:
  using Attempt = std::function<ports::HttpReply()>;
  ports::HttpReply send(const Attempt& attempt, const std::function<bool()>& is_done);
  enum class Once { no, yes };
  ports::HttpReply ask(const std::string& method, const std::string& target, const Json* message,
                       Once once = Once::no);
  Json read(const ports::HttpReply& reply, const std::string& what);
  [[noreturn]] void refuse(const ports::HttpReply& reply, const std::string& what);
  void wait(unsigned tries, const std::string& reason, std::optional<std::chrono::seconds> told);

  ports::HttpClient& http_;
  ports::Reporter& reporter_;
  const ExportRequest& request_;
  bool reached_ = false;     // something was answered
  bool understood_ = false;  // and it was in MLflow's protocol
};

// The text of a field, "" where there is none.
std::string text_of(const Json& object, const char* name);
// The list of a field, empty where there is none.
const Json& list_of(const Json& object, const char* name);
// The object of a field, empty where there is none.
const Json& object_of(const Json& object, const char* name);

}  // namespace mlrepro::mlflow
