// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "mlrepro/model/error.hpp"
#include "posix/file_lock.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"
#include "sqlite/functions.hpp"
#include "sqlite/sqlite_error.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

constexpr std::int64_t k_application_id = 0x6d6c7270;  // "mlrp"
constexpr int k_busy_timeout_ms = 60'000;
// Whoever opens the database first reads its log through, so that a longer one costs more each
// time than copying it costs once. In pages of 4 KiB.
constexpr int k_longest_log_pages = 250;
constexpr int k_longest_kept_log_pages = 2000;  // 8 MB

// The size of the file at `path`; absent when there is nothing.
std::optional<std::int64_t> file_size(const std::string& path)
{
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    posix::throw_errno("store '" + path + "'");
  }
  if (S_ISDIR(status.st_mode)) {
    throw model::Error(model::ErrorKind::io, "store '" + path + "': is a folder, not a database");
  }
  return status.st_size;
}

bool can_write(const std::string& path)
{
  return ::access(path.c_str(), W_OK) == 0 &&
         ::access(posix::parent_folder(path).c_str(), W_OK) == 0;
}

bool has_pending_log(const std::string& path)
{
  return file_size(path + "-wal").value_or(0) > 0;
}

// "file:" names are percent-decoded by SQLite.
std::string immutable_name(const std::string& path)
{
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string name = "file:";
  for (const char character : path) {
    if (character == '%' || character == '?' || character == '#') {
      const auto byte = static_cast<unsigned char>(character);
      name += '%';
      name += k_digits[byte >> 4U];
      name += k_digits[byte & 15U];
    } else {
      name += character;
    }
  }
  return name + "?immutable=1";
}

// Runs after a commit. Copies a long log into the database and empties it, unless others use it:
// then the next commit tries again.
int shorten_log(void*, sqlite3* handle, const char* schema, int pages)
{
  if (pages >= k_longest_log_pages) {
    sqlite3_busy_timeout(handle, 0);
    sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle, k_busy_timeout_ms);
  }
  return SQLITE_OK;
}

// The same where many commits follow each other: what is copied leaves the log as long as it is, so
// that no commit waits for the file to grow again.
int reuse_log(void*, sqlite3* handle, const char* schema, int pages)
{
  if (pages >= k_longest_kept_log_pages) {
    sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  return SQLITE_OK;
}

TemporaryFolder make_temporary_folder()
{
  std::string name = (std::filesystem::temp_directory_path() / "mlrepro-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    posix::throw_errno("make temporary folder '" + name + "'");
  }
  return TemporaryFolder(name);
}

void copy_file(const std::string& from, const std::string& to)
{
  std::error_code error;
  std::filesystem::copy_file(from, to, error);
  if (!error) {
    std::filesystem::permissions(
        to, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  }
  if (error) {
    throw posix::system_error(error.value(), "copy '" + from + "'");
  }
}

}  // namespace

TemporaryFolder::~TemporaryFolder()
{
  if (path_.empty()) {
    return;
  }
  try {
    posix::remove_tree(path_);
  } catch (const model::Error&) {
    // What stays lies in the system's folder for temporary files.
  }
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept
{
  path_.swap(other.path_);
  return *this;
}

void Database::Close::operator()(sqlite3* handle) const
{
  sqlite3_close_v2(handle);
}

Database::Database(std::string path, Handle handle, bool read_only)
    : path_(std::move(path)), handle_(std::move(handle)), read_only_(read_only)
{
}

Database::~Database() = default;
Database::Database(Database&&) noexcept = default;

Database& Database::operator=(Database&& other) noexcept
{
  if (this != &other) {
    statements_.reset();
    handle_ = std::move(other.handle_);  // before the copy that it has open goes
    copy_ = std::move(other.copy_);
    statements_ = std::move(other.statements_);
    path_ = std::move(other.path_);
    read_only_ = other.read_only_;
    refusal_ = std::move(other.refusal_);
    queue_ = std::move(other.queue_);
    queue_depth_ = std::exchange(other.queue_depth_, 0);
  }
  return *this;
}

Database::Handle Database::connect(const std::string& name, int flags, const std::string& path)
{
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK) {
    throw sqlite_error(code, raw, path);
  }
  if (const int added = add_functions(raw); added != SQLITE_OK) {
    throw sqlite_error(added, raw, path);
  }
  return handle;
}

Database Database::open(const std::string& path, Mode mode, const Migrations& steps)
{
  const bool exists = file_size(path).has_value();
  if (mode == Mode::read_only && !exists) {
    throw model::Error(model::ErrorKind::not_found, "store '" + path + "': no such file");
  }
  if (mode == Mode::read_only || (exists && !can_write(path))) {
    return open_unwritable(path, steps);
  }
  Database database(path, connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, path), false);
  try {
    database.configure();
    database.upgrade(steps);
  } catch (const model::Error& error) {
    if (!exists || !is_out_of_space(database.handle())) {
      throw;
    }
    // Even the index of the log needs some room; what only reads can do without it.
    Database readable = open_unwritable(path, steps);
    readable.refusal_ = error;
    return readable;
  }
  return database;
}

// A database in WAL mode can't be opened for reading where its index can't be written, unless
// nobody writes and nothing waits in the log; then what the file holds is all there is.
Database Database::open_unwritable(const std::string& path, const Migrations& steps)
{
  bool plain = true;
  try {
    Database database(path, connect(path, SQLITE_OPEN_READONLY, path), true);
    database.configure();
    if (database.version(steps) == steps.size()) {
      return database;
    }
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::io) {
      throw;
    }
    plain = false;
  }
  if (!plain && !has_pending_log(path)) {
    Database database(
        path, connect(immutable_name(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, path), true);
    database.configure();
    if (database.version(steps) == steps.size()) {
      return database;
    }
  }
  return open_copy(path, steps);
}

Database Database::open_copy(const std::string& path, const Migrations& steps)
{
  TemporaryFolder folder = make_temporary_folder();
  const std::string name = folder.path() + "/mlrepro.db";
  copy_file(path, name);
  if (has_pending_log(path)) {
    copy_file(path + "-wal", name + "-wal");
  }
  {
    Database writable(name, connect(name, SQLITE_OPEN_READWRITE, path), false);
    writable.configure();
    writable.upgrade(steps);
  }
  Database database(path, connect(name, SQLITE_OPEN_READONLY, path), true);
  database.copy_ = std::move(folder);
  database.configure();
  return database;
}

void Database::configure()
{
  sqlite3_extended_result_codes(handle(), 1);
  sqlite3_busy_timeout(handle(), k_busy_timeout_ms);
  // The log stays when the database is closed: to copy and remove it each time takes four syncs.
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_hook(handle(), shorten_log, nullptr);
  execute("PRAGMA foreign_keys = ON");
  execute("PRAGMA synchronous = FULL");
}

void Database::stay_open()
{
  statements_ = std::make_unique<StatementCache>();
  sqlite3_wal_hook(handle(), reuse_log, nullptr);
}

std::size_t Database::version(const Migrations& steps) const
{
  std::int64_t application = query_integer("PRAGMA application_id");
  const std::int64_t applied = query_integer("PRAGMA user_version");
  const bool empty = query_integer("SELECT count(*) FROM sqlite_schema") == 0;
  if (application == 0 && !(applied == 0 && empty)) {
    // Another process may have made the database between these questions.
    application = query_integer("PRAGMA application_id");
  }
  if (application != k_application_id && !(application == 0 && applied == 0 && empty)) {
    throw damaged_database(path_, "not an mlrepro database");
  }
  if (applied < 0) {
    throw damaged_database(path_, "impossible schema " + std::to_string(applied));
  }
  const auto known = static_cast<std::size_t>(applied);
  if (known > steps.size()) {
    throw model::Error(model::ErrorKind::conflict,
                       "store '" + path_ + "' was written by a newer mlrepro (schema " +
                           std::to_string(known) + ", this one knows " +
                           std::to_string(steps.size()) + ")",
                       "upgrade mlrepro");
  }
  return known;
}

void Database::upgrade(const Migrations& steps)
{
  if (version(steps) == steps.size()) {
    return;
  }
  const QueueTicket ticket(*this);
  const std::size_t applied = version(steps);  // somebody else may have been faster
  if (applied == 0) {
    // A file system without shared memory keeps the rollback journal, which is right too.
    (void)Statement(*this, "PRAGMA journal_mode = WAL").step();
  }
  for (std::size_t step = applied; step < steps.size(); ++step) {
    Transaction transaction(*this);
    execute(steps[step]);
    execute("PRAGMA application_id = " + std::to_string(k_application_id));
    execute("PRAGMA user_version = " + std::to_string(step + 1));
    transaction.commit();
  }
  posix::sync_folder(posix::parent_folder(path_));
}

void Database::execute(const std::string& sql)
{
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    throw sqlite_error(code, handle(), path_);
  }
}

std::int64_t Database::query_integer(const std::string& sql) const
{
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::last_row() const
{
  return sqlite3_last_insert_rowid(handle());
}

std::int64_t Database::changes() const
{
  return sqlite3_changes64(handle());
}

void Database::empty_log()
{
  sqlite3_busy_timeout(handle(), 0);
  (void)sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(handle(), k_busy_timeout_ms);
}

void Database::enter_queue()
{
  require_writable();
  if (queue_depth_ == 0) {
    const std::string name = posix::parent_folder(path_) + "/write.lock";
    posix::FileDescriptor file = posix::open_file(name, O_RDWR | O_CREAT, 0666);
    posix::lock_file(file.get(), posix::LockMode::exclusive, name);
    queue_ = std::move(file);
  }
  ++queue_depth_;
}

void Database::leave_queue() noexcept
{
  if (--queue_depth_ == 0) {
    queue_.reset();
  }
}

void Database::require_writable() const
{
  if (refusal_) {
    throw model::Error(*refusal_);
  }
  if (read_only_) {
    throw model::Error(model::ErrorKind::io, "store '" + path_ + "' is read-only");
  }
}

}  // namespace mlrepro::sqlite
