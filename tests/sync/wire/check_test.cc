// Every limit of a change at its value and one past it, and every shape that
// no honest replica writes.
#include "sync/wire/check.h"

#include <cmath>
#include <limits>

#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "sync/base/limits.h"
#include "sync/model/fields.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/wire/world.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::Author;
using ::dateline::testing::Fails;
using ::dateline::testing::IsOk;

// A change in the making: what a test spoils.
struct Draft {
  Lane lane = Lane::kFact;
  Header header;
  v1::Structure structure;
  v1::Content content;

  v1::Op* Op() { return structure.add_ops(); }
  v1::Value* Value() { return content.add_values(); }
};

absl::Status Check(const Draft& draft) {
  Author author(1);
  return CheckChange(
      author.Write(draft.lane, draft.structure, draft.content, draft.header));
}

Draft PutText(uint32_t field, size_t bytes) {
  Draft draft;
  draft.Op()->mutable_put()->set_field(field);
  draft.Value()->set_text(std::string(bytes, 'a'));
  return draft;
}

Draft PutNumber(uint32_t field, int64_t number) {
  Draft draft;
  draft.Op()->mutable_put()->set_field(field);
  draft.Value()->set_number(number);
  return draft;
}

Draft PutPlace(double latitude, double longitude) {
  Draft draft;
  draft.Op()->mutable_put()->set_field(kLocated);
  v1::Place* place = draft.Value()->mutable_place();
  place->set_name("Almaty");
  place->set_has_point(true);
  place->set_latitude(latitude);
  place->set_longitude(longitude);
  return draft;
}

Draft PutTime(int64_t ms) {
  Draft draft;
  draft.Op()->mutable_put()->set_field(kEmbargoedUntil);
  draft.Value()->set_time_ms(ms);
  return draft;
}

Draft AddFigure(int64_t low, int64_t high, bool at_least = false) {
  Draft draft;
  draft.header.kind = DocumentKind::kStatement;
  v1::ItemAddOp* add = draft.Op()->mutable_item_add();
  add->set_list(kFigures);
  add->add_fields(kFigureRecord);
  v1::Figure* figure = draft.Value()->mutable_figure();
  figure->set_counted("killed");
  figure->set_low(low);
  figure->set_high(high);
  figure->set_at_least(at_least);
  return draft;
}

Draft Insert(const std::string& text, uint32_t scalars) {
  Draft draft;
  draft.lane = Lane::kText;
  draft.structure = testing::InsertStructure(kBody, scalars);
  draft.content.set_text(text);
  return draft;
}

Draft Ops(size_t count) {
  Draft draft;
  for (size_t i = 0; i < count; ++i) {
    draft.Op()->mutable_put()->set_field(kUrgency);
    draft.Value()->set_number(5);
  }
  return draft;
}

// A notice whose body has `bytes` bytes.
Draft Notice(size_t bytes) {
  Draft draft;
  draft.lane = Lane::kNotice;
  v1::StopOp* stop = draft.Op()->mutable_stop();
  stop->set_what(v1::STOP_KIND_HOLD);
  stop->add_fields(kReason);
  const size_t structure = draft.structure.ByteSizeLong();
  v1::Value* value = draft.Value();
  value->set_text(std::string(bytes - structure, 'a'));
  const size_t over = structure + draft.content.ByteSizeLong() - bytes;
  value->mutable_text()->resize(value->text().size() - over);
  EXPECT_EQ(structure + draft.content.ByteSizeLong(), bytes);
  return draft;
}

// A content with nothing but `bytes` bytes.
Draft Content(size_t bytes) {
  Draft draft = Insert("", 1);
  draft.content.set_text(std::string(bytes, 'a'));
  draft.content.mutable_text()->resize(bytes -
                                       (draft.content.ByteSizeLong() - bytes));
  draft.structure = testing::InsertStructure(
      kBody, static_cast<uint32_t>(draft.content.text().size()));
  EXPECT_EQ(draft.content.ByteSizeLong(), bytes);
  return draft;
}

TEST(CheckChangeTest, HasEachLimitAtItsValueAndNotOnePastIt) {
  const struct {
    const char* name;
    Draft at;
    Draft past;
    v1::ErrorReason reason;
  } cases[] = {
      {"slugline", PutText(kSlugline, kSluglineBytesMax),
       PutText(kSlugline, kSluglineBytesMax + 1), v1::TOO_LARGE},
      {"headline", PutText(kHeadline, kHeadlineBytesMax),
       PutText(kHeadline, kHeadlineBytesMax + 1), v1::TOO_LARGE},
      {"edNote", PutText(kEdNote, kShortTextBytesMax),
       PutText(kEdNote, kShortTextBytesMax + 1), v1::TOO_LARGE},
      {"language", PutText(kLanguage, kLanguageBytesMax),
       PutText(kLanguage, kLanguageBytesMax + 1), v1::TOO_LARGE},
      {"urgency, low", PutNumber(kUrgency, kUrgencyMin),
       PutNumber(kUrgency, kUrgencyMin - 1), v1::OUT_OF_RANGE_VALUE},
      {"urgency, high", PutNumber(kUrgency, kUrgencyMax),
       PutNumber(kUrgency, kUrgencyMax + 1), v1::OUT_OF_RANGE_VALUE},
      {"latitude, south", PutPlace(-90, 0), PutPlace(-90.0001, 0),
       v1::OUT_OF_RANGE_VALUE},
      {"latitude, north", PutPlace(90, 0), PutPlace(90.0001, 0),
       v1::OUT_OF_RANGE_VALUE},
      {"longitude", PutPlace(0, 180), PutPlace(0, 180.0001),
       v1::OUT_OF_RANGE_VALUE},
      {"time, early", PutTime(kWallMsMin), PutTime(kWallMsMin - 1),
       v1::OUT_OF_RANGE_VALUE},
      {"time, late", PutTime(kWallMsMax), PutTime(kWallMsMax + 1),
       v1::OUT_OF_RANGE_VALUE},
      {"figure", AddFigure(164, 164), AddFigure(165, 164),
       v1::OUT_OF_RANGE_VALUE},
      {"ops", Ops(kOpsPerChangeMax), Ops(kOpsPerChangeMax + 1), v1::TOO_LARGE},
      {"notice", Notice(kNoticeBytesMax), Notice(kNoticeBytesMax + 1),
       v1::TOO_LARGE},
      {"content", Content(kContentBytesMax), Content(kContentBytesMax + 1),
       v1::TOO_LARGE},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_THAT(Check(c.at), IsOk());
    EXPECT_THAT(Check(c.past), Fails(c.reason));
  }
}

TEST(CheckChangeTest, HasTheStructureAtItsLimitAndNotOnePastIt) {
  Author author(1);
  Change change = author.WriteHeadline("Airport");
  // An op of a later version, as large as it needs to be.
  v1::Op unknown;
  unknown.GetReflection()->MutableUnknownFields(&unknown)->AddLengthDelimited(
      999, std::string(kStructureBytesMax, 'x'));
  v1::Structure structure;
  *structure.add_ops() = unknown;
  const size_t over = structure.ByteSizeLong() - kStructureBytesMax;
  for (const size_t past : {0, 1}) {
    unknown.GetReflection()->MutableUnknownFields(&unknown)->Clear();
    unknown.GetReflection()->MutableUnknownFields(&unknown)->AddLengthDelimited(
        999, std::string(kStructureBytesMax - over + past, 'x'));
    *structure.mutable_ops(0) = unknown;
    change.structure = structure.SerializeAsString();
    change.content.clear();
    ASSERT_EQ(change.structure.size(), kStructureBytesMax + past);
    EXPECT_EQ(CheckChange(change).ok(), past == 0);
  }
}

TEST(CheckChangeTest, RefusesNumbersThatAreNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(Check(PutPlace(nan, 0)), Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(Check(PutPlace(0, nan)), Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(Check(PutPlace(-infinity, 0)), Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(Check(PutPlace(0, infinity)), Fails(v1::OUT_OF_RANGE_VALUE));
}

TEST(CheckChangeTest, AFloorNeedsNoUpperEnd) {
  EXPECT_THAT(Check(AddFigure(5800, 0, true)), IsOk());
}

TEST(CheckChangeTest, RefusesAnEnumThatIsZeroAndKeepsOneThatItDoesNotKnow) {
  const struct {
    const char* name;
    Lane lane;
    DocumentKind kind;
    void (*set)(v1::Op*, int);
  } cases[] = {
      {"withdraw", Lane::kNotice, DocumentKind::kStatement,
       [](v1::Op* op, int value) {
         op->mutable_withdraw()->set_how(static_cast<v1::Withdrawal>(value));
       }},
      {"stop", Lane::kNotice, DocumentKind::kReport,
       [](v1::Op* op, int value) {
         op->mutable_stop()->set_what(static_cast<v1::StopKind>(value));
       }},
      {"attest", Lane::kFact, DocumentKind::kReport,
       [](v1::Op* op, int value) {
         op->mutable_attest()->set_what(static_cast<v1::Attestation>(value));
       }},
      {"request", Lane::kFact, DocumentKind::kReport,
       [](v1::Op* op, int value) {
         op->mutable_request()->set_what(static_cast<v1::RequestKind>(value));
       }},
      {"decision", Lane::kFact, DocumentKind::kReport,
       [](v1::Op* op, int value) {
         op->mutable_decision()->set_what(static_cast<v1::Decision>(value));
         op->mutable_decision()->set_number(1);
         op->mutable_decision()->mutable_request();
       }},
      {"verdict", Lane::kNotice, DocumentKind::kReport,
       [](v1::Op* op, int value) {
         op->mutable_verdict()->set_what(static_cast<v1::Admission>(value));
         op->mutable_verdict()->set_number(1);
         op->mutable_verdict()->set_change(std::string(32, 'h'));
       }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Draft zero{.lane = c.lane};
    zero.header.kind = c.kind;
    Draft unknown = zero;
    c.set(zero.Op(), 0);
    c.set(unknown.Op(), 77);
    EXPECT_THAT(Check(zero), Fails(v1::OUT_OF_RANGE_VALUE));
    EXPECT_THAT(Check(unknown), IsOk());
  }
}

TEST(CheckChangeTest, KeepsFieldsOpsAndValuesOfALaterVersion) {
  Draft field = PutText(999, 5000);
  EXPECT_THAT(Check(field), IsOk());

  Draft op;
  v1::Op* later = op.Op();
  later->GetReflection()->MutableUnknownFields(later)->AddVarint(500, 1);
  op.Value()->set_text("whose value this is, only a later version knows");
  EXPECT_THAT(Check(op), IsOk());

  Draft value;
  value.Op()->mutable_put()->set_field(kHeadline);
  v1::Value* unknown = value.Value();
  unknown->GetReflection()->MutableUnknownFields(unknown)->AddVarint(40, 1);
  EXPECT_THAT(Check(value), IsOk());

  Draft kind = PutText(kHeadline, 5);
  kind.header.kind = static_cast<DocumentKind>(9);
  EXPECT_THAT(Check(kind), IsOk());
}

using Spoil = void (*)(Draft*);
struct BadShape {
  const char* name;
  Spoil spoil;
};

// A put of a headline, which each case spoils in one way.
constexpr BadShape kBadShapes[] = {
    {"no op", [](Draft* d) { d->structure.Clear(); }},
    {"an op without a kind", [](Draft* d) { d->Op(); }},
    {"a field 0", [](Draft* d) { d->Op()->mutable_put(); }},
    {"a value too many", [](Draft* d) { d->Value()->set_text("b"); }},
    {"a value too few", [](Draft* d) { d->content.clear_values(); }},
    {"a value without a kind",
     [](Draft* d) { d->content.mutable_values(0)->Clear(); }},
    {"a value of another kind",
     [](Draft* d) { d->content.mutable_values(0)->set_flag(true); }},
    {"text that no op takes", [](Draft* d) { d->content.set_text("a"); }},
    {"a set written as a register",
     [](Draft* d) {
       d->structure.mutable_ops(0)->mutable_put()->set_field(kSubjects);
     }},
    {"a register written as a set",
     [](Draft* d) {
       d->structure.mutable_ops(0)->mutable_add()->set_field(kHeadline);
     }},
    {"a register of an item written as the document's",
     [](Draft* d) {
       d->structure.mutable_ops(0)->mutable_put()->set_field(kCitedQuote);
     }},
    {"a report's field in a statement",
     [](Draft* d) { d->header.kind = DocumentKind::kStatement; }},
    {"an op in another lane", [](Draft* d) { d->lane = Lane::kText; }},
    {"a citation's register in a correction",
     [](Draft* d) {
       v1::ItemAddOp* add = d->structure.mutable_ops(0)->mutable_item_add();
       add->set_list(kCorrections);
       add->add_fields(kCitedQuote);
     }},
    {"a statement's list in a report",
     [](Draft* d) {
       d->structure.mutable_ops(0)->mutable_item_add()->set_list(kFigures);
       d->content.Clear();
     }},
    {"a target that is no id",
     [](Draft* d) {
       v1::ItemAddOp* add = d->Op()->mutable_item_add();
       add->set_list(kCitations);
       add->set_target("eleven byte");
     }},
    {"a name past the names",
     [](Draft* d) {
       d->Op()->mutable_item_remove()->mutable_item()->set_change(1);
     }},
    {"an op past this change's ops",
     [](Draft* d) {
       d->Op()->mutable_item_remove()->mutable_item()->set_op(2);
     }},
    {"a head that is not among the names",
     [](Draft* d) { d->Op()->mutable_life()->add_heads(0); }},
    {"an event's field that is a headline",
     [](Draft* d) {
       v1::RequestOp* request = d->Op()->mutable_request();
       request->set_what(v1::REQUEST_KIND_SUBMIT);
       request->add_fields(kHeadline);
       d->Value()->set_text("a");
     }},
    {"an approval without a hash",
     [](Draft* d) {
       d->Op()->mutable_attest()->set_what(v1::ATTESTATION_APPROVED);
     }},
    {"a withdrawal of a report",
     [](Draft* d) {
       d->lane = Lane::kNotice;
       d->content.Clear();
       d->structure.mutable_ops(0)->mutable_withdraw()->set_how(
           v1::WITHDRAWAL_RETRACTED);
     }},
    {"an acknowledgement of nothing",
     [](Draft* d) {
       d->lane = Lane::kReceipt;
       d->content.Clear();
       d->structure.mutable_ops(0)->mutable_ack();
     }},
    {"an acknowledgement of half a hash",
     [](Draft* d) {
       d->lane = Lane::kReceipt;
       d->content.Clear();
       d->structure.mutable_ops(0)->mutable_ack()->add_changes("half");
     }},
};

TEST(CheckChangeTest, RefusesWhatNoHonestReplicaWrites) {
  ASSERT_THAT(Check(PutText(kHeadline, 1)), IsOk());
  for (const BadShape& bad : kBadShapes) {
    SCOPED_TRACE(bad.name);
    Draft draft = PutText(kHeadline, 1);
    bad.spoil(&draft);
    EXPECT_THAT(Check(draft), Fails(v1::BAD_REQUEST));
  }
}

TEST(CheckChangeTest, CountsTextInScalarsOfEveryScript) {
  EXPECT_THAT(Check(Insert("Алматы", 6)), IsOk());
  EXPECT_THAT(Check(Insert("ألماتي 👍", 8)), IsOk());
  EXPECT_THAT(Check(Insert("Алматы", 12)), Fails(v1::BAD_REQUEST));
  EXPECT_THAT(Check(Insert("Алматы", 5)), Fails(v1::BAD_REQUEST));
}

TEST(CheckChangeTest, RefusesColumnsOfATextThatDoNotFit) {
  Draft draft = Insert("a", 1);
  draft.structure.mutable_ops(0)->mutable_text()->add_moves(1);
  EXPECT_THAT(Check(draft), Fails(v1::BAD_REQUEST));
  draft = Insert("a", 1);
  draft.structure.mutable_ops(0)->mutable_text()->set_moves(0, -1);
  EXPECT_THAT(Check(draft), Fails(v1::BAD_REQUEST));
  draft = Insert("a", 1);
  draft.structure.mutable_ops(0)->mutable_text()->add_touched(1);
  EXPECT_THAT(Check(draft), Fails(v1::BAD_REQUEST));
}

TEST(CheckChangeTest, RefusesBytesThatAreNoMessageAndTextThatIsNotUtf8) {
  Author author(1);
  const Change good = author.WriteHeadline("Airport");
  ASSERT_THAT(CheckChange(good), IsOk());
  Change bad = good;
  bad.structure = "\xFF\xFF";
  EXPECT_THAT(CheckChange(bad), Fails(v1::BAD_REQUEST));
  bad = good;
  bad.structure.pop_back();
  EXPECT_THAT(CheckChange(bad), Fails(v1::BAD_REQUEST));
  for (const char* text :
       {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xE2\x82"}) {
    const std::string value =
        std::string("\x0A") + static_cast<char>(strlen(text)) + text;
    bad = good;
    bad.content = std::string("\x0A") + static_cast<char>(value.size()) + value;
    EXPECT_THAT(CheckChange(bad), Fails(v1::BAD_UTF8)) << strlen(text);
    EXPECT_EQ(ErrorOf(CheckChange(bad)).field(), "values.text");
  }
}

TEST(CheckChangeTest, RefusesAHeaderThatSaysAnotherPlace) {
  Author author(1);
  const Change good = author.WriteHeadline("Airport");
  Change bad = good;
  bad.header.lane = Lane::kText;
  EXPECT_THAT(CheckChange(bad), Fails(v1::BAD_REQUEST));
  bad = good;
  bad.header.signer = DeviceId::Make(author.random);
  EXPECT_THAT(CheckChange(bad), Fails(v1::BAD_REQUEST));
}

TEST(CheckChangeTest, AcceptsAStubWithoutItsValues) {
  Author author(1);
  EXPECT_THAT(CheckChange(ToStub(author.WriteHeadline("Airport"))), IsOk());
  EXPECT_THAT(CheckChange(ToStub(author.WriteBody("Nobody lands."))), IsOk());
}

TEST(CheckChangeTest, ErrorsSayTheFieldTheLimitAndWhatWasGotNeverContent) {
  Draft draft = PutText(kHeadline, kHeadlineBytesMax + 1);
  const v1::Error error = ErrorOf(Check(draft));
  EXPECT_EQ(error.field(), "headline");
  EXPECT_EQ(error.limit(), "kHeadlineBytesMax=1000");
  EXPECT_EQ(error.got(), "1001");
  EXPECT_EQ(error.sentence().find("aaa"), std::string::npos);
}

TEST(RequiredClassTest, IsThatOfTheMostDemandingOp) {
  v1::Structure structure;
  structure.add_ops()->mutable_put()->set_field(kHeadline);
  EXPECT_EQ(RequiredClass(structure, DocumentKind::kReport),
            PermissionClass::kContent);
  v1::RequestOp* request = structure.add_ops()->mutable_request();
  const struct {
    v1::RequestKind what;
    PermissionClass needs;
  } cases[] = {
      {v1::REQUEST_KIND_SUBMIT, PermissionClass::kContent},
      {v1::REQUEST_KIND_ANSWER, PermissionClass::kContent},
      {v1::REQUEST_KIND_TAKE_BACK, PermissionClass::kContent},
      {v1::REQUEST_KIND_ASK, PermissionClass::kAttest},
      {v1::REQUEST_KIND_PUBLISH, PermissionClass::kDecide},
      {v1::REQUEST_KIND_RELEASE, PermissionClass::kDecide},
      {v1::REQUEST_KIND_CORRECT, PermissionClass::kDecide},
      {v1::REQUEST_KIND_SPIKE, PermissionClass::kDecide},
      {static_cast<v1::RequestKind>(99), PermissionClass::kContent},
  };
  for (const auto& c : cases) {
    request->set_what(c.what);
    EXPECT_EQ(RequiredClass(structure, DocumentKind::kReport), c.needs)
        << v1::RequestKind_Name(c.what);
  }
}

TEST(RequiredClassTest, AnUnknownOpHidesNothing) {
  v1::Structure structure;
  structure.add_ops();
  EXPECT_EQ(RequiredClass(structure, DocumentKind::kReport),
            PermissionClass::kContent);
  structure.add_ops()->mutable_stop();
  structure.add_ops();
  EXPECT_EQ(RequiredClass(structure, DocumentKind::kReport),
            PermissionClass::kStop);
}

}  // namespace
}  // namespace dateline::sync
