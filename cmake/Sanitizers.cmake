# SPDX-License-Identifier: Apache-2.0
add_library(mlrepro_sanitizers INTERFACE)
if(MLREPRO_SANITIZE)
  target_compile_options(mlrepro_sanitizers INTERFACE
    -fsanitize=${MLREPRO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mlrepro_sanitizers INTERFACE -fsanitize=${MLREPRO_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What sanitizers insert makes GCC take an empty boost::optional for one that was never written.
    set_source_files_properties(src/server/request_reader.cpp
      PROPERTIES COMPILE_OPTIONS -Wno-maybe-uninitialized)
  endif()
endif()

if(MLREPRO_FUZZ)
  # Not "unreachable": toml++ 3.3 tells Unicode's white space by a switch that leaves some letters
  # out, and would stop each fuzzer at the first of them.
  target_compile_options(mlrepro_sanitizers INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=unreachable -fno-sanitize-recover=all)
  target_link_options(mlrepro_sanitizers INTERFACE -fsanitize=address,undefined)
endif()
