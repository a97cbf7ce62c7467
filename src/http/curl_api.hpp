// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

namespace mlrepro::http {

// Every function of libcurl that mlrepro calls.
struct CurlApi {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) init = nullptr;
  decltype(&::curl_easy_cleanup) cleanup = nullptr;
  decltype(&::curl_easy_reset) reset = nullptr;
  decltype(&::curl_easy_setopt) set = nullptr;
  decltype(&::curl_easy_perform) perform = nullptr;
  decltype(&::curl_easy_getinfo) get = nullptr;
  decltype(&::curl_easy_strerror) describe = nullptr;
  decltype(&::curl_slist_append) append = nullptr;
  decltype(&::curl_slist_free_all) free_list = nullptr;
};

// libcurl, loaded into the process by the first call: few commands need it, and it brings thirty
// libraries along. Throws Error{external} where it is not installed. It stays loaded.
const CurlApi& curl_api();

}  // namespace mlrepro::http
