#include "sync/wire/messages.h"

#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "sync/base/codec.h"
#include "sync/base/limits.h"
#include "sync/base/random.h"
#include "sync/wire/walk.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::ForEachSeed;
using ::dateline::testing::IsOk;

const std::string kId(12, 'i');
const std::string kHash(32, 'h');
const std::string kSignature(64, 's');

v1::FeedHead Head() {
  v1::FeedHead head;
  head.mutable_feed()->set_device(kId);
  head.mutable_feed()->set_assignment(kId);
  head.mutable_feed()->set_lane(1);
  head.set_seq(7);
  head.set_hash(kHash);
  return head;
}

v1::Cursor ACursor() {
  v1::Cursor cursor;
  cursor.set_assignment(kId);
  cursor.set_position(3);
  cursor.set_digest(kHash);
  return cursor;
}

v1::HelloBody Hello() {
  v1::HelloBody body;
  body.set_device(kId);
  body.set_server(kId);
  body.set_epoch(kId);
  *body.add_heads() = Head();
  *body.add_cursors() = ACursor();
  return body;
}

TEST(MessagesTest, FeedsHeadsAndCursorsComeBackAsTheyWent) {
  SeededRandom random(1);
  const FeedHead head{.feed = {.device = DeviceId::Make(random),
                               .incarnation = random.Next(),
                               .assignment = AssignmentId::Make(random),
                               .lane = Lane::kReceipt},
                      .seq = 9,
                      .hash = Hash::Make(random)};
  const FeedHead empty{.feed = head.feed};
  const Cursor cursor{.assignment = head.feed.assignment,
                      .lane = Lane::kText,
                      .position = 4,
                      .digest = Hash::Make(random)};
  ASSERT_OK_AND_ASSIGN(const FeedHead head_again, FromProto(ToProto(head)));
  EXPECT_EQ(head_again, head);
  ASSERT_OK_AND_ASSIGN(const FeedHead empty_again, FromProto(ToProto(empty)));
  EXPECT_EQ(empty_again, empty);
  ASSERT_OK_AND_ASSIGN(const Cursor cursor_again, FromProto(ToProto(cursor)));
  EXPECT_EQ(cursor_again, cursor);
}

TEST(MessagesTest, RefusesHeadsAndCursorsThatAreNone) {
  const struct {
    const char* name;
    void (*spoil)(v1::FeedHead*);
  } heads[] = {
      {"device", [](auto* h) { h->mutable_feed()->set_device("short"); }},
      {"assignment", [](auto* h) { h->mutable_feed()->set_assignment(kHash); }},
      {"lane", [](auto* h) { h->mutable_feed()->set_lane(4); }},
      {"no hash", [](auto* h) { h->clear_hash(); }},
      {"a hash at seq 0", [](auto* h) { h->set_seq(0); }},
      {"a zero hash", [](auto* h) { h->set_hash(std::string(32, '\0')); }},
      {"seq", [](auto* h) { h->set_seq(kSeqMax + 1); }},
  };
  ASSERT_THAT(FromProto(Head()), IsOk());
  for (const auto& c : heads) {
    v1::FeedHead head = Head();
    c.spoil(&head);
    EXPECT_THAT(FromProto(head), Fails(v1::BAD_REQUEST)) << c.name;
  }
  ASSERT_THAT(FromProto(ACursor()), IsOk());
  v1::Cursor cursor = ACursor();
  cursor.set_lane(4);
  EXPECT_THAT(FromProto(cursor), Fails(v1::BAD_REQUEST));
  cursor = ACursor();
  cursor.set_digest("short");
  EXPECT_THAT(FromProto(cursor), Fails(v1::BAD_REQUEST));
}

TEST(MessagesTest, AcceptsHelloAtItsLimitsAndNotOnePastThem) {
  ASSERT_THAT(ParseHelloBody(Hello().SerializeAsString()), IsOk());
  v1::HelloBody body = Hello();
  while (body.heads_size() < static_cast<int>(kHelloHeadsMax)) {
    *body.add_heads() = Head();
  }
  while (body.cursors_size() < static_cast<int>(kHelloCursorsMax)) {
    *body.add_cursors() = ACursor();
  }
  body.set_app(std::string(kAppBytesMax, 'a'));
  EXPECT_THAT(ParseHelloBody(body.SerializeAsString()), IsOk());
  v1::HelloBody past = body;
  *past.add_heads() = Head();
  EXPECT_THAT(ParseHelloBody(past.SerializeAsString()), Fails(v1::TOO_LARGE));
  past = body;
  *past.add_cursors() = ACursor();
  EXPECT_THAT(ParseHelloBody(past.SerializeAsString()), Fails(v1::TOO_LARGE));
  past = body;
  past.mutable_app()->push_back('a');
  EXPECT_THAT(ParseHelloBody(past.SerializeAsString()), Fails(v1::TOO_LARGE));
}

TEST(MessagesTest, RefusesClientMessagesThatAreNone) {
  const struct {
    const char* name;
    void (*make)(v1::ClientMessage*);
    v1::ErrorReason reason;
  } cases[] = {
      {"nothing", [](auto*) {}, v1::BAD_REQUEST},
      {"an unsigned hello", [](auto* m) { m->mutable_hello(); },
       v1::BAD_REQUEST},
      {"heads of nothing", [](auto* m) { m->mutable_heads(); },
       v1::BAD_REQUEST},
      {"a pack too large",
       [](auto* m) {
         m->mutable_pack()->set_pack(std::string(kPackBytesMax + 1, 'p'));
       },
       v1::TOO_LARGE},
      {"a pack that would be too large",
       [](auto* m) { m->mutable_pack()->set_size(kPackBytesMax + 1); },
       v1::TOO_LARGE},
  };
  for (const auto& c : cases) {
    v1::ClientMessage message;
    c.make(&message);
    EXPECT_THAT(ParseClientMessage(message.SerializeAsString()),
                Fails(c.reason))
        << c.name;
  }
  v1::ClientMessage good;
  good.mutable_hello()->set_signature(kSignature);
  EXPECT_THAT(ParseClientMessage(good.SerializeAsString()), IsOk());
  good.mutable_pack()->set_pack(std::string(kPackBytesMax, 'p'));
  good.mutable_pack()->set_size(kPackBytesMax);
  EXPECT_THAT(ParseClientMessage(good.SerializeAsString()), IsOk());
  good.mutable_end();
  EXPECT_THAT(ParseClientMessage(good.SerializeAsString()), IsOk());
}

TEST(MessagesTest, RefusesServerMessagesThatAreNone) {
  const struct {
    const char* name;
    void (*make)(v1::ServerMessage*);
  } cases[] = {
      {"nothing", [](auto*) {}},
      {"an unsigned welcome", [](auto* m) { m->mutable_welcome(); }},
      {"an unsigned roster", [](auto* m) { m->mutable_roster(); }},
      {"an ack by nobody's id",
       [](auto* m) { m->mutable_ack()->set_by("short"); }},
      {"an ack of no feed", [](auto* m) { m->mutable_ack()->add_heads(); }},
      {"a rejection of no feed",
       [](auto* m) { m->mutable_ack()->add_rejected(); }},
      {"a comparison of no assignment",
       [](auto* m) { m->mutable_compare()->add_assignments("short"); }},
      {"a frame with no cursor",
       [](auto* m) { m->mutable_pack()->mutable_after(); }},
  };
  for (const auto& c : cases) {
    v1::ServerMessage message;
    c.make(&message);
    EXPECT_THAT(ParseServerMessage(message.SerializeAsString()),
                Fails(v1::BAD_REQUEST))
        << c.name;
  }
  v1::WelcomeBody welcome;
  welcome.mutable_error();
  EXPECT_THAT(ParseWelcomeBody(welcome.SerializeAsString()),
              Fails(v1::BAD_REQUEST));
  welcome.mutable_error()->set_reason(static_cast<v1::ErrorReason>(4711));
  EXPECT_THAT(ParseWelcomeBody(welcome.SerializeAsString()), IsOk());
}

TEST(MessagesTest, HasMessagesAtTheirLimitAndNotOnePastIt) {
  v1::EnrolRequest request;
  request.set_code(std::string(kMessageBytesMax, 'c'));
  const size_t over = request.ByteSizeLong() - kMessageBytesMax;
  request.mutable_code()->resize(kMessageBytesMax - over);
  v1::EnrolRequest parsed;
  EXPECT_THAT(ParseChecked(request.SerializeAsString(), &parsed), IsOk());
  request.mutable_code()->push_back('c');
  EXPECT_THAT(ParseChecked(request.SerializeAsString(), &parsed),
              Fails(v1::TOO_LARGE));
}

TEST(MessagesTest, NamesTheFieldWhoseTextIsNotUtf8) {
  std::string bytes = Hello().SerializeAsString();
  bytes += std::string("\x62\x01\xFF", 3);  // app
  const absl::Status status = ParseHelloBody(bytes).status();
  EXPECT_THAT(status, Fails(v1::BAD_UTF8));
  EXPECT_EQ(ErrorOf(status).field(), "app");
}

TEST(MessagesTest, HasNestingAtItsLimitAndNotOnePastIt) {
  // None of our messages nests that deep; protobuf's own descriptors may.
  google::protobuf::DescriptorProto deep;
  google::protobuf::DescriptorProto* last = &deep;
  for (size_t depth = 1; depth < kProtoDepthMax; ++depth) {
    last = last->add_nested_type();
  }
  google::protobuf::DescriptorProto parsed;
  EXPECT_THAT(ParseChecked(deep.SerializeAsString(), &parsed), IsOk());
  last->add_nested_type();
  EXPECT_THAT(ParseChecked(deep.SerializeAsString(), &parsed),
              Fails(v1::BAD_REQUEST));
}

TEST(MessagesTest, DoesNotEnterUnknownFieldsHoweverDeepTheyNest) {
  v1::ClientMessage message;
  message.mutable_end();
  std::string bytes = "x";
  for (int i = 0; i < 10000; ++i) {
    std::string outer = "\xFA\x7F";  // an unknown field, length-delimited
    PutSized(bytes, &outer);
    bytes = std::move(outer);
  }
  v1::ClientMessage parsed;
  EXPECT_THAT(ParseChecked(message.SerializeAsString() + bytes, &parsed),
              IsOk());
}

TEST(MessagesTest, RefusesGroupsWhichNoVersionUses) {
  v1::ClientMessage parsed;
  EXPECT_THAT(ParseChecked(std::string("\x0B\x0C", 2), &parsed),
              Fails(v1::BAD_REQUEST));
}

TEST(MessagesTest, KeepsUnknownFields) {
  v1::HelloBody body = Hello();
  body.GetReflection()->MutableUnknownFields(&body)->AddVarint(99, 5);
  ASSERT_OK_AND_ASSIGN(const v1::HelloBody parsed,
                       ParseHelloBody(body.SerializeAsString()));
  EXPECT_EQ(parsed.SerializeAsString(), body.SerializeAsString());
}

TEST(MessagesTest, AnyBytesGetAnAnswerAndTruncatedOnesAreNeverTakenForWhole) {
  const std::string whole = Hello().SerializeAsString();
  for (size_t size = 1; size < whole.size(); ++size) {
    const auto parsed = ParseHelloBody(whole.substr(0, size));
    if (parsed.ok()) EXPECT_LT(parsed->ByteSizeLong(), whole.size());
  }
  ForEachSeed(500, [](uint64_t seed) {
    SeededRandom random(seed);
    std::string bytes(random.Below(200), '\0');
    random.Fill(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size());
    (void)ParseClientMessage(bytes);
    (void)ParseServerMessage(bytes);
    (void)ParseHelloBody(bytes);
  });
}

TEST(Utf8Test, KnowsEveryScalarAndNothingElse) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("Қазақстан \xF4\x8F\xBF\xBF \xED\x9F\xBF \xEE\x80\x80"));
  EXPECT_EQ(CountScalars("Қазақстан"), 9u);
  for (const char* bad :
       {"\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5", "\xFF", "\xE2\x82", "a\xC3"}) {
    EXPECT_FALSE(IsUtf8(bad)) << strlen(bad);
  }
}

}  // namespace
}  // namespace dateline::sync
