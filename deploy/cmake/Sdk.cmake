# What an embedder gets: `cmake --install build/release --component sdk` puts
# libdateline.so (hidden symbols, an SONAME), its headers and a CMake package
# under the prefix: find_package(dateline), link dateline::dateline. The
# component `programs` holds dateline and datelined.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# 0 while the API may change: libdateline.so.0.1 fits no other minor release.
set(abi ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(exports ${CMAKE_CURRENT_LIST_DIR}/exports.map)

# The API's own objects go in whole; what else they need comes from archives.
set(whole dateline_client dateline_base dateline_protos)
set(objects)
foreach(library ${whole})
  list(APPEND objects $<TARGET_OBJECTS:${library}>)
endforeach()
add_library(dateline_sdk SHARED ${objects})
set_target_properties(dateline_sdk PROPERTIES LINKER_LANGUAGE CXX)
target_link_libraries(dateline_sdk PRIVATE ${whole})
target_link_libraries(dateline_sdk INTERFACE absl::status absl::statusor
  absl::strings absl::time protobuf::libprotobuf)
target_compile_features(dateline_sdk INTERFACE cxx_std_20)
target_compile_definitions(dateline_sdk INTERFACE
  "DATELINE_EXPORT=__attribute__((visibility(\"default\")))")
set(include_dir ${CMAKE_INSTALL_INCLUDEDIR}/dateline-${abi})
target_include_directories(dateline_sdk INTERFACE $<INSTALL_INTERFACE:${include_dir}>)
target_link_options(dateline_sdk PRIVATE LINKER:--version-script=${exports} LINKER:--no-undefined)
set_target_properties(dateline_sdk PROPERTIES
  OUTPUT_NAME dateline EXPORT_NAME dateline LINK_DEPENDS ${exports}
  VERSION ${PROJECT_VERSION} SOVERSION ${abi})

install(TARGETS dateline_sdk EXPORT dateline COMPONENT sdk
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/client-core/include/ DESTINATION ${include_dir}
  COMPONENT sdk FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/sync/base DESTINATION ${include_dir}/sync
  COMPONENT sdk FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${CMAKE_BINARY_DIR}/protos/dateline DESTINATION ${include_dir}
  COMPONENT sdk FILES_MATCHING PATTERN "*.pb.h" PATTERN "*.grpc.pb.h" EXCLUDE)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dateline)
install(EXPORT dateline NAMESPACE dateline:: DESTINATION ${package_dir}
  FILE datelineTargets.cmake COMPONENT sdk)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/sdk/datelineConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/datelineConfig.cmake
  ${CMAKE_BINARY_DIR}/sdk/datelineConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT sdk)
foreach(program dateline datelined)
  if(TARGET ${program})
    install(TARGETS ${program} DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  endif()
endforeach()
