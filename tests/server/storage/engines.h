// Every engine of storage, for the conformance suites.
#ifndef DATELINE_TESTS_SERVER_STORAGE_ENGINES_H_
#define DATELINE_TESTS_SERVER_STORAGE_ENGINES_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/storage/sqlite/truth.h"
#include "server/storage/sqlite/view.h"
#include "server/storage/storage.h"
#include "sync/base/status_macros.h"
#include "tests/support/author.h"

namespace dateline::testing {

struct Engine {
  std::string name;
  // Opens what is in the folder, or makes it.
  std::function<absl::StatusOr<server::Storage>(const std::string& folder)>
      open;
};

inline absl::StatusOr<server::Storage> OpenSqlite(const std::string& folder) {
  server::Storage storage;
  DATELINE_ASSIGN_OR_RETURN(
      storage.truth,
      server::OpenSqliteTruth(
          {.path = folder + "/truth.db",
           .organization = IdNumber<sync::OrganizationId>(1),
           .first_state = {.epoch = IdNumber<sync::EpochId>(7),
                           .incarnation = 0xFFFFFFFFFFFFFFF7u}}));
  DATELINE_ASSIGN_OR_RETURN(
      storage.view, server::OpenSqliteView({.path = folder + "/view.db"}));
  return storage;
}

inline std::vector<Engine> AllEngines() { return {{"sqlite", OpenSqlite}}; }

inline std::string EngineName(
    const ::testing::TestParamInfo<Engine>& parameter) {
  return parameter.param.name;
}

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_STORAGE_ENGINES_H_
