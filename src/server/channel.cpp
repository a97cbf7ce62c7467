// SPDX-License-Identifier: Apache-2.0
#include "server/channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace mlrepro::server {
namespace {

void await(int socket, short events, Deadline deadline)
{
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      throw ConnectionLost("the client took too long");
    }
    pollfd poll{socket, events, 0};
    const int ready =
        ::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000)));
    if (ready > 0) {
      return;
    }
    if (ready < 0 && errno != EINTR) {
      throw ConnectionLost("the connection failed");
    }
  }
}

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(int socket) : socket_(socket) {}

  std::size_t read_some(std::span<char> buffer, Deadline deadline) override
  {
    while (true) {
      const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (size >= 0) {
        return static_cast<std::size_t>(size);
      }
      await_after(errno, POLLIN, deadline);
    }
  }

  std::size_t write_some(std::string_view bytes, Deadline deadline) override
  {
    while (true) {
      const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size > 0) {
        return static_cast<std::size_t>(size);
      }
      await_after(errno, POLLOUT, deadline);
    }
  }

  void finish() noexcept override { ::shutdown(socket_, SHUT_WR); }

 private:
  void await_after(int error, short events, Deadline deadline) const
  {
    if (error == EAGAIN || error == EWOULDBLOCK) {
      await(socket_, events, deadline);
    } else if (error != EINTR) {
      throw ConnectionLost("the client closed the connection");
    }
  }

  int socket_;
};

class TlsChannel final : public Channel {
 public:
  TlsChannel(int socket, const TlsContext& context, Deadline deadline)
      : socket_(socket), tls_(::SSL_new(context.get()))
  {
    if (!tls_ || ::SSL_set_fd(tls_.get(), socket) != 1) {
      throw ConnectionLost("no memory for TLS");
    }
    perform([this] { return ::SSL_accept(tls_.get()); }, deadline);
  }

  std::size_t read_some(std::span<char> buffer, Deadline deadline) override
  {
    const int most = length_of(buffer.size());
    return perform([&] { return ::SSL_read(tls_.get(), buffer.data(), most); }, deadline);
  }

  std::size_t write_some(std::string_view bytes, Deadline deadline) override
  {
    const int most = length_of(bytes.size());
    const std::size_t size =
        perform([&] { return ::SSL_write(tls_.get(), bytes.data(), most); }, deadline);
    if (size == 0) {
      throw ConnectionLost("the client closed the connection");
    }
    return size;
  }

  void finish() noexcept override
  {
    ::ERR_clear_error();
    ::SSL_shutdown(tls_.get());
    ::shutdown(socket_, SHUT_WR);
  }

 private:
  struct Free {
    void operator()(SSL* tls) const { ::SSL_free(tls); }
  };

  static int length_of(std::size_t size)
  {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
  }

  template <typename Call>
  std::size_t perform(Call call, Deadline deadline)
  {
    while (true) {
      ::ERR_clear_error();
      const int result = call();
      if (result > 0) {
        return static_cast<std::size_t>(result);
      }
      switch (::SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ:
          await(socket_, POLLIN, deadline);
          break;
        case SSL_ERROR_WANT_WRITE:
          await(socket_, POLLOUT, deadline);
          break;
        case SSL_ERROR_ZERO_RETURN:
          return 0;
        default:
          throw ConnectionLost("the client does not speak TLS, or closed the connection");
      }
    }
  }

  int socket_;
  std::unique_ptr<SSL, Free> tls_;
};

}  // namespace

std::unique_ptr<Channel> open_channel(int socket)
{
  return std::make_unique<PlainChannel>(socket);
}

std::unique_ptr<Channel> open_channel(int socket, const TlsContext& context, Deadline deadline)
{
  return std::make_unique<TlsChannel>(socket, context, deadline);
}

}  // namespace mlrepro::server
