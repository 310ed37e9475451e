# find_package(dateline): the target dateline::dateline.
include(CMakeFindDependencyMacro)
find_dependency(absl)
find_dependency(Protobuf)
include(${CMAKE_CURRENT_LIST_DIR}/datelineTargets.cmake)
