// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_blocks.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "analysis/unpacked_source.hpp"
#include "mlrepro/format/json_text.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::analysis {
namespace {

constexpr std::size_t k_block = std::size_t{1} << 21;
// A record that does not fit is left to the engine, which says so where it is too long for it, too,
// and has room for all that do (csv_relation.cpp).
constexpr std::size_t k_longest_block = std::size_t{1} << 22;

bool is_ascii(std::string_view text)
{
  std::uint64_t all = 0;
  std::size_t at = 0;
  for (; at + sizeof all <= text.size(); at += sizeof all) {
    std::uint64_t some = 0;
    std::memcpy(&some, text.data() + at, sizeof some);
    all |= some;
  }
  for (; at < text.size(); ++at) {
    all |= static_cast<unsigned char>(text[at]);
  }
  return (all & 0x8080808080808080U) == 0;
}

// Behind the last line end outside of quotes, of text that begins outside; 0 where there is none.
// Right for plain CSV, and whoever reads the block finds out what is not plain.
std::size_t end_of_records(std::string_view text)
{
  if (std::memchr(text.data(), '"', text.size()) == nullptr) {
    return text.rfind('\n') + 1;
  }
  bool quoted = std::count(text.begin(), text.end(), '"') % 2 != 0;
  for (std::size_t at = text.size(); at > 0; --at) {
    if (text[at - 1] == '"') {
      quoted = !quoted;
    } else if (text[at - 1] == '\n' && !quoted) {
      return at;
    }
  }
  return 0;
}

}  // namespace

CsvBlocks::CsvBlocks(const CsvReader& reader, const CsvFiles& files)
    : form_{files.delimiter, files.columns, std::max(reader.threads, 1U)},
      open_next_([&reader, &files, opened = std::size_t{0}]() mutable {
        return opened == files.paths.size() ? std::unique_ptr<ports::ByteSource>()
                                            : reader.files.open(files.paths[opened++]);
      })
{
}

CsvBlocks::CsvBlocks(const CsvForm& form, std::string begun, ports::ByteSource& content)
    : form_(form), open_next_([begun = std::move(begun), &content, opened = false]() mutable {
        return std::exchange(opened, true)
                   ? std::unique_ptr<ports::ByteSource>()
                   : std::make_unique<BegunSource>(std::move(begun), content);
      })
{
}

bool CsvBlocks::each_record(const Visit& visit)
{
  versioning::WorkPool pool(form_.threads);
  pool.run(form_.threads, [&](std::size_t worker) { work(worker, visit); });
  return plain_ && !(lf_ && crlf_);
}

void CsvBlocks::work(std::size_t worker, const Visit& visit)
{
  for (Block block; next(block);) {
    read_block(block, visit, worker);
  }
}

void CsvBlocks::give_up()
{
  plain_ = false;
  source_.reset();
  ended_ = true;
}

// The next whole records, which one thread at a time cuts out.
bool CsvBlocks::next(Block& block)
{
  const std::scoped_lock lock(mutex_);
  block.begins_file = false;
  if (ended_) {
    return false;
  }
  if (source_ == nullptr) {
    source_ = open_next_();
    ended_ = source_ == nullptr;
    block.begins_file = true;
  }
  if (ended_) {
    return false;
  }
  block.text.swap(rest_);
  rest_.clear();
  return cut(block.text);
}

// What failed once is not asked again, by whichever thread.
std::size_t CsvBlocks::read_next(std::span<char> buffer)
{
  try {
    return source_->read(std::as_writable_bytes(buffer));
  } catch (...) {
    give_up();
    throw;
  }
}

// Fills up `text` and leaves behind what is no whole record.
bool CsvBlocks::cut(std::string& text)
{
  while (true) {
    std::size_t size = text.size();
    text.resize(std::min(std::max(k_block, 2 * size), k_longest_block));
    std::size_t read = 1;
    while (size < text.size() && read > 0) {
      read = read_next(std::span(text).subspan(size));
      size += read;
    }
    text.resize(size);
    if (read == 0) {
      source_.reset();
      return true;
    }
    if (const std::size_t end = end_of_records(text); end > 0) {
      rest_ = text.substr(end);
      text.resize(end);
      return true;
    }
    if (size >= k_longest_block) {
      give_up();
      return false;
    }
  }
}

void CsvBlocks::read_block(Block& block, const Visit& visit, std::size_t worker)
{
  plan::CsvRows rows(block.text, form_.delimiter, form_.columns);
  std::vector<std::string_view> cells;
  bool plain = is_ascii(block.text) || format::is_utf8(block.text);
  plain = plain && (!block.begins_file || rows.next(cells));
  while (plain && rows.next(cells)) {
    visit(worker, cells);
  }
  const std::scoped_lock lock(mutex_);
  lf_ = lf_ || rows.ends_in_lf();
  crlf_ = crlf_ || rows.ends_in_crlf();
  if (!plain || !rows.plain()) {
    give_up();
  }
}

}  // namespace mlrepro::analysis
