// The tables of a phone's store; SCHEMA.md says what each column means, and a
// test holds it to what is here.
#ifndef DATELINE_CLIENT_CORE_STORE_SCHEMA_H_
#define DATELINE_CLIENT_CORE_STORE_SCHEMA_H_

#include <cstdint>
#include <string>
#include <vector>

namespace dateline::client {

// Forward only; the number of those applied is the file's user_version.
std::vector<std::string> Migrations();

// Raised whenever the same changes would give other views, rows or search
// words; a store of another number builds its views again from the truth.
constexpr int64_t kViewVersion = 1;

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_SCHEMA_H_
