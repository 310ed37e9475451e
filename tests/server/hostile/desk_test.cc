// Desk calls of people who may not, about what is not theirs, and of bytes
// that no desk sends; and joining with what is no invitation.
#include "server/desk/desk.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dateline/v1/desk.pb.h"
#include "sync/base/limits.h"
#include "tests/server/hostile/hostile.h"

namespace dateline::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DeskTest : public HostileTest {
 protected:
  static Answer Call(const std::string& method, const std::string& bytes,
                     const DeskDevice* device) {
    const std::string name = "/dateline.v1.DeskService/" + method;
    return method == "Watch"
               ? CallStream(*room().channel(), name, bytes, device)
               : CallUnary(*room().channel(), name, bytes, device);
  }
};

// Of each method that names a document, or an assignment: a request about
// `id`.
struct About {
  std::string method;
  std::string request;
};

std::vector<About> AboutDocument(const std::string& id) {
  v1::GetDocumentRequest get;
  get.set_document(id);
  v1::ListVersionsRequest versions;
  versions.set_document(id);
  v1::DiffVersionsRequest diff;
  diff.set_document(id);
  v1::ActRequest act;
  act.set_document(id);
  act.mutable_action()->mutable_submit()->set_note(kCanary);
  return {{"GetDocument", get.SerializeAsString()},
          {"ListVersions", versions.SerializeAsString()},
          {"DiffVersions", diff.SerializeAsString()},
          {"Act", act.SerializeAsString()}};
}

std::vector<About> AboutAssignment(const std::string& id) {
  v1::ListQueueRequest queue;
  queue.set_assignment(id);
  v1::ListConflictsRequest conflicts;
  conflicts.set_assignment(id);
  v1::GetLedgerRequest ledger;
  ledger.set_assignment(id);
  v1::ListWithdrawalsRequest withdrawals;
  withdrawals.set_assignment(id);
  v1::SearchRequest search;
  search.set_assignment(id);
  search.set_query("words");
  v1::WatchRequest watch;
  watch.set_assignment(id);
  return {{"Watch", watch.SerializeAsString()},
          {"ListQueue", queue.SerializeAsString()},
          {"ListConflicts", conflicts.SerializeAsString()},
          {"GetLedger", ledger.SerializeAsString()},
          {"ListWithdrawals", withdrawals.SerializeAsString()},
          {"Search", search.SerializeAsString()}};
}

TEST_F(DeskTest, WhatIsNotYoursAnswersAsWhatIsNotThere) {
  const auto other = room().Join("reporter", "astana");
  const sync::Change change = other->WriteHeadline(kCanary);
  ASSERT_TRUE(room().Sync(*other, {other->Frame({change})}).Acked(change));
  const Shown shown = room().Status();
  const auto editor = room().Join("editor");
  const auto stringer = room().Join("stringer");
  const std::string nowhere = sync::DocumentId::Make(editor->random).str();
  const auto check = [](const Member& caller, const std::vector<About>& theirs,
                        const std::vector<About>& nothing) {
    const DeskDevice desk = caller.Desk();
    for (size_t i = 0; i < theirs.size(); ++i) {
      SCOPED_TRACE(theirs[i].method);
      const Answer one = Call(theirs[i].method, theirs[i].request, &desk);
      const Answer two = Call(nothing[i].method, nothing[i].request, &desk);
      ExpectPlain(one.error);
      EXPECT_EQ(one.error.reason(), v1::NOT_FOUND);
      EXPECT_EQ(one.error.SerializeAsString(), two.error.SerializeAsString());
      EXPECT_EQ(one.status.error_code(), two.status.error_code());
      EXPECT_EQ(one.status.error_message(), two.status.error_message());
    }
  };
  check(*editor, AboutDocument(other->document.str()), AboutDocument(nowhere));
  check(*stringer, AboutDocument(room().document().str()),
        AboutDocument(nowhere));
  check(*editor, AboutAssignment(other->assignment.str()),
        AboutAssignment(nowhere));
  EXPECT_EQ(room().Status().views, shown.views);
  EXPECT_EQ(room().Status().changes, shown.changes);
}

TEST_F(DeskTest, ACallIsSignedByItsOwnDeviceOrByNobody) {
  const auto editor = room().Join("editor");
  const auto reporter = room().Join("reporter");
  const DeskDevice mixed{
      .id = editor->device,
      .key = sync::SigningKey::FromSeed(reporter->key.seed())};
  const Member stranger(99);
  const DeskDevice unknown = stranger.Desk();
  const DeskDevice home{.id = *sync::DeviceId::FromBytes(editor->server),
                        .key = sync::SigningKey::FromSeed(editor->key.seed())};
  std::vector<About> calls = AboutDocument(room().document().str());
  for (const About& one : AboutAssignment(editor->assignment.str())) {
    calls.push_back(one);
  }
  const DeskDevice* const none = nullptr;
  for (const DeskDevice* device : {none, &mixed, &unknown, &home}) {
    for (const About& call : calls) {
      SCOPED_TRACE(call.method);
      const Answer answer = Call(call.method, call.request, device);
      ExpectPlain(answer.error);
      EXPECT_EQ(answer.error.reason(), v1::UNAUTHENTICATED);
      EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    }
  }
  ExpectUnharmed();
}

v1::ActRequest ActOn(const sync::DocumentId& document,
                     const std::function<void(v1::Action*)>& fill) {
  v1::ActRequest request;
  request.set_document(document.str());
  fill(request.mutable_action());
  return request;
}

TEST_F(DeskTest, ActionsThatAreNotAllowedOrNotWholeChangeNothing) {
  const auto editor = room().Join("editor");
  const auto reporter = room().Join("reporter");
  const auto auditor = room().Join("auditor");
  const struct {
    std::string name;
    const Member* caller;
    std::function<void(v1::Action*)> fill;
    v1::ErrorReason reason;
  } table[] = {
      {"a reporter holds", reporter.get(),
       [](auto* action) {
         action->mutable_stop()->set_what(v1::STOP_KIND_HOLD);
         action->mutable_stop()->set_reason(kCanary);
       },
       v1::DENIED},
      {"an auditor submits", auditor.get(),
       [](auto* action) { action->mutable_submit()->set_note(kCanary); },
       v1::DENIED},
      {"an action of no kind", editor.get(), [](auto*) {}, v1::BAD_REQUEST},
      {"a stop of no kind", editor.get(),
       [](auto* action) { action->mutable_stop()->set_reason(kCanary); },
       v1::OUT_OF_RANGE_VALUE},
      {"a question past the limit", editor.get(),
       [](auto* action) {
         action->mutable_ask()->set_text(kCanary + std::string(4000, 'x'));
       },
       v1::TOO_LARGE},
      {"an approval of what is not there", editor.get(),
       [](auto* action) {
         action->mutable_approve()->add_version(std::string(32, 'h'));
       },
       v1::INCOMPLETE_VERSION},
      {"an approval of no hash", editor.get(),
       [](auto* action) { action->mutable_approve()->add_version("short"); },
       v1::BAD_REQUEST},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.name);
    const DeskDevice desk = row.caller->Desk();
    const Answer answer = Call(
        "Act", ActOn(room().document(), row.fill).SerializeAsString(), &desk);
    ExpectPlain(answer.error);
    EXPECT_EQ(answer.error.reason(), row.reason)
        << answer.error.ShortDebugString();
    ExpectUnharmed();
  }
}

// Else "no content in the log" would hold because there is no log.
TEST_F(DeskTest, WhatIsRefusedIsALineOfTheLogWithoutItsWords) {
  const auto editor = room().Join("editor");
  const auto auditor = room().Join("auditor");
  const DeskDevice desk = auditor->Desk();
  const size_t before = room().Log().size();
  Call("Act",
       ActOn(room().document(),
             [](auto* action) { action->mutable_submit()->set_note(kCanary); })
           .SerializeAsString(),
       &desk);
  v1::SearchRequest search;
  search.set_query(kCanary + std::string(server::kQueryBytesMax, 'x'));
  Call("Search", search.SerializeAsString(), &desk);
  Call("ListQueue", std::string("\xFF\xFF") + kCanary, &desk);
  room().SendBytes({std::string("\xFF\xFF") + kCanary});
  v1::HelloBody old = editor->HelloBody();
  old.set_epoch(std::string(12, 'e'));
  room().SyncBytes(*editor, editor->HelloOf(old), {});
  const std::string lines = room().Log().substr(before);
  EXPECT_THAT(lines, HasSubstr("INFO desk.Act DL-1007 DENIED"));
  EXPECT_THAT(lines, HasSubstr("INFO desk.Search DL-1004 TOO_LARGE"));
  EXPECT_THAT(lines, HasSubstr("INFO desk.ListQueue DL-1001 BAD_REQUEST"));
  EXPECT_THAT(lines, HasSubstr("INFO session DL-1001 BAD_REQUEST"));
  EXPECT_THAT(lines, Not(HasSubstr(kCanary)));
}

TEST_F(DeskTest, RequestsAreHeldToTheirLimits) {
  const auto editor = room().Join("editor");
  const DeskDevice desk = editor->Desk();
  v1::ListQueueRequest page, token;
  page.set_page_size(1001);
  token.set_page_token(kCanary);
  v1::GetDocumentRequest id;
  id.set_document("short");
  v1::SearchRequest query;
  query.set_query(std::string(1001, 'x'));
  const std::string not_utf8 = "\x0A\x02\xFF\xFE";  // SearchRequest.query
  const struct {
    std::string method, bytes;
    Expected expected;
  } table[] = {
      {"ListQueue",
       page.SerializeAsString(),
       {v1::TOO_LARGE, "page_size", "kPageRowsMax=1000", "1001"}},
      {"ListQueue", token.SerializeAsString(), {v1::BAD_REQUEST, "page_token"}},
      {"GetDocument",
       id.SerializeAsString(),
       {v1::BAD_REQUEST, "document", "12 bytes", "5 bytes"}},
      {"Search",
       query.SerializeAsString(),
       {v1::TOO_LARGE, "query", "kQueryBytesMax=1000", "1001"}},
      {"Search", not_utf8, {v1::BAD_UTF8, "query"}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.method);
    ExpectError(Call(row.method, row.bytes, &desk).error, row.expected);
  }
  ExpectUnharmed();
}

TEST_F(DeskTest, JoiningNeedsAnInvitationAndAKeyOfOnesOwn) {
  const auto member = room().Join("reporter");
  const v1::EnrolmentTicket ticket = room().daemon().Ticket("reporter");
  const auto channel = ChannelTo(ticket.address(), ticket.ca_pem());
  const Member joiner(31337);
  const auto request = [&](const sync::DeviceId& id, const std::string& code) {
    return EnrolRequestOf(
        {.id = id, .key = sync::SigningKey::FromSeed(joiner.key.seed())}, code);
  };
  v1::EnrolRequest honest = request(joiner.device, ticket.secret());
  v1::EnrolRequest broken = honest, short_id = honest, named = honest;
  broken.mutable_signature()->at(3) ^= 1;
  short_id.set_device("short");
  named.set_device_name(std::string(100000, 'x'));
  const struct {
    std::string name;
    v1::EnrolRequest request;
    Expected expected;
  } table[] = {
      {"nothing", {}, {v1::BAD_REQUEST, "device", "12"}},
      {"a code that was never made",
       request(joiner.device, kCanary),
       {v1::CODE_USED, "code"}},
      {"another signature", broken, {v1::BAD_SIGNATURE, "signature"}},
      {"an id too short", short_id, {v1::BAD_REQUEST, "device", "12"}},
      {"a name past the limit",
       named,
       {v1::TOO_LARGE, "device_name", "kNameBytesMax", "100000"}},
      {"another device's id",
       request(member->device, ticket.secret()),
       {v1::CONFLICT, "device"}},
      {"the server's id",
       request(*sync::DeviceId::FromBytes(member->server), ticket.secret()),
       {v1::CONFLICT, "device"}},
  };
  constexpr char kEnrol[] = "/dateline.v1.EnrolService/Enrol";
  for (const auto& row : table) {
    SCOPED_TRACE(row.name);
    const Answer answer =
        CallUnary(*channel, kEnrol, row.request.SerializeAsString());
    ExpectError(answer.error, row.expected);
    ExpectUnharmed();
  }
  // None of it used the code up.
  EXPECT_TRUE(
      CallUnary(*channel, kEnrol, honest.SerializeAsString()).status.ok());
}

}  // namespace
}  // namespace dateline::testing
