# SPDX-License-Identifier: Apache-2.0
# Which form of each library is linked. Loading five shared libraries and resolving their symbols
# takes three times as long as everything else that a short command does.
set(crypto_library OpenSSL::Crypto)
set(sqlite_library SQLite::SQLite3)
set(yaml_library yaml-cpp)
set(zstd_library PkgConfig::zstd)
set(static_runtime)
set(quick_start_options)

function(use_static variable archive)
  find_library(static_${variable} NAMES ${archive})
  if(static_${variable})
    set(${variable}_library ${static_${variable}} PARENT_SCOPE)
  else()
    message(STATUS "${archive} is not here: the shared library is linked instead")
  endif()
endfunction()

if(MLREPRO_STATIC_LIBRARIES)
  use_static(crypto libcrypto.a)
  use_static(sqlite libsqlite3.a)
  use_static(yaml libyaml-cpp.a)
  use_static(zstd libzstd.a)
  set(static_runtime -static-libstdc++ -static-libgcc)
  # Nothing of the archives is seen by libraries that are loaded later, which may bring their own.
  set(quick_start_options -Wl,--gc-sections -Wl,--exclude-libs,ALL)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -Wl,-z,pack-relative-relocs has_packed_relocations)
  if(has_packed_relocations)
    list(APPEND quick_start_options -Wl,-z,pack-relative-relocs)
  endif()
endif()
