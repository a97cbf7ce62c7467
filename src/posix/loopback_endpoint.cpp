// SPDX-License-Identifier: Apache-2.0
#include "posix/loopback_endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <thread>

#include "mlrepro/model/hex.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/handed_server.hpp"
#include "posix/quiet_thread.hpp"
#include "posix/system_error.hpp"
#include "posix/variables.hpp"

namespace mlrepro::posix {
namespace {

constexpr const char* k_uri = "MLFLOW_TRACKING_URI";
constexpr const char* k_own_uri = "MLREPRO_TRACKING_URI";  // tells an outer run's from a user's
constexpr const char* k_context = "MLFLOW_RUN_CONTEXT";
constexpr const char* k_no_links = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT";
constexpr const char* k_address = "127.0.0.1";

// What the process finds under a name, if we add nothing.
std::string variable_of(const ports::ProcessRequest& process, const char* name)
{
  for (auto set = process.set_variables.rbegin(); set != process.set_variables.rend(); ++set) {
    if (set->first == name) {
      return set->second;
    }
  }
  const auto& unset = process.unset_variables;
  return std::find(unset.begin(), unset.end(), name) == unset.end() ? variable(name)
                                                                    : std::string();
}

FileDescriptor listen_on_loopback(std::uint16_t& port)
{
  constexpr int k_backlog = 511;
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (!socket.is_open() || ::bind(socket.get(), generic, size) != 0 ||
      ::listen(socket.get(), k_backlog) != 0 || ::getsockname(socket.get(), generic, &size) != 0) {
    throw_errno(std::string("listen at '") + k_address + "'");
  }
  port = ::ntohs(address.sin_port);
  return socket;
}

std::string random_word(const ports::Clock& clock)
{
  std::string word;
  for (const std::uint8_t byte : clock.random_bytes()) {
    model::append_hex(word, byte);
  }
  return word;
}

class OpenSession final : public ports::RunEndpoint::Session {
 public:
  OpenSession(std::string secret, std::vector<std::string> arguments, std::string context)
      : secret_(std::move(secret)),
        arguments_(std::move(arguments)),
        context_(std::move(context)),
        listener_(listen_on_loopback(port_)),
        stop_(::eventfd(0, EFD_CLOEXEC))
  {
    if (!stop_.is_open()) {
      throw_errno("open a descriptor for events");
    }
    try {
      thread_ = start_quiet_thread([this] { watch(); });
    } catch (const std::system_error& error) {
      throw system_error(error.code().value(), "start a thread");
    }
  }

  ~OpenSession() override { stop(); }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> variables() const override
  {
    const std::string uri =
        std::string("http://") + k_address + ":" + std::to_string(port_) + "/s/" + secret_;
    std::vector<std::pair<std::string, std::string>> variables{{k_uri, uri}, {k_own_uri, uri}};
    if (!context_.empty()) {
      variables.emplace_back(k_context, context_);
    }
    if (variable(k_no_links).empty()) {
      variables.emplace_back(k_no_links, "true");  // to pages that are not there
    }
    add_exception_from_proxies(variables);
    return variables;
  }

  [[nodiscard]] std::vector<std::string> problems() const override
  {
    const std::lock_guard lock(mutex_);
    return problems_;
  }

  void close() override { stop(); }

 private:
  // Clients ask the proxies that they are told of for everything that is not excepted.
  static void add_exception_from_proxies(
      std::vector<std::pair<std::string, std::string>>& variables)
  {
    for (const char* name : {"NO_PROXY", "no_proxy"}) {
      const std::string others = variable(name);
      if (!others.empty() || !variable("HTTP_PROXY").empty() || !variable("http_proxy").empty() ||
          !variable("ALL_PROXY").empty() || !variable("all_proxy").empty()) {
        variables.emplace_back(name, others.empty() ? k_address : others + "," + k_address);
      }
    }
  }

  void stop() noexcept
  {
    if (thread_.joinable()) {
      const std::uint64_t one = 1;
      (void)!::write(stop_.get(), &one, sizeof one);
      thread_.join();
    }
  }

  // Whether the other one became readable before we are stopped.
  bool await(int other, int timeout_ms = -1)
  {
    while (true) {
      std::array<pollfd, 2> polls{{{stop_.get(), POLLIN, 0}, {other, POLLIN, 0}}};
      const int ready = ::poll(polls.data(), polls.size(), timeout_ms);
      if (polls[0].revents != 0 || (ready < 0 && errno != EINTR)) {
        return false;
      }
      if (ready >= 0) {
        return ready == 0 || polls[1].revents != 0;
      }
    }
  }

  void watch() noexcept
  {
    constexpr int k_between_servers_ms = 500;
    while (await(listener_.get())) {
      try {
        HandedServer server(arguments_, listener_.get(), secret_);
        if (!await(server.ended())) {
          return;
        }
        if (const auto trouble = server.take_trouble()) {
          problem("the server for its clients ended with " + *trouble + " and was started again");
        }
      } catch (const std::exception& error) {
        problem(error.what());
      }
      if (!await(-1, k_between_servers_ms)) {
        return;
      }
    }
  }

  void problem(const std::string& text)
  {
    const std::lock_guard lock(mutex_);
    if (std::find(problems_.begin(), problems_.end(), text) == problems_.end()) {
      problems_.push_back(text);
    }
  }

  std::string secret_;
  std::vector<std::string> arguments_;
  std::string context_;
  std::uint16_t port_ = 0;
  FileDescriptor listener_;
  FileDescriptor stop_;
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<ports::RunEndpoint::Session> LoopbackEndpoint::open(
    const model::RunId& run, const ports::ProcessRequest& process)
{
  const std::string uri = variable_of(process, k_uri);
  const bool of_outer_run = !uri.empty() && uri == variable_of(process, k_own_uri);
  if (!uri.empty() && !of_outer_run) {
    return nullptr;
  }
  const bool own_context = !of_outer_run && !variable_of(process, k_context).empty();
  return std::make_unique<OpenSession>(
      random_word(clock_), arguments_(run),
      own_context ? "" : R"({"mlrepro.session":")" + run.str() + "\"}");
}

}  // namespace mlrepro::posix
