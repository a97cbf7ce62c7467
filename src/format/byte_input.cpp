// SPDX-License-Identifier: Apache-2.0
#include "format/byte_input.hpp"

#include <algorithm>
#include <cstring>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

constexpr std::size_t k_buffer_size = 64UL * 1024;

}  // namespace

void refuse_content(const std::string& why)
{
  throw model::Error(model::ErrorKind::corrupt, why);
}

ByteInput::ByteInput(ReadBytes read) : read_(std::move(read)), buffer_(k_buffer_size) {}

void ByteInput::fill()
{
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t got = read_(std::span(buffer_).subspan(end_));
  ended_ = got == 0;
  end_ += got;
}

std::string_view ByteInput::available()
{
  if (begin_ == end_ && !ended_) {
    fill();
  }
  return {reinterpret_cast<const char*>(buffer_.data()) + begin_, end_ - begin_};
}

std::string_view ByteInput::peek(std::size_t bytes)
{
  while (end_ - begin_ < std::min(bytes, k_look_ahead) && !ended_) {
    fill();
  }
  return available().substr(0, bytes);
}

void ByteInput::consume(std::size_t bytes)
{
  begin_ += bytes;
  taken_ += bytes;
}

std::size_t ByteInput::read(std::span<std::byte> out)
{
  const std::string_view ready = available();
  const std::size_t bytes = std::min(ready.size(), out.size());
  if (bytes > 0) {
    std::memcpy(out.data(), ready.data(), bytes);
  }
  consume(bytes);
  return bytes;
}

std::string ByteInput::take(std::size_t bytes)
{
  std::string text;
  text.reserve(std::min(bytes, k_buffer_size));
  while (text.size() < bytes) {
    const std::string_view ready = available().substr(0, bytes - text.size());
    if (ready.empty()) {
      refuse_content("it ends early");
    }
    text += ready;
    consume(ready.size());
  }
  return text;
}

void ByteInput::skip(std::uint64_t bytes)
{
  while (bytes > 0) {
    const std::size_t ready = available().size();
    if (ready == 0) {
      refuse_content("it ends early");
    }
    const std::size_t passed = std::min<std::uint64_t>(ready, bytes);
    consume(passed);
    bytes -= passed;
  }
}

std::string read_text(const ReadBytes& read, std::size_t limit)
{
  std::string text;
  std::vector<std::byte> buffer(k_buffer_size);
  for (std::size_t got = read(buffer); got > 0; got = read(buffer)) {
    if (got > limit - text.size()) {
      refuse_content("it is larger than " + human_bytes(limit));
    }
    text.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  return text;
}

ReadBytes bytes_of(std::string_view text)
{
  return [text](std::span<std::byte> out) mutable {
    const std::size_t bytes = std::min(text.size(), out.size());
    if (bytes > 0) {
      std::memcpy(out.data(), text.data(), bytes);
    }
    text.remove_prefix(bytes);
    return bytes;
  };
}

}  // namespace mlrepro::format
