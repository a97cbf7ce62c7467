# SPDX-License-Identifier: Apache-2.0
# With MLREPRO_BATCHES, sources are compiled several at once: most of the time of compiling one goes
# to its headers. A batch lies within one folder, so that names that files keep to themselves must
# only differ within their folder.
set(unity_sources_a_batch 8)
function(batch_by_folder target)
  if(NOT MLREPRO_BATCHES)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source ${ARGN})
    get_filename_component(folder ${source} DIRECTORY)
    file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${folder})
    string(MAKE_C_IDENTIFIER "${folder}" key)
    if(NOT DEFINED count_${key})
      set(count_${key} 0)
    endif()
    math(EXPR batch "${count_${key}} / ${unity_sources_a_batch}")
    math(EXPR count_${key} "${count_${key}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${key}_${batch}")
  endforeach()
endfunction()
