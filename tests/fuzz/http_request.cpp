// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "fuzz/target.hpp"
#include "server/request_reader.hpp"

namespace {

// A peer that sends these bytes, a few at a time, and then no more.
class Sent final : public mlrepro::server::Channel {
 public:
  explicit Sent(std::string_view bytes) : bytes_(bytes) {}

  std::size_t read_some(std::span<char> buffer, mlrepro::server::Deadline) override
  {
    constexpr std::size_t k_piece = 97;
    const std::size_t size = std::min({buffer.size(), bytes_.size(), k_piece});
    std::copy_n(bytes_.begin(), size, buffer.begin());
    bytes_.remove_prefix(size);
    return size;
  }
  std::size_t write_some(std::string_view bytes, mlrepro::server::Deadline) override
  {
    return bytes.size();
  }
  void finish() noexcept override {}

 private:
  std::string_view bytes_;
};

std::size_t count(const mlrepro::ports::WebRequest& request, std::string_view name)
{
  return static_cast<std::size_t>(
      std::count_if(request.fields.begin(), request.fields.end(),
                    [name](const auto& field) { return field.first == name; }));
}

void check(const mlrepro::ports::WebRequest& request)
{
  using mlrepro::fuzz::require;
  require(!request.method.empty() && !request.target.empty(), "a request asks for something");
  require(count(request, "content-length") + count(request, "transfer-encoding") <= 1,
          "a body's length is told in one way");
  for (const auto& [name, value] : request.fields) {
    require(std::none_of(value.begin(), value.end(),
                         [](char c) { return c == '\r' || c == '\n' || c == '\0'; }),
            "a field is one line");
  }
}

}  // namespace

// All that one connection sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  using namespace mlrepro;
  Sent channel(fuzz::text_of(bytes, size));
  std::string pending;
  const server::Limits limits;
  try {
    for (int requests = 0; requests < 100; ++requests) {
      server::RequestReader reader(channel, pending, limits);
      if (!reader.await_first_byte()) {
        return 0;
      }
      const ports::WebRequest request = reader.read_head();
      check(request);
      std::array<std::byte, 1000> piece;
      std::uint64_t total = 0;
      while (const std::size_t got = reader.read(piece)) {
        total += got;
      }
      fuzz::require(
          total == reader.bytes_read() && (!request.body_bytes || *request.body_bytes == total),
          "a body is as long as was said");
      if (!reader.skip_rest() || !reader.keep_alive()) {
        return 0;
      }
    }
  } catch (const server::BadRequest& error) {
    fuzz::require(error.status() >= 400 && error.status() < 600, "a refusal has a status");
  } catch (const server::ConnectionLost&) {
    return 0;
  } catch (const ports::BodyError&) {
    return 0;
  }
  return 0;
}
