// Changes that are well made, by people who may not make them: kept, held by
// home's verdict, without effect, and served as stubs.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sync/model/fields.h"
#include "tests/server/hostile/hostile.h"

namespace dateline::testing {
namespace {

using sync::Lane;
using sync::PermissionClass;

class AdmissionTest : public HostileTest {
 protected:
  // What a reader gets of a document, without the record of what was held.
  static std::string Read(const Member& editor,
                          const sync::DocumentId& document) {
    v1::Document now = room().Document(editor, document);
    now.clear_held();
    now.clear_heads();
    now.clear_unknown_ops();
    return now.DebugString();
  }
  // The verdict on `change` that `outcome` brought, if any.
  static v1::VerdictOp VerdictIn(const Outcome& outcome,
                                 const sync::Change& change) {
    for (const sync::Change& pulled : outcome.pulled) {
      v1::Structure structure;
      structure.ParseFromString(pulled.structure);
      for (const v1::Op& op : structure.ops()) {
        if (op.verdict().change() == change.hash.view()) return op.verdict();
      }
    }
    return {};
  }
};

struct Beyond {
  std::string name, role;
  Lane lane;
  PermissionClass claimed;
  std::function<void(v1::Structure*)> fill;
  v1::HeldReason why = v1::HELD_REASON_ROLE;
};

void Stop(v1::Structure* structure) {
  structure->add_ops()->mutable_stop()->set_what(v1::STOP_KIND_KILL);
}
void Attest(v1::Structure* structure) {
  v1::AttestOp* attest = structure->add_ops()->mutable_attest();
  attest->set_what(v1::ATTESTATION_APPROVED);
  attest->set_rendering_hash(std::string(32, 'h'));
}
void Publish(v1::Structure* structure) {
  structure->add_ops()->mutable_request()->set_what(v1::REQUEST_KIND_PUBLISH);
}
void Decide(v1::Structure* structure) {
  v1::DecisionOp* decision = structure->add_ops()->mutable_decision();
  decision->set_what(v1::DECISION_PUBLISHED);
  decision->set_number(1);
  decision->mutable_request();
}
void Judge(v1::Structure* structure) {
  v1::VerdictOp* verdict = structure->add_ops()->mutable_verdict();
  verdict->set_what(v1::ADMISSION_RELEASED);
  verdict->set_change(std::string(32, 'c'));
  verdict->set_number(9);
}
void Redact(v1::Structure* structure) {
  structure->add_ops()->mutable_redact()->add_changes(std::string(32, 'c'));
}
void Delete(v1::Structure* structure) {
  structure->add_ops()->mutable_life()->set_deleted(true);
}
// An op that nobody knows, before one that everybody does.
std::function<void(v1::Structure*)> Behind(
    const std::function<void(v1::Structure*)>& fill) {
  return [fill](v1::Structure* structure) {
    v1::Op* op = structure->add_ops();
    op->GetReflection()->MutableUnknownFields(op)->AddLengthDelimited(111, "?");
    fill(structure);
  };
}

std::vector<Beyond> BeyondTheRole() {
  constexpr auto kContent = PermissionClass::kContent;
  constexpr auto kAttest = PermissionClass::kAttest;
  constexpr auto kDecide = PermissionClass::kDecide;
  constexpr auto kAdminister = PermissionClass::kAdminister;
  constexpr auto kUnknown = static_cast<PermissionClass>(9);
  return {
      {"a stringer approves", "stringer", Lane::kFact, kAttest, Attest},
      {"a stringer deletes another's report", "stringer", Lane::kFact, kContent,
       Delete},
      {"a reporter kills", "reporter", Lane::kNotice, PermissionClass::kStop,
       Stop},
      {"a reporter publishes", "reporter", Lane::kFact, kDecide, Publish},
      {"an auditor deletes", "auditor", Lane::kFact, kContent, Delete},
      {"an editor decides for home", "editor", Lane::kFact, kDecide, Decide},
      {"an editor redacts", "editor", Lane::kNotice, kAdminister, Redact},
      {"an admin judges for home", "admin", Lane::kNotice, kAdminister, Judge},
      {"an editor says less than he does", "editor", Lane::kNotice, kContent,
       Stop},
      {"a class that nobody knows", "editor", Lane::kNotice, kUnknown, Stop,
       v1::HELD_REASON_UNKNOWN_CLASS},
      {"a kill behind an unknown op", "reporter", Lane::kNotice, kContent,
       Behind(Stop)},
      {"an approval behind an unknown op", "reporter", Lane::kFact, kContent,
       Behind(Attest)},
      {"a publishing behind an unknown op", "reporter", Lane::kFact, kContent,
       Behind(Publish)},
      {"a redaction behind an unknown op", "editor", Lane::kNotice, kContent,
       Behind(Redact)},
  };
}

TEST_F(AdmissionTest, WhatIsBeyondTheRoleIsHeldAndShownAsAStub) {
  const auto reader = room().Join("reporter");
  const auto editor = room().Join("editor");
  for (const Beyond& row : BeyondTheRole()) {
    SCOPED_TRACE(row.name);
    const auto member = room().Join(row.role);
    const std::string read = Read(*editor, room().document());
    const int held = room().Status().held;
    member->document = room().document();
    v1::Structure structure;
    row.fill(&structure);
    sync::Header header;
    header.permission = row.claimed;
    const sync::Change change =
        member->Write(row.lane, structure, v1::Content(), header);
    const Outcome out = room().Sync(*member, {member->Frame({change})});
    EXPECT_TRUE(out.ended) << out.error.ShortDebugString();
    EXPECT_TRUE(out.Acked(change));
    EXPECT_TRUE(out.rejected.empty());
    EXPECT_EQ(room().Status().held, held + 1);
    const Outcome pull = room().Sync(*reader);
    ASSERT_NE(pull.Pulled(change.hash), nullptr);
    EXPECT_EQ(pull.Pulled(change.hash)->holding, sync::Holding::kStub);
    EXPECT_EQ(VerdictIn(pull, change).what(), v1::ADMISSION_HELD);
    EXPECT_EQ(VerdictIn(pull, change).why(), row.why);
    EXPECT_EQ(Read(*editor, room().document()), read);
    room().GoodSession();
  }
}

TEST_F(AdmissionTest, AStringersApprovalIsShownToHimAndTheDeskWithTheReason) {
  const auto stringer = room().Join("stringer");
  const sync::Change report = stringer->WriteHeadline(kCanary);
  v1::Structure structure;
  Attest(&structure);
  structure.mutable_ops(0)->mutable_attest()->add_fields(sync::kReason);
  sync::Header header;
  header.permission = PermissionClass::kAttest;
  const sync::Change attest =
      stringer->Write(Lane::kFact, structure, TextContent(kCanary), header);
  const Outcome out =
      room().Sync(*stringer, {stringer->Frame({report, attest})});
  EXPECT_TRUE(out.Acked(attest));
  // The verdict came in the same session or comes in the next.
  const v1::VerdictOp in_this = VerdictIn(out, attest);
  const v1::VerdictOp verdict =
      in_this.number() ? in_this : VerdictIn(room().Sync(*stringer), attest);
  EXPECT_EQ(verdict.what(), v1::ADMISSION_HELD);
  EXPECT_EQ(verdict.why(), v1::HELD_REASON_ROLE);
  const auto editor = room().Join("editor");
  const v1::Document document = room().Document(*editor, stringer->document);
  ASSERT_EQ(document.held_size(), 1);
  EXPECT_EQ(document.held(0).change(), attest.hash.view());
  EXPECT_EQ(document.held(0).why(), v1::HELD_REASON_ROLE);
  EXPECT_EQ(document.held(0).actor(), stringer->person.view());
  EXPECT_TRUE(document.workflow().approvals().empty());
  const Outcome others = room().Sync(*editor);
  ASSERT_NE(others.Pulled(attest.hash), nullptr);
  EXPECT_EQ(others.Pulled(attest.hash)->holding, sync::Holding::kStub);
  EXPECT_EQ(others.Pulled(attest.hash)->content, "");
}

TEST_F(AdmissionTest, WhatIsOfAnAssignmentThatIsNotOnesOwnIsHeld) {
  const auto member = room().Join("editor");
  const auto other = room().Join("editor", "astana");
  const sync::Change theirs = other->WriteHeadline(kCanary);
  ASSERT_TRUE(room().Sync(*other, {other->Frame({theirs})}).Acked(theirs));
  const std::string read = Read(*other, other->document);
  member->assignment = other->assignment;
  member->Turn(other->document, theirs.hash);
  const sync::Change change = member->WriteHeadline("Not his to write");
  const Outcome out = room().Sync(*member, {member->Frame({change})});
  EXPECT_TRUE(out.ended);
  EXPECT_EQ(room().Status().held, before().held + 1);
  EXPECT_EQ(out.Pulled(theirs.hash), nullptr);  // nor his to read
  EXPECT_EQ(Read(*other, other->document), read);
  const v1::Document document = room().Document(*other, other->document);
  ASSERT_EQ(document.held_size(), 1);
  EXPECT_EQ(document.held(0).why(), v1::HELD_REASON_MEMBERSHIP);
  const Outcome pull = room().Sync(*other);
  ASSERT_NE(pull.Pulled(change.hash), nullptr);
  EXPECT_EQ(pull.Pulled(change.hash)->holding, sync::Holding::kStub);
}

TEST_F(AdmissionTest, AnotherPersonsNameIsHeld) {
  const auto member = room().Join("editor");
  const auto editor = room().Join("editor");
  member->Turn(room().document(), room().head());
  const std::string read = Read(*editor, room().document());
  member->person = room().good().person;
  const sync::Change change = member->WriteHeadline("In another's name");
  const Outcome out = room().Sync(*member, {member->Frame({change})});
  EXPECT_TRUE(out.Acked(change));
  EXPECT_EQ(room().Status().held, before().held + 1);
  EXPECT_EQ(Read(*editor, room().document()), read);
}

}  // namespace
}  // namespace dateline::testing
