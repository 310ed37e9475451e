// A server's storage: truth and view apart. Engines live in one folder each
// (sqlite/) behind the conformance suite of tests/server/storage.
#ifndef DATELINE_SERVER_STORAGE_STORAGE_H_
#define DATELINE_SERVER_STORAGE_STORAGE_H_

#include <memory>

#include "server/storage/truth.h"
#include "server/storage/view.h"

namespace dateline::server {

struct Storage {
  std::unique_ptr<Truth> truth;
  std::unique_ptr<View> view;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_STORAGE_H_
