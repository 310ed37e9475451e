# How every target of the project is built: options, packages, warnings,
# sanitizers, precompiled headers, and the functions that rooms call:
#   dateline_library(NAME SRCS ... DEPS ... [PCH base|grpc])
#   dateline_binary(NAME SRCS ... DEPS ...)
#   dateline_test(NAME SRCS ... DEPS ... [TIMEOUT s])
#   dateline_fuzzer(NAME SRCS ... DEPS ... [CORPUS folder])
#   dateline_add_test(NAME COMMAND ... [TIMEOUT s])   for what is no program of ours

option(DATELINE_TESTS "Build the test suite" ON)
option(DATELINE_FUZZ "Build the libFuzzer targets" OFF)
set(DATELINE_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# One flag for all, so that programs and libraries share precompiled headers.
add_compile_options(-fPIC)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
# Asserts are ours (DATELINE_CHECK) and stay on; -O1 keeps the dev suite quick.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")

find_program(DATELINE_CCACHE ccache)
if(DATELINE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime)
  # A user may have no home, or one that cannot be written to.
  execute_process(RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET
    COMMAND ${DATELINE_CCACHE} ${CMAKE_CXX_COMPILER} -x c++ -c /dev/null -o ${CMAKE_BINARY_DIR}/probe.o)
  if(failed)
    message(STATUS "ccache cannot write where it is set up to: it keeps its files in build/ccache")
    list(APPEND launcher CCACHE_DIR=${CMAKE_SOURCE_DIR}/build/ccache)
  endif()
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher} ${DATELINE_CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
find_program(DATELINE_PROTOC protoc REQUIRED)
find_program(DATELINE_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)

add_library(dateline_options INTERFACE)
target_include_directories(dateline_options INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/client-core/include
  ${CMAKE_BINARY_DIR}/protos)
target_link_libraries(dateline_options INTERFACE Threads::Threads)
# Marks what libdateline.so shows; sync/base/export.h says the same.
target_compile_definitions(dateline_options INTERFACE
  "DATELINE_EXPORT=__attribute__((visibility(\"default\")))")
target_link_options(dateline_options INTERFACE -fuse-ld=lld)
if(DATELINE_SANITIZE)
  target_compile_options(dateline_options INTERFACE
    -fsanitize=${DATELINE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(dateline_options INTERFACE -fsanitize=${DATELINE_SANITIZE})
endif()
# How much longer than in a dev build a test may take.
set(DATELINE_SLOWNESS 1)
if(DATELINE_SANITIZE MATCHES thread)
  set(DATELINE_SLOWNESS 10)
  # What is inlined from libraries whose other half is not instrumented.
  target_compile_options(dateline_options INTERFACE
    -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/tests/support/tsan.ignore)
elseif(DATELINE_SANITIZE)
  set(DATELINE_SLOWNESS 5)
endif()
if(DATELINE_FUZZ)
  target_compile_options(dateline_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

add_library(dateline_warnings INTERFACE)
target_compile_options(dateline_warnings INTERFACE
  -Wall -Wextra -Werror -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-unused-parameter -Wno-sign-compare)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(dateline_warnings INTERFACE
    -Wthread-safety -Wno-deprecated-declarations)
  # A PCH that carries its own time would never be found in ccache again.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()

# Two precompiled headers, each built once and reused by every target.
function(dateline_pch name)
  cmake_parse_arguments(A "" "" "HEADERS;DEPS" ${ARGN})
  set(stub ${CMAKE_BINARY_DIR}/pch/${name}.cc)
  if(NOT EXISTS ${stub})
    file(WRITE ${stub} "")
  endif()
  add_library(${name} OBJECT ${stub})
  target_link_libraries(${name} PUBLIC dateline_options PRIVATE dateline_warnings)
  target_link_libraries(${name} PUBLIC ${A_DEPS})
  target_precompile_headers(${name} PRIVATE ${A_HEADERS})
endfunction()
dateline_pch(dateline_pch_base
  HEADERS <algorithm> <functional> <map> <memory> <optional> <string> <utility>
          <variant> <vector> <absl/container/btree_map.h>
          <absl/container/btree_set.h> <absl/container/flat_hash_map.h>
          <absl/status/status.h> <absl/status/statusor.h>
          <absl/strings/str_cat.h> <absl/strings/str_format.h>
          <absl/time/time.h>
  DEPS absl::statusor absl::strings absl::time absl::btree absl::flat_hash_map)
dateline_pch(dateline_pch_grpc
  HEADERS <functional> <map> <memory> <string> <vector> <grpcpp/grpcpp.h>
          <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h>
  DEPS PkgConfig::GRPC absl::statusor absl::strings absl::time)

function(dateline_target_ name pch)
  target_link_libraries(${name} PRIVATE dateline_warnings)
  if(pch STREQUAL "grpc")
    target_precompile_headers(${name} REUSE_FROM dateline_pch_grpc)
  elseif(NOT pch STREQUAL "none")
    target_precompile_headers(${name} REUSE_FROM dateline_pch_base)
  endif()
endfunction()

function(dateline_library name)
  cmake_parse_arguments(A "" "PCH" "SRCS;DEPS" ${ARGN})
  add_library(${name} STATIC ${A_SRCS})
  target_link_libraries(${name} PUBLIC dateline_options ${A_DEPS})
  dateline_target_(${name} "${A_PCH}")
endfunction()

function(dateline_binary name)
  cmake_parse_arguments(A "" "PCH" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${A_SRCS})
  target_link_libraries(${name} PRIVATE dateline_options ${A_DEPS})
  dateline_target_(${name} "${A_PCH}")
endfunction()

# Registers a command as a test, 120 s unless TIMEOUT says more (of a dev build;
# a sanitizer's are longer). A report of a sanitizer fails it.
function(dateline_add_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "COMMAND" ${ARGN})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  set(watch)
  if(DATELINE_SANITIZE)
    set(watch ${CMAKE_SOURCE_DIR}/tests/support/sanitized
      ${CMAKE_BINARY_DIR}/results/${name}.report)
  endif()
  add_test(NAME ${name} COMMAND ${watch} ${A_COMMAND})
  math(EXPR seconds "${A_TIMEOUT} * ${DATELINE_SLOWNESS}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${seconds}
    ENVIRONMENT "DATELINE_SLOWNESS=${DATELINE_SLOWNESS}")
endfunction()

function(dateline_test name)
  cmake_parse_arguments(A "" "PCH;TIMEOUT" "SRCS;DEPS" ${ARGN})
  dateline_binary(${name} SRCS ${A_SRCS} DEPS ${A_DEPS} GTest::gmock_main PCH ${A_PCH})
  dateline_add_test(${name} TIMEOUT ${A_TIMEOUT} COMMAND $<TARGET_FILE:${name}>
    --gtest_output=xml:${CMAKE_BINARY_DIR}/results/${name}.xml)
endfunction()

# SRCS define LLVMFuzzerTestOneInput. Under the fuzz preset this is a libFuzzer
# program (`build/fuzz/.../NAME -max_total_time=60 CORPUS`); otherwise a test
# that replays every file of tests/fuzz/corpus/NAME, which must not be empty.
function(dateline_fuzzer name)
  cmake_parse_arguments(A "" "PCH;CORPUS" "SRCS;DEPS" ${ARGN})
  if(NOT A_CORPUS)
    set(A_CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
  if(DATELINE_FUZZ)
    dateline_binary(${name} SRCS ${A_SRCS} DEPS ${A_DEPS} PCH ${A_PCH})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    dateline_add_test(${name} COMMAND $<TARGET_FILE:${name}> -runs=0 ${A_CORPUS})
  else()
    dateline_binary(${name} SRCS ${A_SRCS} ${CMAKE_SOURCE_DIR}/tests/support/replay_main.cc
      DEPS ${A_DEPS} PCH ${A_PCH})
    dateline_add_test(${name} COMMAND $<TARGET_FILE:${name}> ${A_CORPUS})
  endif()
endfunction()
