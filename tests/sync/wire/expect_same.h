// Compares what came out of a pack with what went in, byte for byte.
#ifndef DATELINE_TESTS_SYNC_WIRE_EXPECT_SAME_H_
#define DATELINE_TESTS_SYNC_WIRE_EXPECT_SAME_H_

#include <vector>

#include "gtest/gtest.h"
#include "sync/wire/pack.h"

namespace dateline::testing {

inline void ExpectSame(const sync::Change& got, const sync::Change& want) {
  EXPECT_EQ(got.hash, want.hash);
  EXPECT_EQ(got.head(), want.head());
  EXPECT_EQ(got.previous, want.previous);
  EXPECT_EQ(got.holding, want.holding);
  EXPECT_EQ(got.header, want.header);
  EXPECT_EQ(got.header_bytes, want.header_bytes);
  EXPECT_EQ(got.structure, want.structure);
  EXPECT_EQ(got.salt, want.salt);
  EXPECT_EQ(got.content, want.content);
  EXPECT_EQ(got.content_hash, want.content_hash);
}

inline void ExpectSame(const std::vector<sync::RunOfChanges>& got,
                       const std::vector<sync::RunOfChanges>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].feed, want[i].feed);
    EXPECT_EQ(got[i].signature, want[i].signature);
    ASSERT_EQ(got[i].changes.size(), want[i].changes.size());
    for (size_t k = 0; k < got[i].changes.size(); ++k) {
      ExpectSame(got[i].changes[k], want[i].changes[k]);
    }
    EXPECT_EQ(got[i].changes.back().signature, want[i].signature);
  }
}

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_WIRE_EXPECT_SAME_H_
