// SPDX-License-Identifier: Apache-2.0
#include "cli/server_access.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::size_t k_shortest_token = 16;
constexpr std::size_t k_shortest_password = 8;
constexpr std::size_t k_longest_file = 64 * 1024;

std::string read_secrets(const std::string& option, const std::string& path,
                         ports::Reporter& reporter)
{
  const posix::FileDescriptor file = posix::open_file(path, O_RDONLY);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    posix::throw_errno("stat '" + path + "'");
  }
  if ((status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    reporter.warn(option + " '" + path + "': others can read it; chmod 600 keeps it secret");
  }
  std::string text(k_longest_file + 1, '\0');
  text.resize(posix::read_fully(file.get(), std::as_writable_bytes(std::span(text)),
                                "read '" + path + "'"));
  if (text.size() > k_longest_file) {
    throw Error(ErrorKind::usage, option + " '" + path + "': longer than 64 KiB",
                "write one secret a line");
  }
  return text;
}

// Lines that are not empty and do not begin with '#'.
std::vector<std::string> words_of(const std::string& text)
{
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find('\n', begin);
    end = end == std::string::npos ? text.size() : end;
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    if (!line.empty() && !line.starts_with('#')) {
      words.push_back(std::move(line));
    }
    begin = end + 1;
  }
  return words;
}

std::vector<std::string> read_tokens(const std::string& path, ports::Reporter& reporter)
{
  auto tokens = words_of(read_secrets("--auth-token-file", path, reporter));
  for (const std::string& token : tokens) {
    if (token.size() < k_shortest_token || token.find_first_of(" \t") != std::string::npos) {
      throw Error(
          ErrorKind::usage,
          "--auth-token-file '" + path + "': a token has at least 16 characters, and no space",
          "make one with: openssl rand -hex 32");
    }
  }
  if (tokens.empty()) {
    throw Error(ErrorKind::usage, "--auth-token-file '" + path + "': no token in it",
                "make one with: openssl rand -hex 32");
  }
  return tokens;
}

std::vector<std::string> read_pairs(const std::string& path, ports::Reporter& reporter)
{
  auto pairs = words_of(read_secrets("--basic-auth-file", path, reporter));
  for (const std::string& pair : pairs) {
    const std::size_t colon = pair.find(':');
    if (colon == std::string::npos || colon == 0 || pair.size() - colon - 1 < k_shortest_password) {
      throw Error(ErrorKind::usage,
                  "--basic-auth-file '" + path +
                      "': a line is USER:PASSWORD, with a password of at least 8 characters");
    }
  }
  if (pairs.empty()) {
    throw Error(ErrorKind::usage, "--basic-auth-file '" + path + "': no user in it",
                "write a line USER:PASSWORD");
  }
  return pairs;
}

}  // namespace

plan::WebRules read_access(const AccessOptions& options, ports::Reporter& reporter)
{
  plan::WebRules rules;
  rules.allowed_hosts = {"localhost", "127.0.0.1", "[::1]"};
  for (const std::string& host : options.allowed_hosts) {
    if (host.empty() || host.find_first_of("/ *@") != std::string::npos) {
      throw Error(ErrorKind::usage, "--allowed-hosts '" + host + "': not a host",
                  "name hosts as clients do, such as ml.example.org or ml.example.org:5000");
    }
    rules.allowed_hosts.push_back(model::lower_case(host));
  }
  if (!options.token_file.empty()) {
    rules.tokens = read_tokens(options.token_file, reporter);
  }
  if (!options.basic_file.empty()) {
    rules.basic_pairs = read_pairs(options.basic_file, reporter);
  }
  return rules;
}

}  // namespace mlrepro::cli
