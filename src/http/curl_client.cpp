// SPDX-License-Identifier: Apache-2.0
#include "http/curl_client.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <span>
#include <string_view>
#include <thread>

#include "http/curl_api.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::http {
namespace {

// Nothing that this client asks for is near it; a server may send anything.
constexpr std::size_t k_longest_reply = 256U << 20U;

struct Advice {
  CURLcode code;
  const char* hint;
};

// What is the same however often it is tried.
constexpr std::array<Advice, 8> k_lasting = {{
    {CURLE_PEER_FAILED_VERIFICATION,
     "name whom to trust in MLFLOW_TRACKING_SERVER_CERT_PATH, a PEM file"},
    {CURLE_SSL_CACERT_BADFILE, "MLFLOW_TRACKING_SERVER_CERT_PATH must name a PEM file or a folder"},
    {CURLE_SSL_CERTPROBLEM, "MLFLOW_TRACKING_CLIENT_CERT_PATH must name a PEM file with its key"},
    {CURLE_SSL_CONNECT_ERROR, "is it a server with TLS? Otherwise the address begins with http:"},
    {CURLE_COULDNT_RESOLVE_HOST, "is the name of the server right?"},
    {CURLE_COULDNT_RESOLVE_PROXY, "is the proxy of HTTPS_PROXY or http_proxy right?"},
    {CURLE_URL_MALFORMAT, "name an address such as https://mlflow.example.org"},
    {CURLE_UNSUPPORTED_PROTOCOL, "name an address such as https://mlflow.example.org"},
}};

bool is_folder(const std::string& path)
{
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

struct CurlClient::Handle {
  explicit Handle(const CurlApi& functions) : api(functions), easy(functions.init())
  {
    if (easy == nullptr) {
      throw model::Error(model::ErrorKind::external, "start libcurl: no memory");
    }
  }
  ~Handle() { api.cleanup(easy); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  template <typename Value>
  void set(CURLoption option, Value value) const
  {
    const CURLcode code = api.set(easy, option, value);
    if (code != CURLE_OK) {
      throw model::Error(model::ErrorKind::external,
                         "set up libcurl: " + std::string(api.describe(code)));
    }
  }

  const CurlApi& api;
  CURL* easy;
};

struct CurlClient::Transfer {
  explicit Transfer(const ports::HttpRequest& sent, const CurlApi& functions)
      : request(sent), api(functions)
  {
  }
  ~Transfer() { api.free_list(fields); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void add_field(const std::string& line)
  {
    curl_slist* const longer = api.append(fields, line.c_str());
    if (longer == nullptr) {
      throw model::Error(model::ErrorKind::external, "set up libcurl: no memory");
    }
    fields = longer;
  }

  // libcurl is C: nothing may be thrown through it.
  template <typename Action>
  std::size_t guard(std::size_t failed, const Action& action) noexcept
  {
    try {
      return action();
    } catch (...) {
      failure = std::current_exception();
      return failed;
    }
  }

  static std::size_t take_field(char* bytes, std::size_t size, std::size_t count, void* self)
  {
    auto& transfer = *static_cast<Transfer*>(self);
    return transfer.guard(CURL_WRITEFUNC_ERROR, [&] {
      transfer.read_field({bytes, size * count});
      return size * count;
    });
  }
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self)
  {
    auto& transfer = *static_cast<Transfer*>(self);
    return transfer.guard(CURL_WRITEFUNC_ERROR, [&] {
      transfer.keep({bytes, size * count});
      return size * count;
    });
  }
  static std::size_t give_body(char* buffer, std::size_t size, std::size_t count, void* self)
  {
    auto& transfer = *static_cast<Transfer*>(self);
    return transfer.guard(CURL_READFUNC_ABORT, [&] {
      return transfer.request.stream->read(std::as_writable_bytes(std::span(buffer, size * count)));
    });
  }

  void read_field(std::string_view line)
  {
    while (line.ends_with('\n') || line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.starts_with("HTTP/")) {
      const std::size_t space = std::min(line.find(' '), line.size() - 1);
      reply = ports::HttpReply();
      reply.status = static_cast<int>(format::parse_integer(line.substr(space + 1, 3)).value_or(0));
      return;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string name = model::lower_case(line.substr(0, colon));
    std::string_view value = line.substr(std::min(line.size(), colon + 1));
    while (value.starts_with(' ') || value.starts_with('\t')) {
      value.remove_prefix(1);
    }
    if (name == "content-type") {
      reply.content_type = std::string(value);
    } else if (name == "location") {
      reply.location = std::string(value);
    } else if (name == "retry-after") {
      // A date is not read: whoever sends one is waited for as usual.
      const auto seconds = format::parse_integer(value);
      reply.retry_after =
          seconds && *seconds >= 0 ? std::optional(std::chrono::seconds(*seconds)) : std::nullopt;
    }
  }

  void keep(std::string_view bytes)
  {
    if (reply.status == 200 && request.sink != nullptr) {
      request.sink->write(std::as_bytes(std::span(bytes)));
      return;
    }
    if (reply.body.size() + bytes.size() > k_longest_reply) {
      throw ports::NoAnswer("the server's answer is longer than 256 MiB", "", false);
    }
    reply.body += bytes;
  }

  const ports::HttpRequest& request;
  const CurlApi& api;
  curl_slist* fields = nullptr;
  ports::HttpReply reply;
  std::exception_ptr failure;
};

CurlClient::CurlClient(ClientOptions options)
    : options_(std::move(options)), handle_(std::make_unique<Handle>(curl_api()))
{
}

CurlClient::~CurlClient() = default;

void CurlClient::prepare_access()
{
  const Handle& curl = *handle_;
  if (!options_.username.empty() && !options_.password.empty()) {
    curl.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl.set(CURLOPT_USERNAME, options_.username.c_str());
    curl.set(CURLOPT_PASSWORD, options_.password.c_str());
  } else if (!options_.token.empty()) {
    curl.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl.set(CURLOPT_XOAUTH2_BEARER, options_.token.c_str());
  }
  if (!options_.check_certificate) {
    curl.set(CURLOPT_SSL_VERIFYPEER, 0L);
    curl.set(CURLOPT_SSL_VERIFYHOST, 0L);
  } else if (!options_.authorities.empty()) {
    const bool folder = is_folder(options_.authorities);
    curl.set(folder ? CURLOPT_CAPATH : CURLOPT_CAINFO, options_.authorities.c_str());
  }
  if (!options_.client_certificate.empty()) {
    curl.set(CURLOPT_SSLCERT, options_.client_certificate.c_str());
  }
  curl.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

void CurlClient::prepare_body(Transfer& transfer)
{
  const Handle& curl = *handle_;
  const ports::HttpRequest& request = transfer.request;
  if (request.stream != nullptr) {
    curl.set(CURLOPT_UPLOAD, 1L);
    curl.set(CURLOPT_READFUNCTION, &Transfer::give_body);
    curl.set(CURLOPT_READDATA, static_cast<void*>(&transfer));
    curl.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.stream_bytes));
  } else if (!request.content_type.empty()) {
    curl.set(CURLOPT_POST, 1L);
    curl.set(CURLOPT_POSTFIELDS, request.body.data());
    curl.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void CurlClient::prepare(Transfer& transfer)
{
  const Handle& curl = *handle_;
  curl.api.reset(curl.easy);
  const std::string url = options_.address + transfer.request.target;
  curl.set(CURLOPT_URL, url.c_str());
  curl.set(CURLOPT_NOSIGNAL, 1L);
  curl.set(CURLOPT_FOLLOWLOCATION, 0L);
  curl.set(CURLOPT_PATH_AS_IS, 1L);
  // On a connection that was kept, libcurl sends by itself again what nothing was answered to.
  curl.set(CURLOPT_FRESH_CONNECT, transfer.request.once ? 1L : 0L);
  curl.set(CURLOPT_USERAGENT, options_.agent.c_str());
  const auto patience = static_cast<long>(options_.patience.count());
  curl.set(CURLOPT_CONNECTTIMEOUT, std::min(patience, 30L));
  curl.set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl.set(CURLOPT_LOW_SPEED_TIME, patience);
  curl.set(CURLOPT_HEADERFUNCTION, &Transfer::take_field);
  curl.set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  curl.set(CURLOPT_WRITEFUNCTION, &Transfer::take_body);
  curl.set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  prepare_body(transfer);
  prepare_access();
  transfer.add_field("Accept: */*");
  transfer.add_field("Expect:");  // nobody waits for an invitation
  if (!transfer.request.content_type.empty()) {
    transfer.add_field("Content-Type: " + transfer.request.content_type);
  }
  curl.set(CURLOPT_HTTPHEADER, transfer.fields);
}

ports::HttpReply CurlClient::send(const ports::HttpRequest& request)
{
  const Handle& curl = *handle_;
  Transfer transfer(request, curl.api);
  std::array<char, CURL_ERROR_SIZE> reason{};
  prepare(transfer);
  curl.set(CURLOPT_ERRORBUFFER, reason.data());
  const CURLcode code = curl.api.perform(curl.easy);
  curl.set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  if (transfer.failure) {
    std::rethrow_exception(transfer.failure);
  }
  if (code == CURLE_OK) {
    return std::move(transfer.reply);
  }
  const std::string why = reason[0] != '\0' ? reason.data() : curl.api.describe(code);
  std::string hint;
  bool lasting = false;
  for (const Advice& advice : k_lasting) {
    if (advice.code == code) {
      hint = advice.hint;
      lasting = true;
    }
  }
  throw ports::NoAnswer("server '" + options_.address + "': " + why, hint, !lasting);
}

void CurlClient::pause(std::chrono::milliseconds time)
{
  std::this_thread::sleep_for(time);
}

}  // namespace mlrepro::http
