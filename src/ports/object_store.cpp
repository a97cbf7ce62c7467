// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/object_store.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "mlrepro/model/error.hpp"

namespace mlrepro::ports {
namespace {

class ViewSource final : public ByteSource {
 public:
  explicit ViewSource(std::string_view bytes) : rest_(bytes) {}

  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = std::min(buffer.size(), rest_.size());
    std::memcpy(buffer.data(), rest_.data(), size);
    rest_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::unique_ptr<ByteSource> open_recorded(const ObjectStore& objects, ObjectKind kind,
                                          const model::Digest& digest)
{
  try {
    return objects.open(kind, digest);
  } catch (const model::Error& error) {
    if (const auto at = objects.forgotten(digest)) {
      throw model::Error(model::ErrorKind::not_found, "object '" + digest.hex() +
                                                          "': its content was forgotten on " +
                                                          at->to_iso8601().substr(0, 10));
    }
    if (error.kind() == model::ErrorKind::not_found) {
      throw model::Error(model::ErrorKind::corrupt, error.message(), error.hint());
    }
    throw;
  }
}

std::string load_object(const ObjectStore& objects, ObjectKind kind, const model::Digest& digest)
{
  return read_all(*objects.open(kind, digest));
}

std::string load_recorded(const ObjectStore& objects, ObjectKind kind, const model::Digest& digest)
{
  return read_all(*open_recorded(objects, kind, digest));
}

StoredObject put_bytes(ObjectBatch& batch, ObjectKind kind, std::string_view bytes)
{
  ViewSource source(bytes);
  return batch.put(kind, source);
}

std::string read_all(ByteSource& source)
{
  std::string text;
  std::array<std::byte, 16384> buffer{};
  while (const std::size_t size = source.read(buffer)) {
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
  return text;
}

}  // namespace mlrepro::ports
