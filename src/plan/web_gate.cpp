// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/web_gate.hpp"

#include <algorithm>
#include <cstdint>

#include "mlrepro/model/ascii.hpp"

namespace mlrepro::plan {
namespace {

std::string_view trimmed(std::string_view text)
{
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::string_view without_port(std::string_view host)
{
  const std::size_t colon = host.rfind(':');
  const bool within_brackets =
      host.find(']', colon == std::string_view::npos ? 0 : colon) != std::string_view::npos;
  return colon == std::string_view::npos || within_brackets ? host : host.substr(0, colon);
}

bool is_allowed_host(const WebRules& rules, std::string_view host)
{
  const std::string name = model::lower_case(host);
  return std::any_of(
      rules.allowed_hosts.begin(), rules.allowed_hosts.end(),
      [&](const std::string& allowed) { return allowed == name || allowed == without_port(name); });
}

bool changes_something(std::string_view method)
{
  return method != "GET" && method != "HEAD";
}

// A page of ours has the very Host that it was got from.
bool is_own_origin(std::string_view origin, std::string_view host)
{
  const std::string own = model::lower_case(host);
  const std::string given = model::lower_case(origin);
  return given == "http://" + own || given == "https://" + own;
}

std::optional<WebRefusal> refuse_host(const WebRules& rules, const WebOrigin& origin)
{
  if (origin.hosts.size() != 1) {
    return WebRefusal{400, "BAD_REQUEST", "A request has exactly one Host."};
  }
  if (!is_allowed_host(rules, origin.hosts.front())) {
    return WebRefusal{403, "PERMISSION_DENIED",
                      "Invalid Host header: this server does not go by that name. Start it with "
                      "--allowed-hosts to add one."};
  }
  return std::nullopt;
}

bool shows_a_secret(const WebRules& rules, std::string_view authorization)
{
  const std::size_t space = authorization.find(' ');
  const std::string scheme = model::lower_case(authorization.substr(0, space));
  const std::string_view shown =
      space == std::string_view::npos ? std::string_view() : trimmed(authorization.substr(space));
  bool known = false;
  if (scheme == "bearer") {
    for (const std::string& token : rules.tokens) {
      known = same_secret(shown, token) || known;
    }
  } else if (scheme == "basic") {
    const auto pair = decode_base64(shown);
    for (const std::string& allowed : rules.basic_pairs) {
      known = (pair && same_secret(*pair, allowed)) || known;
    }
  }
  return known;
}

std::optional<WebRefusal> refuse_stranger(const WebRules& rules, const WebOrigin& origin)
{
  if (rules.tokens.empty() && rules.basic_pairs.empty()) {
    return std::nullopt;
  }
  if (origin.authorizations.size() == 1 && shows_a_secret(rules, origin.authorizations.front())) {
    return std::nullopt;
  }
  return WebRefusal{401, "UNAUTHENTICATED",
                    rules.tokens.empty()
                        ? "You are not authenticated. Set MLFLOW_TRACKING_USERNAME and "
                          "MLFLOW_TRACKING_PASSWORD."
                        : "You are not authenticated. Set MLFLOW_TRACKING_TOKEN."};
}

std::optional<WebRefusal> refuse_other_site(const WebOrigin& origin)
{
  if (!changes_something(origin.method)) {
    return std::nullopt;
  }
  const bool foreign = std::any_of(
      origin.origins.begin(), origin.origins.end(),
      [&](const std::string& one) { return !is_own_origin(one, origin.hosts.front()); });
  const bool cross_site =
      std::any_of(origin.fetch_sites.begin(), origin.fetch_sites.end(), [](const auto& site) {
        return model::lower_case(site) != "same-origin" && model::lower_case(site) != "none";
      });
  if (foreign || cross_site) {
    return WebRefusal{403, "PERMISSION_DENIED",
                      "Cross-origin request: pages of other sites may not change anything here."};
  }
  return std::nullopt;
}

std::string_view media_type(std::string_view content_type)
{
  return trimmed(content_type.substr(0, content_type.find(';')));
}

}  // namespace

std::optional<WebRefusal> refuse(const WebRules& rules, const WebOrigin& origin)
{
  if (auto refusal = refuse_host(rules, origin)) {
    return refusal;
  }
  if (auto refusal = refuse_stranger(rules, origin)) {
    return refusal;
  }
  return refuse_other_site(origin);
}

bool is_json_type(std::string_view content_type)
{
  return model::lower_case(media_type(content_type)) == "application/json";
}

bool is_form_type(std::string_view content_type)
{
  const std::string type = model::lower_case(media_type(content_type));
  return type.empty() || type == "text/plain" || type == "multipart/form-data" ||
         type == "application/x-www-form-urlencoded";
}

bool same_secret(std::string_view given, std::string_view secret)
{
  std::size_t difference = given.size() ^ secret.size();
  for (std::size_t at = 0; at < given.size(); ++at) {
    const char other = secret.empty() ? '\0' : secret[at % secret.size()];
    difference |= static_cast<unsigned char>(given[at] ^ other);
  }
  return difference == 0 && !secret.empty();
}

std::optional<std::string> decode_base64(std::string_view text)
{
  constexpr std::string_view k_alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); at += 4) {
    const std::string_view group = text.substr(at, 4);
    const std::size_t digits = group.find('=') == std::string_view::npos ? 4 : group.find('=');
    const bool last = at + 4 == text.size();
    if (digits < 2 || (digits < 4 && !last) ||
        group.substr(digits).find_first_not_of('=') != std::string_view::npos) {
      return std::nullopt;
    }
    std::uint32_t bits = 0;
    for (std::size_t digit = 0; digit < 4; ++digit) {
      const std::size_t value = digit < digits ? k_alphabet.find(group[digit]) : 0;
      if (value == std::string_view::npos) {
        return std::nullopt;
      }
      bits = bits << 6U | static_cast<std::uint32_t>(value);
    }
    for (std::size_t byte = 0; byte + 1 < digits; ++byte) {
      decoded += static_cast<char>(bits >> (16U - 8U * byte) & 0xffU);
    }
  }
  return decoded;
}

}  // namespace mlrepro::plan
