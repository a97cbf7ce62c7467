# SPDX-License-Identifier: Apache-2.0
# The page of `--html`, made from web/ and linked in. It needs Node.js and the packages that
# web/package-lock.json names (scripts/install-deps build); without them the program is built all the
# same and says so when a page is asked for.
set(MLREPRO_WEB_MODULES ${CMAKE_SOURCE_DIR}/build/web/node_modules CACHE PATH
  "The folder with the packages of web/package-lock.json")
find_program(MLREPRO_NODE NAMES node nodejs HINTS ${CMAKE_SOURCE_DIR}/build/node/bin)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/web/package-lock.json)

set(report_template ${CMAKE_CURRENT_BINARY_DIR}/generated/report_template.cpp)
if(MLREPRO_NODE AND EXISTS ${MLREPRO_WEB_MODULES}/esbuild/package.json)
  file(GLOB web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*.mjs
    ${CMAKE_SOURCE_DIR}/web/*.html ${CMAKE_SOURCE_DIR}/web/src/*.js ${CMAKE_SOURCE_DIR}/web/src/*.css)
  add_custom_command(OUTPUT ${report_template}
    COMMAND ${MLREPRO_NODE} ${CMAKE_SOURCE_DIR}/web/build.mjs --modules ${MLREPRO_WEB_MODULES}
      --html ${CMAKE_CURRENT_BINARY_DIR}/generated/report_template.html --cpp ${report_template}
    DEPENDS ${web_sources} ${CMAKE_SOURCE_DIR}/web/package-lock.json
    COMMENT "Making the page of HTML reports" VERBATIM)
else()
  message(STATUS "Node.js or the packages of web/ are not here: no HTML reports "
    "(scripts/install-deps build)")
  file(CONFIGURE OUTPUT ${report_template} @ONLY CONTENT
"#include \"format/report_template.hpp\"
const unsigned char mlrepro::format::k_report_template[] = {0};
const std::size_t mlrepro::format::k_report_template_size = 0;
")
endif()
