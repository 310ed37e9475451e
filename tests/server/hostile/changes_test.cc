// Changes that no honest replica writes: their place is kept, nothing of them
// is read, and the feed goes on. And changes of a later version: kept.
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sync/base/limits.h"
#include "sync/model/fields.h"
#include "tests/server/hostile/hostile.h"
#include "tests/sync/wire/expect_same.h"

namespace dateline::testing {
namespace {

using sync::Lane;

// A change in the making.
struct Draft {
  Lane lane = Lane::kFact;
  sync::Header header;
  v1::Structure structure;
  v1::Content content;
  std::string structure_more, content_more;  // bytes after them

  Draft& Put(uint32_t field, const std::string& text) {
    structure.add_ops()->mutable_put()->set_field(field);
    content.add_values()->set_text(text);
    return *this;
  }
  v1::Value* Put(uint32_t field) {
    structure.add_ops()->mutable_put()->set_field(field);
    return content.add_values();
  }
  Draft& Of(sync::DocumentKind kind) {
    header.kind = kind;
    return *this;
  }
};

sync::Change Seal(Member& member, const Draft& draft) {
  return member.WriteBytes(
      draft.lane, draft.structure.SerializeAsString() + draft.structure_more,
      draft.content.SerializeAsString() + draft.content_more, draft.header);
}

Draft Text(uint32_t field, size_t bytes) {
  return Draft().Put(field,
                     kCanary + std::string(bytes - sizeof kCanary + 1, 'x'));
}

Draft Place(double latitude, double longitude, const char* country = "KZ") {
  Draft draft;
  v1::Place* place = draft.Put(sync::kLocated)->mutable_place();
  place->set_name(kCanary);
  place->set_has_point(true);
  place->set_latitude(latitude);
  place->set_longitude(longitude);
  place->set_country(country);
  return draft;
}

Draft Number(uint32_t field, int64_t number) {
  Draft draft;
  draft.Put(field)->set_number(number);
  return draft;
}

Draft Time(int64_t ms) {
  Draft draft;
  draft.Put(sync::kEmbargoedUntil)->set_time_ms(ms);
  return draft;
}

Draft Figure(int64_t low, int64_t high) {
  Draft draft;
  draft.Of(sync::DocumentKind::kStatement);
  auto* add = draft.structure.add_ops()->mutable_item_add();
  add->set_list(sync::kFigures);
  add->add_fields(sync::kFigureRecord);
  v1::Figure* figure = draft.content.add_values()->mutable_figure();
  figure->set_counted(kCanary);
  figure->set_low(low);
  figure->set_high(high);
  return draft;
}

// One op, made by `fill`.
Draft Op(const std::function<void(v1::Op*)>& fill, Lane lane = Lane::kFact) {
  Draft draft;
  draft.lane = lane;
  fill(draft.structure.add_ops());
  return draft;
}

// A string field whose bytes protobuf would not write: Content.values[0].text
// or Content.text.
Draft BadText(bool of_body) {
  const std::string bad = "\xED\xA0\x80";  // a surrogate
  Draft draft;
  if (of_body) {
    draft.lane = Lane::kText;
    draft.structure = InsertStructure(sync::kBody, 1);
    draft.content_more = "\x12\x03" + bad;
  } else {
    draft.structure = PutStructure(sync::kHeadline);
    draft.content_more = "\x0A\x05\x0A\x03" + bad;
  }
  return draft;
}

Draft Ops(size_t count) {
  Draft draft;
  for (size_t i = 0; i < count; ++i) draft.Put(sync::kEdNote, "x");
  return draft;
}

// A stop whose structure and content have `bytes` together.
Draft Notice(size_t bytes) {
  Draft draft;
  draft.lane = Lane::kNotice;
  draft.header.permission = sync::PermissionClass::kStop;
  auto* stop = draft.structure.add_ops()->mutable_stop();
  stop->set_what(v1::STOP_KIND_HOLD);
  stop->add_fields(sync::kReason);
  v1::Value* reason = draft.content.add_values();
  const size_t shell = draft.structure.ByteSizeLong() + 8;
  reason->set_text(std::string(bytes - shell, 'x'));
  while (draft.structure.ByteSizeLong() + draft.content.ByteSizeLong() <
         bytes) {
    reason->mutable_text()->push_back('x');
  }
  return draft;
}

struct Refused {
  std::string name;
  Draft draft;
  Expected expected;
};

std::vector<Refused> RefusedValues() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  return {
      {"a headline one past the limit",
       Text(sync::kHeadline, 1001),
       {v1::TOO_LARGE, "headline", "kHeadlineBytesMax=1000", "1001"}},
      {"a slugline one past the limit",
       Text(sync::kSlugline, 201),
       {v1::TOO_LARGE, "slugline", "kSluglineBytesMax=200", "201"}},
      {"a note one past the limit",
       Text(sync::kEdNote, 4001),
       {v1::TOO_LARGE, "edNote", "kShortTextBytesMax=4000", "4001"}},
      {"a language one past the limit",
       Text(sync::kLanguage, 36),
       {v1::TOO_LARGE, "language", "kLanguageBytesMax=35", "36"}},
      {"a headline that is not UTF-8",
       BadText(false),
       {v1::BAD_UTF8, "values.text"}},
      {"a body that is not UTF-8", BadText(true), {v1::BAD_UTF8, "text"}},
      {"a latitude that is no number",
       Place(kNan, 0),
       {v1::OUT_OF_RANGE_VALUE, "located.latitude", "-90 to 90",
        "not a finite number"}},
      {"a latitude just over 90",
       Place(std::nextafter(90.0, 91.0), 0),
       {v1::OUT_OF_RANGE_VALUE, "located.latitude", "-90 to 90", "beyond"}},
      {"an infinite longitude",
       Place(0, -std::numeric_limits<double>::infinity()),
       {v1::OUT_OF_RANGE_VALUE, "located.longitude", "-180 to 180"}},
      {"a longitude just under -180",
       Place(0, std::nextafter(-180.0, -181.0)),
       {v1::OUT_OF_RANGE_VALUE, "located.longitude", "-180 to 180", "beyond"}},
      {"a country in small letters",
       Place(0, 0, "kz"),
       {v1::OUT_OF_RANGE_VALUE, "located.country", "capital", "2 bytes"}},
      {"urgency 0",
       Number(sync::kUrgency, 0),
       {v1::OUT_OF_RANGE_VALUE, "urgency", "1 to 9", "0"}},
      {"urgency 10",
       Number(sync::kUrgency, 10),
       {v1::OUT_OF_RANGE_VALUE, "urgency", "1 to 9", "10"}},
      {"a time past the year 9999",
       Time(sync::kWallMsMax + 1),
       {v1::OUT_OF_RANGE_VALUE, "embargoedUntil", "9999", "253402300800000"}},
      {"a figure whose low is over its high",
       Figure(14, 12),
       {v1::OUT_OF_RANGE_VALUE, "figure.low", "high"}},
      {"a value of another kind",
       Number(sync::kHeadline, 5),
       {v1::BAD_REQUEST, "headline", "value kind", "value kind"}},
      {"a value without a kind",
       Op([](v1::Op* op) { op->mutable_put()->set_field(sync::kHeadline); }),
       {v1::BAD_REQUEST, "content.values", "one for each field", "fewer"}},
  };
}

std::vector<Refused> RefusedOps() {
  Draft more = Text(sync::kHeadline, 100);
  more.content.add_values()->set_text(kCanary);
  Draft shorter;
  shorter.lane = Lane::kText;
  shorter.structure = InsertStructure(sync::kBody, 100);
  shorter.content.set_text(kCanary);
  Draft garbage;
  garbage.structure_more = absl::StrCat("\xFF\xFF\xFF", kCanary);
  Draft groups = Text(sync::kHeadline, 100);
  groups.structure_more = std::string(5000, '\x0B');
  Draft large = Text(sync::kEdNote, 100);
  large.content.set_text(std::string(sync::kContentBytesMax, 'x'));
  const auto zero = [](auto set) { return Op(set); };
  return {
      {"no op at all", Draft(), {v1::BAD_REQUEST, "structure", "an op"}},
      {"an op without a kind",
       zero([](v1::Op*) {}),
       {v1::BAD_REQUEST, "op", "a kind", "none"}},
      {"an attestation of nothing",
       zero([](v1::Op* op) { op->mutable_attest(); }),
       {v1::OUT_OF_RANGE_VALUE, "attest.what", "not 0", "0"}},
      {"a request for nothing",
       zero([](v1::Op* op) { op->mutable_request(); }),
       {v1::OUT_OF_RANGE_VALUE, "request.what", "not 0", "0"}},
      {"a stop of no kind",
       Op([](v1::Op* op) { op->mutable_stop(); }, Lane::kNotice),
       {v1::OUT_OF_RANGE_VALUE, "stop.what", "not 0", "0"}},
      {"a withdrawal of no kind",
       Op([](v1::Op* op) { op->mutable_withdraw(); }, Lane::kNotice)
           .Of(sync::DocumentKind::kStatement),
       {v1::OUT_OF_RANGE_VALUE, "withdraw.how", "not 0", "0"}},
      {"field 0",
       Draft().Put(0, kCanary),
       {v1::BAD_REQUEST, "op.field", "not 0", "0"}},
      {"a field of another document",
       Draft().Put(sync::kQuote, kCanary),
       {v1::BAD_REQUEST, "quote"}},
      {"an op in another lane",
       Op([](v1::Op* op) { op->mutable_attest(); }, Lane::kText),
       {v1::BAD_REQUEST, "op", "lane 1", "lane 2"}},
      {"a name past the names",
       Op([](v1::Op* op) {
         op->mutable_item_remove()->mutable_item()->set_change(1);
       }),
       {v1::BAD_REQUEST, "item", "0 names", "1, 0"}},
      {"one value too many", more, {v1::BAD_REQUEST, "content.values", "1"}},
      {"text shorter than its runs",
       shorter,
       {v1::BAD_REQUEST, "content.text", "100 scalars"}},
      {"a structure of random bytes", garbage, {v1::BAD_REQUEST, ""}},
      {"nesting in a structure", groups, {v1::BAD_REQUEST, "ops"}},
      {"one op past the limit",
       Ops(sync::kOpsPerChangeMax + 1),
       {v1::TOO_LARGE, "structure.ops", "kOpsPerChangeMax=1024", "1025"}},
      {"a notice one past the limit",
       Notice(sync::kNoticeBytesMax + 1),
       {v1::TOO_LARGE, "notice", "kNoticeBytesMax=512", "513"}},
      {"content past the limit",
       large,
       {v1::TOO_LARGE, "content", "kContentBytesMax=262144"}},
  };
}

class RefusedTest : public HostileTest {
 protected:
  static void CheckAll(const std::string& role,
                       const std::vector<Refused>& table,
                       const std::function<void()>& unharmed) {
    const auto member = room().Join(role);
    for (const Refused& row : table) {
      SCOPED_TRACE(row.name);
      member->Turn(room().document(), room().head());
      const sync::Change bad = Seal(*member, row.draft);
      const Outcome out = room().Sync(*member, {member->Frame({bad})});
      // The session went on, and the place is the server's now.
      EXPECT_TRUE(out.ended) << out.error.ShortDebugString();
      EXPECT_TRUE(out.Acked(bad));
      ASSERT_EQ(out.rejected.size(), 1);
      EXPECT_EQ(out.rejected[0].seq(), bad.seq);
      ExpectError(out.rejected[0].why(), row.expected);
      unharmed();
      // Sent again, it is known already and nothing is doubled.
      EXPECT_TRUE(room().Sync(*member, {member->Frame({bad})}).Acked(bad));
      unharmed();
    }
    // The feed goes on behind it.
    member->TurnToNew();
    const sync::Change next = member->WriteHeadline(kCanary);
    const Outcome out = room().Sync(*member, {member->Frame({next})});
    EXPECT_TRUE(out.Acked(next));
    EXPECT_TRUE(out.rejected.empty());
  }
};

TEST_F(RefusedTest, ValuesOutOfRangeKeepTheirPlaceAlone) {
  CheckAll("reporter", RefusedValues(), [this] { ExpectUnharmed(); });
}

TEST_F(RefusedTest, OpsThatNoReplicaWritesKeepTheirPlaceAlone) {
  CheckAll("editor", RefusedOps(), [this] { ExpectUnharmed(); });
}

// --- what is kept -----------------------------------------------------------

struct Kept {
  std::string name;
  Draft draft;
};

std::vector<Kept> AtTheLimit() {
  return {
      {"a headline", Text(sync::kHeadline, sync::kHeadlineBytesMax)},
      {"a slugline", Text(sync::kSlugline, sync::kSluglineBytesMax)},
      {"a note", Text(sync::kEdNote, sync::kShortTextBytesMax)},
      {"a language", Text(sync::kLanguage, sync::kLanguageBytesMax)},
      {"the poles", Place(90, 180)},
      {"the other pole", Place(-90, -180)},
      {"urgency 1", Number(sync::kUrgency, sync::kUrgencyMin)},
      {"urgency 9", Number(sync::kUrgency, sync::kUrgencyMax)},
      {"the last millisecond of 9999", Time(sync::kWallMsMax)},
      {"as many ops as may be", Ops(sync::kOpsPerChangeMax)},
      {"a notice", Notice(sync::kNoticeBytesMax)},
  };
}

std::vector<Kept> OfALaterVersion() {
  Draft unknown_op = Text(sync::kHeadline, 100);
  unknown_op.structure_more =
      "\x0A\x06\xFA\x06\x03"
      "abc";  // Op field 111
  // Nobody can tell whose value is whose behind it.
  const std::string unknown =
      "\x0A\x06\xFA\x06\x03"
      "abc";
  Draft no_value, no_number, no_text;
  no_value.structure_more =
      unknown + PutStructure(sync::kHeadline).SerializeAsString();
  no_number = Place(std::numeric_limits<double>::quiet_NaN(), 1000);
  no_number.structure_more = unknown + no_number.structure.SerializeAsString();
  no_number.structure.Clear();
  no_text.lane = Lane::kText;
  no_text.structure_more =
      unknown + InsertStructure(sync::kBody, 1000000).SerializeAsString();
  Draft in_op = Text(sync::kHeadline, 100);
  in_op.structure.mutable_ops(0)
      ->mutable_put()
      ->GetReflection()
      ->MutableUnknownFields(in_op.structure.mutable_ops(0)->mutable_put())
      ->AddLengthDelimited(99, kCanary);
  Draft in_content = Text(sync::kHeadline, 100);
  in_content.content_more =
      "\xFA\x06\x03"
      "abc";
  Draft value_kind;
  value_kind.structure = PutStructure(sync::kHeadline);
  value_kind.content_more =
      "\x0A\x06\xFA\x06\x03"
      "abc";
  Draft kind = Text(999, 100);
  kind.header.kind = static_cast<sync::DocumentKind>(9);
  Draft trailing = Text(sync::kHeadline, 100);
  trailing.header.trailing = "later";
  Draft schema = Text(sync::kHeadline, 100);
  schema.header.schema = 77;
  schema.header.ignorable_from = 50;
  Draft attest = Op([](v1::Op* op) {
    op->mutable_attest()->set_what(static_cast<v1::Attestation>(99));
  });
  attest.header.permission = sync::PermissionClass::kAttest;
  Draft stop = Op(
      [](v1::Op* op) {
        op->mutable_stop()->set_what(static_cast<v1::StopKind>(99));
      },
      Lane::kNotice);
  stop.header.permission = sync::PermissionClass::kStop;
  return {
      {"an op that nobody knows", unknown_op},
      {"a put without a value behind it", no_value},
      {"a place that is none behind it", no_number},
      {"text that is not there behind it", no_text},
      {"a field inside an op", in_op},
      {"a field of the content", in_content},
      {"a value of an unknown kind", value_kind},
      {"a register that nobody knows", Text(999, 100)},
      {"a document of an unknown kind", kind},
      {"bytes behind the header", trailing},
      {"a later schema", schema},
      {"an unknown attestation", attest},
      {"an unknown stop", stop},
  };
}

class KeptTest : public HostileTest {
 protected:
  // Each goes through, and another device gets the very bytes.
  static void CheckAll(const std::vector<Kept>& table) {
    const auto writer = room().Join("editor");
    const auto reader = room().Join("reporter");
    const int held = room().Status().held;
    for (const Kept& row : table) {
      SCOPED_TRACE(row.name);
      writer->TurnToNew();
      const sync::Change change = Seal(*writer, row.draft);
      const Outcome out = room().Sync(*writer, {writer->Frame({change})});
      EXPECT_TRUE(out.ended) << out.error.ShortDebugString();
      EXPECT_TRUE(out.rejected.empty()) << out.error.ShortDebugString();
      EXPECT_TRUE(out.Acked(change));
      const Outcome pull = room().Sync(*reader);
      const sync::Change* got = pull.Pulled(change.hash);
      ASSERT_NE(got, nullptr);
      ExpectSame(*got, change);
      room().GoodSession();
    }
    EXPECT_EQ(room().Status().held, held);
  }
};

TEST_F(KeptTest, WhatIsAtTheLimitIsTaken) { CheckAll(AtTheLimit()); }

TEST_F(KeptTest, WhatALaterVersionWritesIsRelayedByteForByte) {
  CheckAll(OfALaterVersion());
}

}  // namespace
}  // namespace dateline::testing
