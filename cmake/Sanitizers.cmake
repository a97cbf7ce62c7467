# SPDX-License-Identifier: Apache-2.0
add_library(mlrepro_sanitizers INTERFACE)
if(MLREPRO_SANITIZE)
  target_compile_options(mlrepro_sanitizers INTERFACE
    -fsanitize=${MLREPRO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mlrepro_sanitizers INTERFACE -fsanitize=${MLREPRO_SANITIZE})
endif()

if(MLREPRO_FUZZ)
  target_compile_options(mlrepro_sanitizers INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(mlrepro_sanitizers INTERFACE -fsanitize=address,undefined)
endif()
