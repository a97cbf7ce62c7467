// SPDX-License-Identifier: Apache-2.0
#include "storage/remote_packs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"
#include "storage/pack_writer.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::string_view k_suffix = ".pack";
// A pack that is longer, and of which the footer is damaged, is not looked through.
constexpr std::uint64_t k_largest_rebuilt = std::uint64_t{1024} * 1024 * 1024;

class RemoteBytes final : public PackBytes {
 public:
  RemoteBytes(const ports::Remote& remote, ports::RemoteFile file)
      : remote_(remote), file_(std::move(file))
  {
  }
  [[nodiscard]] std::uint64_t size() const override { return file_.bytes; }
  std::size_t read(std::uint64_t offset, std::span<std::byte> buffer) const override
  {
    return remote_.read(file_.name, offset, buffer);
  }

 private:
  const ports::Remote& remote_;
  ports::RemoteFile file_;
};

// "<id>.pack" or "<id>-<number>.pack".
std::optional<model::Digest> id_of(const std::string& name)
{
  constexpr std::size_t k_digits = 2 * model::Digest::k_size;
  std::string_view text = name;
  text.remove_prefix(std::string_view(k_remote_packs).size() + 1);
  if (text.size() < k_digits + k_suffix.size() || !text.ends_with(k_suffix)) {
    return std::nullopt;
  }
  const std::string_view number = text.substr(k_digits, text.size() - k_digits - k_suffix.size());
  if (!number.empty() && (number.front() != '-' || number.substr(1).find_first_not_of(
                                                       "0123456789") != std::string_view::npos)) {
    return std::nullopt;
  }
  return model::Digest::parse(text.substr(0, k_digits));
}

bool is_footer(const Bytes& bytes, const model::Digest& id)
{
  crypto::Sha256 hash;
  hash.update(bytes);
  return hash.finish() == id;
}

std::optional<Bytes> read_cached(const std::string& path, const model::Digest& id)
{
  try {
    const posix::FileDescriptor file = posix::open_file(path, O_RDONLY);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
      return std::nullopt;
    }
    Bytes bytes(static_cast<std::size_t>(status.st_size));
    if (posix::read_fully(file.get(), bytes, path) == bytes.size() && is_footer(bytes, id)) {
      return bytes;
    }
  } catch (const model::Error&) {
    // Not there, or no use: it is read from the remote.
  }
  return std::nullopt;
}

// A cache: not synced, and no error when it can't be written.
void write_cached(const std::string& folder, const std::string& path, const Bytes& footer)
{
  const std::string temporary = next_temporary(folder);
  try {
    posix::make_folders(folder, 0700);
    posix::FileDescriptor file = posix::open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    posix::write_fully(file.get(), footer, "write '" + temporary + "'");
    file.close("write '" + temporary + "'");
    if (::rename(temporary.c_str(), path.c_str()) == 0) {
      return;
    }
  } catch (const model::Error&) {
    // It is read again next time.
  }
  (void)::unlink(temporary.c_str());
}

std::optional<Bytes> read_footer(const PackBytes& bytes, const model::Digest& id)
{
  std::array<std::byte, k_trailer_size> last{};
  if (bytes.size() < last.size() || bytes.read(bytes.size() - last.size(), last) != last.size()) {
    return std::nullopt;
  }
  const auto trailer = fitting_trailer(last, bytes.size());
  if (!trailer || trailer->footer_digest != id) {
    return std::nullopt;
  }
  Bytes footer(trailer->footer_length);
  if (bytes.read(trailer->footer_offset, footer) != footer.size() || !is_footer(footer, id)) {
    return std::nullopt;
  }
  return footer;
}

// Of a whole pack with this footer: blocks, footer and trailer follow each other without gaps.
std::uint64_t size_of_pack(const Bytes& footer)
{
  const FooterView view(footer);
  std::uint64_t end = k_pack_header_size;
  for (std::uint32_t i = 0; i < view.block_count(); ++i) {
    const BlockEntry block = view.block(i);
    end = std::max(end, block.offset + block.length);
  }
  return end + footer.size() + k_trailer_size;
}

Bytes rebuild(const PackBytes& bytes)
{
  Bytes all(bytes.size() <= k_largest_rebuilt ? bytes.size() : 0);
  all.resize(bytes.read(0, all));
  return rebuild_footer(all);
}

std::shared_ptr<const Pack> open_pack(const ports::Remote& remote, const ports::RemoteFile& file,
                                      const model::Digest& id, const std::string& cache)
{
  auto bytes = std::make_unique<RemoteBytes>(remote, file);
  const std::string cached = cache.empty() ? "" : cache + "/" + id.hex();
  auto footer = cached.empty() ? std::nullopt : read_cached(cached, id);
  if (footer && size_of_pack(*footer) != file.bytes) {
    footer.reset();  // it was cut short since
  }
  if (!footer) {
    footer = read_footer(*bytes, id);
    if (footer && !cached.empty()) {
      write_cached(cache, cached, *footer);
    }
  }
  if (!footer) {
    footer = rebuild(*bytes);
  }
  return std::make_shared<const Pack>(remote.label() + ": " + file.name, std::move(bytes),
                                      std::move(*footer));
}

}  // namespace

std::string remote_pack_name(const model::Digest& id, unsigned copy)
{
  return std::string(k_remote_packs) + "/" + id.hex() +
         (copy == 1 ? "" : "-" + std::to_string(copy)) + std::string(k_suffix);
}

std::vector<std::shared_ptr<const Pack>> open_remote_packs(const ports::Remote& remote,
                                                           const std::string& cache)
{
  std::vector<std::shared_ptr<const Pack>> packs;
  for (const ports::RemoteFile& file : remote.list(k_remote_packs)) {
    if (const auto id = id_of(file.name)) {
      packs.push_back(open_pack(remote, file, *id, cache));
    }
  }
  return packs;
}

}  // namespace mlrepro::storage
