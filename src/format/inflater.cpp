// SPDX-License-Identifier: Apache-2.0
#include "format/inflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace mlrepro::format {
namespace {

// What zlib counts in, with room.
constexpr std::size_t k_most_at_once = 1U << 30U;

int window_bits(Wrapping wrapping)
{
  switch (wrapping) {
    case Wrapping::none:
      return -MAX_WBITS;
    case Wrapping::zlib:
      return MAX_WBITS;
    case Wrapping::gzip:
      return 16 + MAX_WBITS;
  }
  return MAX_WBITS;
}

}  // namespace

void UnpackBudget::spend(std::uint64_t unpacked)
{
  if (unpacked > bytes) {
    refuse_content("it unpacks to more than is read");
  }
  bytes -= unpacked;
}

struct Inflater::Stream {
  z_stream state{};
};

Inflater::Inflater(ByteInput& input, Wrapping wrapping, UnpackBudget& budget)
    : input_(input), budget_(budget), stream_(std::make_unique<Stream>())
{
  if (::inflateInit2(&stream_->state, window_bits(wrapping)) != Z_OK) {
    throw std::bad_alloc();
  }
}

Inflater::~Inflater()
{
  ::inflateEnd(&stream_->state);
}

std::size_t Inflater::read(std::span<std::byte> out)
{
  z_stream& state = stream_->state;
  const std::size_t room = std::min(out.size(), k_most_at_once);
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(room);
  while (!ended_ && state.avail_out == room) {
    const std::string_view ready = input_.available();
    // zlib reads what next_in points to and never writes there.
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(ready.data()));
    state.avail_in = static_cast<uInt>(ready.size());
    const int result = ::inflate(&state, Z_NO_FLUSH);
    input_.consume(ready.size() - state.avail_in);
    ended_ = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    }
    if (!ended_ && result != Z_OK) {
      refuse_content(ready.empty() ? "it ends early" : "its compressed data is damaged");
    }
  }
  const std::size_t unpacked = room - state.avail_out;
  budget_.spend(unpacked);
  return unpacked;
}

std::uint32_t continue_crc(std::uint32_t crc, std::span<const std::byte> bytes)
{
  return static_cast<std::uint32_t>(
      ::crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace mlrepro::format
