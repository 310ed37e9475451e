#include "server/ingest/admission.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/model/fields.h"
#include "tests/server/desk_room.h"
#include "tests/support/author.h"

namespace dateline {
namespace {

using sync::DocumentKind;
using sync::Lane;
using sync::PermissionClass;
using testing::Author;
using testing::DeskRoom;
using testing::IdNumber;
using testing::LanePart;

// An op of each class, in the lane where it stands.
LanePart OpOf(PermissionClass permission) {
  LanePart fact(Lane::kFact);
  LanePart notice(Lane::kNotice);
  switch (permission) {
    case PermissionClass::kContent:
      return fact.Put(sync::kHeadline, "h").Class(permission);
    case PermissionClass::kAttest:
      fact.Op().mutable_same_as()->set_statement(std::string(12, 's'));
      return fact.Class(permission);
    case PermissionClass::kStop:
      notice.Op().mutable_stop()->set_what(v1::STOP_KIND_HOLD);
      return notice.Class(permission);
    case PermissionClass::kDecide:
      fact.Op().mutable_request()->set_what(v1::REQUEST_KIND_SPIKE);
      return fact.Class(permission);
    case PermissionClass::kAdminister:
      notice.Op().mutable_redact()->add_changes(std::string(32, 'r'));
      return notice.Class(permission);
  }
  return fact;
}

class AdmissionTest : public ::testing::Test {
 protected:
  v1::HeldReason JudgeOne(Author& author, const LanePart& part,
                          DocumentKind kind = DocumentKind::kReport,
                          std::optional<server::DocumentOrigin> origin = {}) {
    const auto change = author.SaveOne(kDocument, kind, part);
    return server::Judge({.change = *change,
                          .structure = part.structure,
                          .roster = *room_.core().roster().Get(),
                          .origin = origin});
  }

  const sync::DocumentId kDocument = IdNumber<sync::DocumentId>(1);
  DeskRoom room_;
};

TEST_F(AdmissionTest, EachRoleMayWriteExactlyItsClasses) {
  const struct {
    v1::Role role;
    PermissionClass highest;
  } table[] = {
      {v1::ROLE_STRINGER, PermissionClass::kContent},
      {v1::ROLE_REPORTER, PermissionClass::kContent},
      {v1::ROLE_EDITOR, PermissionClass::kDecide},
      {v1::ROLE_CUSTODIAN, PermissionClass::kDecide},
      {v1::ROLE_ADMIN, PermissionClass::kAdminister},
      {v1::ROLE_AUDITOR, PermissionClass{}},
  };
  uint8_t number = 1;
  for (const auto& row : table) {
    Author author(number++);
    room_.Join(author, row.role);
    for (const PermissionClass permission :
         {PermissionClass::kContent, PermissionClass::kAttest,
          PermissionClass::kStop, PermissionClass::kDecide,
          PermissionClass::kAdminister}) {
      SCOPED_TRACE(absl::StrCat(v1::Role_Name(row.role), ", class ",
                                static_cast<int>(permission)));
      EXPECT_EQ(JudgeOne(author, OpOf(permission)),
                permission <= row.highest ? v1::HELD_REASON_UNSPECIFIED
                                          : v1::HELD_REASON_ROLE);
    }
  }
}

TEST_F(AdmissionTest, NobodyButHomeDecidesOrJudges) {
  Author admin(1);
  room_.Join(admin, v1::ROLE_ADMIN);
  LanePart decision(Lane::kFact);
  decision.Op().mutable_decision()->set_what(v1::DECISION_PUBLISHED);
  EXPECT_EQ(JudgeOne(admin, decision.Class(PermissionClass::kDecide)),
            v1::HELD_REASON_ROLE);
  LanePart verdict(Lane::kNotice);
  verdict.Op().mutable_verdict()->set_what(v1::ADMISSION_RELEASED);
  EXPECT_EQ(JudgeOne(admin, verdict.Class(PermissionClass::kAdminister)),
            v1::HELD_REASON_ROLE);
}

TEST_F(AdmissionTest, AClassThatNobodyKnowsIsHeld) {
  Author admin(1);
  room_.Join(admin, v1::ROLE_ADMIN);
  EXPECT_EQ(JudgeOne(admin, OpOf(PermissionClass::kContent)
                                .Class(static_cast<PermissionClass>(9))),
            v1::HELD_REASON_UNKNOWN_CLASS);
}

TEST_F(AdmissionTest, AHeaderThatClaimsLessThanItsOpsNeedIsHeld) {
  Author editor(1);
  room_.Join(editor, v1::ROLE_EDITOR);
  EXPECT_EQ(
      JudgeOne(editor,
               OpOf(PermissionClass::kStop).Class(PermissionClass::kContent)),
      v1::HELD_REASON_ROLE);
}

TEST_F(AdmissionTest, AnOpThatNobodyKnowsPassesByItsHeadersClass) {
  Author reporter(1);
  room_.Join(reporter, v1::ROLE_REPORTER);
  LanePart unknown(Lane::kFact);
  unknown.Op()
      .GetReflection()
      ->MutableUnknownFields(&unknown.Op())
      ->AddVarint(900, 1);
  EXPECT_EQ(JudgeOne(reporter, unknown), v1::HELD_REASON_UNSPECIFIED);
  EXPECT_EQ(JudgeOne(reporter, unknown.Class(PermissionClass::kDecide)),
            v1::HELD_REASON_ROLE);
}

TEST_F(AdmissionTest, WhoIsNoMemberOrSpeaksForAnotherIsHeld) {
  Author stranger(1);
  EXPECT_EQ(JudgeOne(stranger, OpOf(PermissionClass::kContent)),
            v1::HELD_REASON_MEMBERSHIP);
  Author reporter(2);
  room_.Join(reporter, v1::ROLE_REPORTER);
  reporter.person = IdNumber<sync::PersonId>(99);
  EXPECT_EQ(JudgeOne(reporter, OpOf(PermissionClass::kContent)),
            v1::HELD_REASON_MEMBERSHIP);
}

TEST_F(AdmissionTest, WhoSaysThatADocumentIsOfAnotherKindIsHeld) {
  Author reporter(1);
  room_.Join(reporter, v1::ROLE_REPORTER);
  const LanePart words = OpOf(PermissionClass::kContent);
  const server::DocumentOrigin report{.kind = DocumentKind::kReport,
                                      .creator = IdNumber<sync::PersonId>(7)};
  EXPECT_EQ(JudgeOne(reporter, words, DocumentKind::kReport, report),
            v1::HELD_REASON_UNSPECIFIED);
  EXPECT_EQ(JudgeOne(reporter, words, DocumentKind::kStatement, report),
            v1::HELD_REASON_ROLE);
  const server::DocumentOrigin unknown{.kind = DocumentKind::kReport};
  EXPECT_EQ(JudgeOne(reporter, words, DocumentKind::kStatement, unknown),
            v1::HELD_REASON_UNSPECIFIED)
      << "nobody has begun it here yet";
}

TEST_F(AdmissionTest, AStringerWritesOnlyWhatHeBegan) {
  Author stringer(1);
  room_.Join(stringer, v1::ROLE_STRINGER);
  const LanePart words = OpOf(PermissionClass::kContent);
  EXPECT_EQ(JudgeOne(stringer, words), v1::HELD_REASON_UNSPECIFIED);
  EXPECT_EQ(JudgeOne(stringer, words, DocumentKind::kReport,
                     server::DocumentOrigin{.creator = stringer.person}),
            v1::HELD_REASON_UNSPECIFIED);
  EXPECT_EQ(
      JudgeOne(stringer, words, DocumentKind::kReport,
               server::DocumentOrigin{.creator = IdNumber<sync::PersonId>(7)}),
      v1::HELD_REASON_ROLE);
  EXPECT_EQ(JudgeOne(stringer, words, DocumentKind::kSource),
            v1::HELD_REASON_ROLE);
}

}  // namespace
}  // namespace dateline
