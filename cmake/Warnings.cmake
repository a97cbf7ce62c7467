# SPDX-License-Identifier: Apache-2.0
add_library(mlrepro_warnings INTERFACE)
target_compile_options(mlrepro_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-qual -Wformat=2 -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: std::string's operator+ with a literal on its left is reported at -O2.
  target_compile_options(mlrepro_warnings INTERFACE -Wno-restrict)
endif()
if(MLREPRO_BATCHES)
  # Both take the sources of a batch for headers.
  target_compile_options(mlrepro_warnings INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()
if(MLREPRO_WERROR)
  target_compile_options(mlrepro_warnings INTERFACE -Werror)
endif()
