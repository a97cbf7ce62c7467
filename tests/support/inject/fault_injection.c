// SPDX-License-Identifier: Apache-2.0
// Preloaded into mlrepro by the functional tests: counts the calls that change or read files, and
// at the chosen one kills the process, fails the call or does only half of it. SQLite, libgit2 and
// the C++ library are shared objects, so that their calls come through here too. Calls that libc
// makes inside itself (stdio, opendir) do not.
//
//   MLREPRO_INJECT          count | kill | kill-after | tear | fail | short
//                           tear: half of a write happens, then the kill
//   MLREPRO_INJECT_AT       the number of the call, from 1 on; 0 for none
//   MLREPRO_INJECT_UNTIL    the last one (default: the same; fail and short only)
//   MLREPRO_INJECT_ERRNO    for fail
//   MLREPRO_INJECT_CALLS    which are counted, by commas: create (opening for writing), write,
//   sync,
//                           name (rename, link, mkdir, chmod), remove, open (for reading), read,
//                           map, lock, process (fork, pipe)
//   MLREPRO_INJECT_UNDER    only calls on files at or below this path
//   MLREPRO_INJECT_TRACE    append one line a counted call: number, name, path
//   MLREPRO_INJECT_NO_EXCHANGE  as on a file system that knows no flags of renameat2
//   MLREPRO_INJECT_PROGRAM  act only in the process that runs this file
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum class_of_call {
  CREATE = 1,
  WRITE = 2,
  SYNC = 4,
  NAME = 8,
  REMOVE = 16,
  OPEN_TO_READ = 32,
  READ = 64,
  MAP = 128,
  LOCK = 256,
  PROCESS = 512
};
enum action { NOTHING, COUNT, KILL, KILL_AFTER, TEAR, FAIL, SHORT };
// What to do with the call at hand.
enum fate { PASS, ERROR, HALF, HALF_THEN_DIE, DIE_AFTER };

static enum action action;
static pid_t owner;
static long number;
static long first;
static long last;
static int error_number;
static unsigned classes;
static char under[PATH_MAX];
static int no_exchange;
static int trace = -1;
static __thread int busy;

static void* next(const char* name)
{
  void* found = dlsym(RTLD_NEXT, name);
  if (found == NULL) {
    _exit(99);
  }
  return found;
}

// One pointer a function, looked up at its first call.
#define REAL(result, name, ...)       \
  static result (*real)(__VA_ARGS__); \
  if (real == NULL) {                 \
    *(void**)(&real) = next(#name);   \
  }

static const char* setting(const char* name)
{
  const char* value = getenv(name);
  return value == NULL ? "" : value;
}

static unsigned parse_classes(const char* text)
{
  static const char* const words[] = {"create", "write", "sync", "name", "remove",
                                      "open",   "read",  "map",  "lock", "process"};
  unsigned found = 0;
  while (*text != '\0') {
    const size_t size = strcspn(text, ",");
    for (unsigned i = 0; i < sizeof words / sizeof *words; ++i) {
      if (strlen(words[i]) == size && strncmp(text, words[i], size) == 0) {
        found |= 1U << i;
      }
    }
    text += size + (text[size] == ',' ? 1 : 0);
  }
  return found;
}

static enum action parse_action(const char* text)
{
  static const char* const words[] = {"", "count", "kill", "kill-after", "tear", "fail", "short"};
  for (int i = 1; i <= SHORT; ++i) {
    if (strcmp(text, words[i]) == 0) {
      return (enum action)i;
    }
  }
  return NOTHING;
}

static int runs_program(const char* program)
{
  char self[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (size < 0) {
    return 0;
  }
  self[size] = '\0';
  return strcmp(self, program) == 0;
}

__attribute__((constructor)) static void set_up(void)
{
  if (!runs_program(setting("MLREPRO_INJECT_PROGRAM"))) {
    return;
  }
  const enum action chosen = parse_action(setting("MLREPRO_INJECT"));
  first = atol(setting("MLREPRO_INJECT_AT"));
  const char* until = setting("MLREPRO_INJECT_UNTIL");
  last = *until == '\0' ? first : atol(until);
  error_number = atoi(setting("MLREPRO_INJECT_ERRNO"));
  classes = parse_classes(setting("MLREPRO_INJECT_CALLS"));
  snprintf(under, sizeof under, "%s", setting("MLREPRO_INJECT_UNDER"));
  no_exchange = *setting("MLREPRO_INJECT_NO_EXCHANGE") != '\0';
  const char* file = setting("MLREPRO_INJECT_TRACE");
  if (*file != '\0') {
    REAL(int, open, const char*, int, ...);
    trace =
        fcntl(real(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), F_DUPFD_CLOEXEC, 900);
  }
  // The command under `mlrepro run` is not to see any of this.
  static const char* const names[] = {"LD_PRELOAD",
                                      "MLREPRO_INJECT",
                                      "MLREPRO_INJECT_AT",
                                      "MLREPRO_INJECT_UNTIL",
                                      "MLREPRO_INJECT_ERRNO",
                                      "MLREPRO_INJECT_CALLS",
                                      "MLREPRO_INJECT_UNDER",
                                      "MLREPRO_INJECT_TRACE",
                                      "MLREPRO_INJECT_PROGRAM",
                                      "MLREPRO_INJECT_NO_EXCHANGE"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    unsetenv(names[i]);
  }
  owner = getpid();
  action = chosen;
}

static void die(void)
{
  kill(getpid(), SIGKILL);
  _exit(99);
}

static void path_of_descriptor(int fd, char* path)
{
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  path[size < 0 ? 0 : size] = '\0';
}

static void path_at(int folder, const char* name, char* path)
{
  if (name == NULL || *name == '/') {
    snprintf(path, PATH_MAX, "%s", name == NULL ? "" : name);
    return;
  }
  char base[PATH_MAX] = "";
  if (folder == AT_FDCWD) {
    if (getcwd(base, sizeof base) == NULL) {
      base[0] = '\0';
    }
  } else {
    path_of_descriptor(folder, base);
  }
  if (snprintf(path, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) {
    path[0] = '\0';
  }
}

static int is_meant(const char* path)
{
  const size_t size = strlen(under);
  return size == 0 ||
         (strncmp(path, under, size) == 0 && (path[size] == '\0' || path[size] == '/'));
}

static enum fate decide(enum class_of_call kind, const char* name, const char* path)
{
  if ((classes & (unsigned)kind) == 0 || !is_meant(path)) {
    return PASS;
  }
  const long now = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
  if (trace >= 0) {
    dprintf(trace, "%ld %s %s\n", now, name, path);
  }
  if (now < first || now > last || action == COUNT) {
    return PASS;
  }
  switch (action) {
    case KILL:
      die();
      return PASS;
    case KILL_AFTER:
      return DIE_AFTER;
    case TEAR:
      return HALF_THEN_DIE;
    case FAIL:
      return ERROR;
    case SHORT:
      return HALF;
    default:
      return PASS;
  }
}

// The guard process that mlrepro forks is left alone, and so is what this file itself calls.
static int is_watching(void)
{
  return action != NOTHING && busy == 0 && getpid() == owner;
}

static enum fate ask_at(enum class_of_call kind, const char* name, int folder, const char* given)
{
  if (!is_watching()) {
    return PASS;
  }
  const int saved = errno;
  busy = 1;
  char path[PATH_MAX];
  path_at(folder, given, path);
  const enum fate fate = decide(kind, name, path);
  busy = 0;
  errno = saved;
  return fate;
}

static enum fate ask_fd(enum class_of_call kind, const char* name, int fd)
{
  if (!is_watching()) {
    return PASS;
  }
  const int saved = errno;
  busy = 1;
  char path[PATH_MAX];
  path_of_descriptor(fd, path);
  const enum fate fate = decide(kind, name, path);
  busy = 0;
  errno = saved;
  return fate;
}

static size_t portion(enum fate fate, size_t size)
{
  return (fate == HALF || fate == HALF_THEN_DIE) && size > 1 ? size / 2 : size;
}

#define FINISH(type, call)                            \
  do {                                                \
    if (fate == ERROR) {                              \
      errno = error_number;                           \
      return (type)-1;                                \
    }                                                 \
    const type answer = (call);                       \
    if (fate == DIE_AFTER || fate == HALF_THEN_DIE) { \
      die();                                          \
    }                                                 \
    return answer;                                    \
  } while (0)

// ---- on a descriptor, with a length that can be cut
#define TRANSFER(kind, result, name, declaration, types, fd, size, call) \
  result name declaration                                                \
  {                                                                      \
    REAL(result, name, types);                                           \
    const enum fate fate = ask_fd(kind, #name, fd);                      \
    const size_t part = portion(fate, size);                             \
    FINISH(result, real call);                                           \
  }
#define LIST(...) __VA_ARGS__

TRANSFER(WRITE, ssize_t, write, (int fd, const void* data, size_t size),
         LIST(int, const void*, size_t), fd, size, (fd, data, part))
TRANSFER(WRITE, ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at),
         LIST(int, const void*, size_t, off_t), fd, size, (fd, data, part, at))
TRANSFER(WRITE, ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t at),
         LIST(int, const void*, size_t, off64_t), fd, size, (fd, data, part, at))
TRANSFER(WRITE, ssize_t, sendfile, (int fd, int in, off_t* at, size_t size),
         LIST(int, int, off_t*, size_t), fd, size, (fd, in, at, part))
TRANSFER(WRITE, ssize_t, sendfile64, (int fd, int in, off64_t* at, size_t size),
         LIST(int, int, off64_t*, size_t), fd, size, (fd, in, at, part))
TRANSFER(WRITE, ssize_t, copy_file_range,
         (int in, off64_t* in_at, int fd, off64_t* at, size_t size, unsigned flags),
         LIST(int, off64_t*, int, off64_t*, size_t, unsigned), fd, size,
         (in, in_at, fd, at, part, flags))
TRANSFER(READ, ssize_t, read, (int fd, void* data, size_t size), LIST(int, void*, size_t), fd, size,
         (fd, data, part))
TRANSFER(READ, ssize_t, pread, (int fd, void* data, size_t size, off_t at),
         LIST(int, void*, size_t, off_t), fd, size, (fd, data, part, at))
TRANSFER(READ, ssize_t, pread64, (int fd, void* data, size_t size, off64_t at),
         LIST(int, void*, size_t, off64_t), fd, size, (fd, data, part, at))
TRANSFER(READ, ssize_t, __read_chk, (int fd, void* data, size_t size, size_t room),
         LIST(int, void*, size_t, size_t), fd, size, (fd, data, part, room))
TRANSFER(READ, ssize_t, __pread64_chk, (int fd, void* data, size_t size, off64_t at, size_t room),
         LIST(int, void*, size_t, off64_t, size_t), fd, size, (fd, data, part, at, room))

// ---- on a descriptor, whole
#define ON_FD(kind, result, name, declaration, types, fd, call) \
  result name declaration                                       \
  {                                                             \
    REAL(result, name, types);                                  \
    const enum fate fate = ask_fd(kind, #name, fd);             \
    FINISH(result, real call);                                  \
  }

ON_FD(WRITE, ssize_t, writev, (int fd, const struct iovec* parts, int count),
      LIST(int, const struct iovec*, int), fd, (fd, parts, count))
ON_FD(WRITE, ssize_t, pwritev, (int fd, const struct iovec* parts, int count, off_t at),
      LIST(int, const struct iovec*, int, off_t), fd, (fd, parts, count, at))
ON_FD(SYNC, int, fsync, (int fd), LIST(int), fd, (fd))
ON_FD(SYNC, int, fdatasync, (int fd), LIST(int), fd, (fd))
ON_FD(SYNC, int, syncfs, (int fd), LIST(int), fd, (fd))
ON_FD(SYNC, int, sync_file_range, (int fd, off64_t at, off64_t size, unsigned flags),
      LIST(int, off64_t, off64_t, unsigned), fd, (fd, at, size, flags))
ON_FD(WRITE, int, ftruncate, (int fd, off_t size), LIST(int, off_t), fd, (fd, size))
ON_FD(WRITE, int, ftruncate64, (int fd, off64_t size), LIST(int, off64_t), fd, (fd, size))
ON_FD(WRITE, int, fallocate, (int fd, int mode, off_t at, off_t size), LIST(int, int, off_t, off_t),
      fd, (fd, mode, at, size))
ON_FD(WRITE, int, fallocate64, (int fd, int mode, off64_t at, off64_t size),
      LIST(int, int, off64_t, off64_t), fd, (fd, mode, at, size))
ON_FD(NAME, int, fchmod, (int fd, mode_t mode), LIST(int, mode_t), fd, (fd, mode))
ON_FD(LOCK, int, flock, (int fd, int operation), LIST(int, int), fd, (fd, operation))

// ---- on names
#define ON_NAME(kind, name, declaration, types, folder, path, call) \
  int name declaration                                              \
  {                                                                 \
    REAL(int, name, types);                                         \
    const enum fate fate = ask_at(kind, #name, folder, path);       \
    FINISH(int, real call);                                         \
  }

ON_NAME(NAME, rename, (const char* from, const char* to), LIST(const char*, const char*), AT_FDCWD,
        to, (from, to))
ON_NAME(NAME, renameat, (int a, const char* from, int b, const char* to),
        LIST(int, const char*, int, const char*), b, to, (a, from, b, to))

int renameat2(int a, const char* from, int b, const char* to, unsigned flags)
{
  REAL(int, renameat2, int, const char*, int, const char*, unsigned);
  if (no_exchange && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  const enum fate fate = ask_at(NAME, "renameat2", b, to);
  FINISH(int, real(a, from, b, to, flags));
}

ON_NAME(NAME, link, (const char* from, const char* to), LIST(const char*, const char*), AT_FDCWD,
        to, (from, to))
ON_NAME(NAME, linkat, (int a, const char* from, int b, const char* to, int flags),
        LIST(int, const char*, int, const char*, int), b, to, (a, from, b, to, flags))
ON_NAME(NAME, symlink, (const char* target, const char* path), LIST(const char*, const char*),
        AT_FDCWD, path, (target, path))
ON_NAME(NAME, symlinkat, (const char* target, int folder, const char* path),
        LIST(const char*, int, const char*), folder, path, (target, folder, path))
ON_NAME(REMOVE, unlink, (const char* path), LIST(const char*), AT_FDCWD, path, (path))
ON_NAME(REMOVE, unlinkat, (int folder, const char* path, int flags), LIST(int, const char*, int),
        folder, path, (folder, path, flags))
ON_NAME(REMOVE, rmdir, (const char* path), LIST(const char*), AT_FDCWD, path, (path))
ON_NAME(NAME, mkdir, (const char* path, mode_t mode), LIST(const char*, mode_t), AT_FDCWD, path,
        (path, mode))
ON_NAME(NAME, mkdirat, (int folder, const char* path, mode_t mode), LIST(int, const char*, mode_t),
        folder, path, (folder, path, mode))
ON_NAME(NAME, chmod, (const char* path, mode_t mode), LIST(const char*, mode_t), AT_FDCWD, path,
        (path, mode))
ON_NAME(WRITE, truncate, (const char* path, off_t size), LIST(const char*, off_t), AT_FDCWD, path,
        (path, size))

// ---- opening
static enum class_of_call class_of_open(int flags)
{
  const int changes = O_CREAT | O_TRUNC;
  return (flags & O_ACCMODE) != O_RDONLY || (flags & changes) != 0 ? CREATE : OPEN_TO_READ;
}

#define TAKE_MODE(flags)                                            \
  mode_t mode = 0;                                                  \
  if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    mode = va_arg(rest, mode_t);                                    \
    va_end(rest);                                                   \
  }

#define OPEN(name)                                                              \
  int name(const char* path, int flags, ...)                                    \
  {                                                                             \
    TAKE_MODE(flags)                                                            \
    REAL(int, name, const char*, int, ...);                                     \
    const enum fate fate = ask_at(class_of_open(flags), #name, AT_FDCWD, path); \
    FINISH(int, real(path, flags, mode));                                       \
  }
#define OPEN_AT(name)                                                         \
  int name(int folder, const char* path, int flags, ...)                      \
  {                                                                           \
    TAKE_MODE(flags)                                                          \
    REAL(int, name, int, const char*, int, ...);                              \
    const enum fate fate = ask_at(class_of_open(flags), #name, folder, path); \
    FINISH(int, real(folder, path, flags, mode));                             \
  }

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

int __open_2(const char* path, int flags)
{
  REAL(int, __open_2, const char*, int);
  const enum fate fate = ask_at(class_of_open(flags), "open", AT_FDCWD, path);
  FINISH(int, real(path, flags));
}

int __open64_2(const char* path, int flags)
{
  REAL(int, __open64_2, const char*, int);
  const enum fate fate = ask_at(class_of_open(flags), "open64", AT_FDCWD, path);
  FINISH(int, real(path, flags));
}

// ---- what runs out apart from space
pid_t fork(void)
{
  REAL(pid_t, fork, void);
  const enum fate fate = ask_at(PROCESS, "fork", AT_FDCWD, "/");
  FINISH(pid_t, real());
}

int pipe2(int ends[2], int flags)
{
  REAL(int, pipe2, int*, int);
  const enum fate fate = ask_at(PROCESS, "pipe2", AT_FDCWD, "/");
  FINISH(int, real(ends, flags));
}

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t at)
{
  REAL(void*, mmap, void*, size_t, int, int, int, off_t);
  const enum fate fate = fd < 0 ? PASS : ask_fd(MAP, "mmap", fd);
  if (fate == ERROR) {
    errno = error_number;
    return MAP_FAILED;
  }
  return real(address, size, protection, flags, fd, at);
}

void* mmap64(void* address, size_t size, int protection, int flags, int fd, off64_t at)
{
  return mmap(address, size, protection, flags, fd, at);
}
