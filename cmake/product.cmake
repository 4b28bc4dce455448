# What is shipped: the libraries (only molglot_* exported), the program, examples, man page, pkg-config file.

# One relocatable object in which everything but molglot_* is made local (the templates of C++ headers would leak otherwise), so
# that the static library too exports molglot_* alone.
set(one_object ${CMAKE_BINARY_DIR}/molglot_one.o)
if(NOT MG_SANITIZE AND NOT MG_FUZZ AND NOT MG_COVERAGE)
  add_custom_command(OUTPUT ${one_object}
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${one_object} $<TARGET_OBJECTS:mg_objects>
    COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=molglot_* ${one_object}
    DEPENDS mg_objects $<TARGET_OBJECTS:mg_objects> COMMAND_EXPAND_LISTS VERBATIM)
  add_library(molglot_static STATIC ${one_object})
  set_target_properties(molglot_static PROPERTIES OUTPUT_NAME molglot LINKER_LANGUAGE C)
  target_include_directories(molglot_static PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>)
  target_link_libraries(molglot_static PUBLIC $<BUILD_INTERFACE:mg_deps>)
  install(TARGETS molglot_static ARCHIVE)
  add_executable(example_embed_static examples/embed.c)      # proves that the one object links
  target_link_libraries(example_embed_static PRIVATE molglot_static)
endif()

add_library(molglot_shared SHARED $<TARGET_OBJECTS:mg_objects>)
set_target_properties(molglot_shared PROPERTIES OUTPUT_NAME molglot VERSION ${PROJECT_VERSION} SOVERSION 0 LINKER_LANGUAGE C EXPORT_NAME molglot)
target_include_directories(molglot_shared PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_link_libraries(molglot_shared PRIVATE mg_flags mg_deps)
target_link_options(molglot_shared PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/exports.map)

file(GLOB cli_sources CONFIGURE_DEPENDS src/app/cmd/*.c src/app/cli/*.c src/app/cli/*.cc)
file(GLOB server_sources CONFIGURE_DEPENDS src/app/server/*.c)
foreach(text cli/page.css cli/page.js cmd/explain.css cmd/explain.js cmd/map.css cmd/map.js server/page.html server/page.css server/page.js)
  set(bytes ${CMAKE_BINARY_DIR}/generated/app/${text}.h)
  add_custom_command(OUTPUT ${bytes}
    COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_SOURCE_DIR}/src/app/${text} -DOUT=${bytes} -P ${CMAKE_SOURCE_DIR}/cmake/bytes.cmake
    DEPENDS src/app/${text} cmake/bytes.cmake VERBATIM)
  if(text MATCHES "^server")
    list(APPEND server_sources ${bytes})
  else()
    list(APPEND cli_sources ${bytes})
  endif()
endforeach()
# The server, over molglot.h alone: a library, for its fuzz target too.
add_library(mg_server STATIC ${server_sources})
target_include_directories(mg_server PRIVATE ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(mg_server PUBLIC mg_flags PkgConfig::JANSSON PkgConfig::MICROHTTPD)
add_executable(molglot ${cli_sources})
target_include_directories(molglot PRIVATE ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(molglot PRIVATE mg_server mg_internal)

if(NOT MG_FUZZ)
  foreach(example embed search text2mol)
    add_executable(example_${example} examples/${example}.c)
    target_link_libraries(example_${example} PRIVATE molglot_shared $<$<BOOL:${MG_SANITIZE}>:mg_flags>)
  endforeach()
endif()

set(PC_REQUIRES "")
string(REGEX REPLACE "[^/]+" ".." MG_PC_UP "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
configure_file(cmake/molglot.pc.in molglot.pc @ONLY)
install(TARGETS molglot RUNTIME)
install(TARGETS molglot_shared EXPORT molglot LIBRARY)
if(TARGET molglot_cuda)
  install(TARGETS molglot_cuda LIBRARY DESTINATION lib/molglot)      # where tensor/cuda/load.c looks
endif()
if(TARGET molglot_mpi)
  install(TARGETS molglot_mpi LIBRARY DESTINATION lib/molglot)       # where base/plugin.c looks
endif()
install(FILES include/molglot.h TYPE INCLUDE)
install(FILES ${CMAKE_BINARY_DIR}/molglot.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES docs/molglot.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
file(GLOB models CONFIGURE_DEPENDS models/*.safetensors)       # a file a part
install(FILES ${models} models/molglot.md examples/library.tsv DESTINATION ${CMAKE_INSTALL_DATADIR}/molglot OPTIONAL)
install(FILES LICENSE THIRD_PARTY.md RESPONSIBLE_USE.md TYPE DOC)

# find_package(molglot) gives the target molglot::molglot.
include(CMakePackageConfigHelpers)
set(MG_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/molglot)
install(EXPORT molglot FILE molglotConfig.cmake NAMESPACE molglot:: DESTINATION ${MG_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/molglotConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/molglotConfigVersion.cmake DESTINATION ${MG_CMAKE_DIR})

# What a shell offers after TAB.
install(FILES tools/completion/molglot.bash RENAME molglot DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES tools/completion/_molglot DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

include(cmake/package.cmake)
