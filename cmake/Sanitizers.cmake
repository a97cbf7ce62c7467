# SPDX-License-Identifier: Apache-2.0
add_library(mlrepro_sanitizers INTERFACE)
if(MLREPRO_SANITIZE)
  target_compile_options(mlrepro_sanitizers INTERFACE
    -fsanitize=${MLREPRO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mlrepro_sanitizers INTERFACE -fsanitize=${MLREPRO_SANITIZE})
endif()

if(MLREPRO_FUZZ)
  # Not "unreachable": toml++ 3.3 tells Unicode's white space by a switch that leaves some letters
  # out, and would stop each fuzzer at the first of them.
  target_compile_options(mlrepro_sanitizers INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=unreachable -fno-sanitize-recover=all)
  target_link_options(mlrepro_sanitizers INTERFACE -fsanitize=address,undefined)
endif()
