// SPDX-License-Identifier: Apache-2.0
#include "posix/mapped_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "posix/system_error.hpp"

namespace mlrepro::posix {

MappedFile::MappedFile(int fd, std::uint64_t offset, std::size_t size, const std::string& what)
{
  if (size == 0) {
    return;
  }
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t start = offset / page * page;
  mapped_ = size + static_cast<std::size_t>(offset - start);
  address_ = ::mmap(nullptr, mapped_, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(start));
  if (address_ == MAP_FAILED) {
    address_ = nullptr;
    throw_errno(what);
  }
  bytes_ = std::span(static_cast<const std::byte*>(address_) + (offset - start), size);
}

MappedFile::~MappedFile()
{
  if (address_ != nullptr) {
    (void)::munmap(address_, mapped_);
  }
}

}  // namespace mlrepro::posix
