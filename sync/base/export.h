// What libdateline.so shows; all else in it is hidden (deploy/cmake/Sdk.cmake).
// The build defines the same for the messages that protoc makes, so the text
// must stay equal to that in deploy/cmake/Dateline.cmake.
#ifndef DATELINE_SYNC_BASE_EXPORT_H_
#define DATELINE_SYNC_BASE_EXPORT_H_

#ifndef DATELINE_EXPORT
#define DATELINE_EXPORT __attribute__((visibility("default")))
#endif

#endif  // DATELINE_SYNC_BASE_EXPORT_H_
