#include "sync/model/fields.h"

#include "gtest/gtest.h"

namespace dateline::sync {
namespace {

TEST(FieldsTest, ANumberAndANameMeanOneField) {
  int known = 0;
  for (uint32_t field = 0; field < 1000; ++field) {
    const FieldInfo* info = FindField(field);
    if (info == nullptr) continue;
    ++known;
    EXPECT_EQ(FindField(info->kind, info->name), info) << info->name;
  }
  EXPECT_GE(known, 38);
  EXPECT_EQ(FindField(0), nullptr);
  EXPECT_EQ(FindField(DocumentKind::kReport, "nothing"), nullptr);
}

}  // namespace
}  // namespace dateline::sync
