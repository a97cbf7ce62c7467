// SPDX-License-Identifier: Apache-2.0
#include "http/curl_api.hpp"

#include "mlrepro/model/error.hpp"
#include "posix/shared_library.hpp"

namespace mlrepro::http {
namespace {

// The same functions with OpenSSL and with GnuTLS; Git brings one of them.
posix::SharedLibrary load()
{
  const std::string how_to_get = "type 'apt-get install libcurl4'";
  try {
    return {"libcurl.so.4", how_to_get};
  } catch (const model::Error& error) {
    try {
      return {"libcurl-gnutls.so.4", how_to_get};
    } catch (const model::Error&) {
      throw error;
    }
  }
}

}  // namespace

const CurlApi& curl_api()
{
  static const CurlApi loaded = [] {
    const posix::SharedLibrary library = load();
    CurlApi api;
    library.resolve("curl_global_init", api.global_init);
    library.resolve("curl_easy_init", api.init);
    library.resolve("curl_easy_cleanup", api.cleanup);
    library.resolve("curl_easy_reset", api.reset);
    library.resolve("curl_easy_setopt", api.set);
    library.resolve("curl_easy_perform", api.perform);
    library.resolve("curl_easy_getinfo", api.get);
    library.resolve("curl_easy_strerror", api.describe);
    library.resolve("curl_slist_append", api.append);
    library.resolve("curl_slist_free_all", api.free_list);
    if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      throw model::Error(model::ErrorKind::external, "start libcurl: it refuses");
    }
    return api;
  }();
  return loaded;
}

}  // namespace mlrepro::http
