// SPDX-License-Identifier: Apache-2.0
#include "storage/content_upload.hpp"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "storage/remote_packs.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_compared = std::size_t{1024} * 1024;
// So many damaged copies of one pack, and the remote is given up.
constexpr unsigned k_copies = 100;
// Folders of a remote; some 30 MB of a file.
constexpr std::size_t k_remembered = 500'000;

class FileSource final : public ports::ByteSource {
 public:
  explicit FileSource(const std::string& path)
      : path_(path), file_(posix::open_file(path, O_RDONLY))
  {
  }
  std::size_t read(std::span<std::byte> buffer) override
  {
    return posix::read_fully(file_.get(), buffer, "read '" + path_ + "'");
  }

 private:
  std::string path_;
  posix::FileDescriptor file_;
};

// Whether the remote's file has the bytes of ours.
bool is_same(const ports::Remote& remote, const std::string& name, const std::string& path)
{
  FileSource ours(path);
  std::vector<std::byte> a(k_compared);
  std::vector<std::byte> b(k_compared);
  for (std::uint64_t at = 0;; at += k_compared) {
    const std::size_t size = ours.read(a);
    if (remote.read(name, at, b) != size ||
        !std::equal(a.begin(), a.begin() + std::ptrdiff_t(size), b.begin())) {
      return false;
    }
    if (size < k_compared) {
      return true;
    }
  }
}

}  // namespace

PackUpload::PackUpload(const std::string& packs, std::string temporary, ports::Remote& remote,
                       std::vector<std::shared_ptr<const Pack>> there)
    : temporary_(std::move(temporary)),
      remote_(remote),
      local_(packs),
      reader_(local_),
      remote_packs_("", std::move(there)),
      remote_reader_(remote_packs_),
      there_(remote_packs_.list()),
      closure_(local_, reader_),
      transfer_(reader_,
                {there_, temporary_, [this](SealedPack pack) { send_pack(std::move(pack)); }})
{
  posix::make_folders(temporary_, 0700);
  (void)local_.refresh();
}

void PackUpload::forbid(const std::set<model::Digest>& content)
{
  forbidden_ = content;
  closure_.forbid(content);
}

// Of a remote that has nothing, such as a bundle that is being written, there is nothing to
// remember.
void PackUpload::remember_in(std::string path)
{
  const auto packs = remote_.list(k_remote_packs);
  if (!packs.empty()) {
    memory_ = std::move(path);
    known_ = read_known_trees(memory_, packs);
    closure_.know(known_);
  }
}

void PackUpload::distrust_remote()
{
  trusted_ = false;
  known_.clear();
  closure_.know({});
}

void PackUpload::remember() const
{
  if (memory_.empty() || !transfer_.damaged().empty()) {
    return;
  }
  KnownTrees trees = known_;
  for (const RecordLocation& location : closure_.records()) {
    if (location.record.kind == RecordKind::tree && trees.size() < k_remembered) {
      trees.insert(location.record.key);
    }
  }
  if (trees.size() > known_.size()) {
    write_known_trees(memory_, remote_.list(k_remote_packs), trees);
  }
}

void PackUpload::add(const std::vector<ports::ContentRoot>& roots)
{
  if (const auto missing = closure_.add(roots)) {
    throw model::Error(model::ErrorKind::corrupt, *missing,
                       "'mlrepro verify' says what is damaged, 'mlrepro verify --repair' mends it "
                       "from copies");
  }
}

model::Digest PackUpload::add_document(std::string_view text)
{
  crypto::Sha256 hash;
  hash.update(text);
  const model::Digest digest = hash.finish();
  if (!remote_has(digest, RecordKind::blob) && documents_.insert(digest).second) {
    transfer_.add(RecordKind::blob, digest, std::as_bytes(std::span(text)));
    ++of_documents_.records;
    of_documents_.bytes += text.size();
  }
  return digest;
}

bool PackUpload::remote_has(const model::Digest& key, RecordKind kind) const
{
  if (!there_->find_whole(key, kind)) {
    return false;
  }
  try {
    if (!trusted_) {
      (void)remote_reader_.load(key, kind, strictest_check(kind));
    }
    return true;
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    return false;
  }
}

const TransferPlan& PackUpload::plan() const
{
  if (planned_ != closure_.records().size()) {
    plan_ = plan_transfer(
        closure_.records(),
        [this](const model::Digest& key, RecordKind kind) { return remote_has(key, kind); },
        Recipes::with_the_rest);
    planned_ = closure_.records().size();
  }
  return plan_;
}

ports::TransferSize PackUpload::size() const
{
  const ports::TransferSize content = plan().size;
  return {content.records + of_documents_.records, content.bytes + of_documents_.bytes};
}

void PackUpload::send(ports::Reporter& reporter)
{
  reporter.begin("pushing", size().bytes);
  for (const BlockToCopy& block : plan().blocks) {
    transfer_.copy(block);
    reporter.advance(block.records.size(), block.pack->footer().block(block.block).length);
  }
  transfer_.finish();
  remember();
  reporter.end();
}

std::optional<std::string> PackUpload::lacking(const std::vector<ports::ContentRoot>& roots)
{
  if (transfer_.damaged().empty()) {
    return std::nullopt;
  }
  if (!sent_) {
    sent_ = std::make_unique<ContentClosure>(local_, reader_);
    sent_->forbid(forbidden_);
    sent_->distrust(transfer_.damaged());
  }
  return sent_->add(roots);
}

// A name that is taken is most often taken by the same pack, of somebody who pushes the same.
void PackUpload::send_pack(SealedPack pack)
{
  const std::string& path = pack.pack()->path();
  for (unsigned copy = 1; copy <= k_copies; ++copy) {
    const std::string name = remote_pack_name(pack.id(), copy);
    FileSource content(path);
    if (remote_.write(name, content) || is_same(remote_, name, path)) {
      return;
    }
  }
  throw model::Error(model::ErrorKind::external,
                     remote_.label() + ": damages whatever is written to it");
}

}  // namespace mlrepro::storage
