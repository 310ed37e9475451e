#include "sync/wire/check.h"

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"
#include "sync/text/draft.h"
#include "sync/wire/check_values.h"
#include "sync/wire/op_rules.h"
#include "sync/wire/walk.h"

namespace dateline::sync {
namespace {

absl::Status CheckEnum(int value, absl::string_view field) {
  if (value != 0) return absl::OkStatus();
  return OutOfRange(field, "not 0", "0");
}

bool IsItemRegister(uint32_t list, uint32_t field) {
  switch (list) {
    case kFigures:
      return field == kFigureRecord;
    case kCitations:
      return field == kCitedRecord || field == kCitedQuote ||
             field == kCitedSource;
    case kCorrections:
      return field == kCorrectionNote;
    case kResolutions:
    case kStatementNotes:
      return field == kReason;
    default:
      return true;  // media and lists of a later version
  }
}

constexpr uint32_t kItemFieldsFirst = kFigureRecord;
constexpr uint32_t kEventFieldsFirst = kReason;
constexpr uint32_t kEventFieldsLast = kPublicNote;

// Judges the ops of one change in order, and counts the values and the text
// that they take from its content.
class OpChecker {
 public:
  OpChecker(const Change& change, const v1::Structure& structure,
            const v1::Content& content)
      : change_(change), structure_(structure), content_(content) {}

  absl::Status Check() {
    for (int i = 0; i < structure_.ops_size(); ++i) {
      const v1::Op& op = structure_.ops(i);
      const OpRule* rule = FindRule(op);
      if (rule == nullptr) {
        if (op.ByteSizeLong() == 0) return BadShape("op", "a kind", "none");
        unknown_ = true;
        continue;
      }
      DATELINE_RETURN_IF_ERROR(CheckPlaceOf(*rule));
      DATELINE_RETURN_IF_ERROR(CheckOp(op));
    }
    return CheckTotals();
  }

 private:
  absl::Status CheckPlaceOf(const OpRule& rule) {
    if (rule.lane != change_.feed.lane) {
      return BadShape("op", absl::StrCat("lane ", rule.lane),
                      absl::StrCat("lane ", change_.feed.lane));
    }
    if (rule.only != kAnyDocumentKind && rule.only != change_.header.kind) {
      return BadShape("op", absl::StrCat("document kind ", rule.only),
                      absl::StrCat("document kind ", change_.header.kind));
    }
    return absl::OkStatus();
  }

  absl::Status CheckOp(const v1::Op& op) {
    switch (op.kind_case()) {
      case v1::Op::kPut:
        return Register(op.put().field(), FieldShape::kRegister, true);
      case v1::Op::kAdd:
        return Register(op.add().field(), FieldShape::kSet, true);
      case v1::Op::kRemove:
        DATELINE_RETURN_IF_ERROR(
            Register(op.remove().field(), FieldShape::kSet, false));
        return Refs(op.remove().adds(), "remove.adds");
      case v1::Op::kItemAdd:
        return ItemAdd(op.item_add());
      case v1::Op::kItemPut:
        return ItemPut(op.item_put());
      case v1::Op::kItemRemove:
        return Ref(op.item_remove().item(), "item");
      case v1::Op::kText:
        return Text(op.text());
      case v1::Op::kTextResolve:
        DATELINE_RETURN_IF_ERROR(
            Register(op.text_resolve().field(), FieldShape::kText, false));
        return Refs(op.text_resolve().edits(), "text_resolve.edits");
      case v1::Op::kLife:
        return Indexes(op.life().heads(), "life.heads");
      default:
        return CheckEvent(op);
    }
  }

  absl::Status CheckEvent(const v1::Op& op) {
    switch (op.kind_case()) {
      case v1::Op::kWithdraw:
        DATELINE_RETURN_IF_ERROR(
            CheckEnum(op.withdraw().how(), "withdraw.how"));
        DATELINE_RETURN_IF_ERROR(
            Items(op.withdraw().figures(), "withdraw.figures"));
        return EventFields(op.withdraw().fields());
      case v1::Op::kSupersede:
        DATELINE_RETURN_IF_ERROR(CheckBytes(op.supersede().statement(),
                                            DocumentId::kSize,
                                            "supersede.statement"));
        return Items(op.supersede().figures(), "supersede.figures");
      case v1::Op::kAnswer:
        DATELINE_RETURN_IF_ERROR(Ref(op.answer().event(), "answer.event"));
        return EventFields(op.answer().fields());
      case v1::Op::kSameAs:
        return CheckBytes(op.same_as().statement(), DocumentId::kSize,
                          "same_as.statement");
      case v1::Op::kSettle:
        return Settle(op.settle());
      case v1::Op::kAttest:
        return Attest(op.attest());
      case v1::Op::kRequest:
        return Request(op.request());
      case v1::Op::kStop:
        DATELINE_RETURN_IF_ERROR(CheckEnum(op.stop().what(), "stop.what"));
        return EventFields(op.stop().fields());
      case v1::Op::kDecision:
        return Decide(op.decision());
      case v1::Op::kVerdict:
        return Verdict(op.verdict());
      case v1::Op::kAck:
        return Hashes(op.ack().changes(), "ack.changes");
      case v1::Op::kRedact:
        DATELINE_RETURN_IF_ERROR(
            Hashes(op.redact().changes(), "redact.changes"));
        return EventFields(op.redact().fields());
      default:
        return absl::OkStatus();
    }
  }

  // A register, set or text of the document itself.
  absl::Status Register(uint32_t field, FieldShape shape, bool takes_value) {
    if (field == 0) return BadShape("op.field", "not 0", "0");
    const FieldInfo* info = FindField(field);
    if (info != nullptr && (info->shape != shape || field >= kItemFieldsFirst ||
                            !FitsKind(info->kind))) {
      return BadShape(FieldName(field), "an op that fits it", "another");
    }
    return takes_value ? TakeValue(field) : absl::OkStatus();
  }

  bool FitsKind(DocumentKind kind) const {
    // A kind of document that this reader does not know may use any field.
    return kind == change_.header.kind ||
           change_.header.kind > DocumentKind::kAssignment;
  }

  absl::Status ItemFields(
      uint32_t list, const google::protobuf::RepeatedField<uint32_t>& fields) {
    for (const uint32_t field : fields) {
      const bool known = FindField(field) != nullptr;
      const bool fits =
          !known || (field >= kItemFieldsFirst && IsItemRegister(list, field));
      if (field == 0 || !fits) {
        return BadShape("op.fields", "registers of such an item",
                        FieldName(field));
      }
      DATELINE_RETURN_IF_ERROR(TakeValue(field));
    }
    return absl::OkStatus();
  }

  absl::Status ItemAdd(const v1::ItemAddOp& op) {
    const FieldInfo* info = FindField(op.list());
    if (op.list() == 0 ||
        (info != nullptr &&
         (info->shape != FieldShape::kList || !FitsKind(info->kind)))) {
      return BadShape("item_add.list", "a list of the document",
                      FieldName(op.list()));
    }
    DATELINE_RETURN_IF_ERROR(
        CheckBytes(op.target(), DocumentId::kSize, "item_add.target", true));
    if (op.has_target_item()) {
      DATELINE_RETURN_IF_ERROR(Ref(op.target_item(), "item_add.target_item"));
    }
    if (op.has_anchor()) DATELINE_RETURN_IF_ERROR(Anchor(op.anchor()));
    return ItemFields(op.list(), op.fields());
  }

  absl::Status ItemPut(const v1::ItemPutOp& op) {
    DATELINE_RETURN_IF_ERROR(Ref(op.item(), "item_put.item"));
    if (op.has_anchor()) DATELINE_RETURN_IF_ERROR(Anchor(op.anchor()));
    return ItemFields(0, op.fields());
  }

  absl::Status Anchor(const v1::CitationAnchor& anchor) {
    DATELINE_RETURN_IF_ERROR(Indexes(anchor.heads(), "anchor.heads"));
    if (anchor.start() > anchor.end()) {
      return OutOfRange("anchor.start", "at most anchor.end", "more");
    }
    return CheckBytes(anchor.quote_hash(), kQuoteHashBytes,
                      "anchor.quote_hash");
  }

  absl::Status Text(const v1::TextOp& op) {
    DATELINE_RETURN_IF_ERROR(Register(op.field(), FieldShape::kText, false));
    DATELINE_ASSIGN_OR_RETURN(const text::DecodedTextOp decoded,
                              text::DecodeTextOp(op));
    scalars_ += decoded.inserted_scalars;
    return absl::OkStatus();
  }

  absl::Status Settle(const v1::SettleOp& op) {
    for (const v1::SettleOp::Rival& rival : op.rivals()) {
      DATELINE_RETURN_IF_ERROR(CheckBytes(rival.statement(), DocumentId::kSize,
                                          "settle.rivals.statement"));
      DATELINE_RETURN_IF_ERROR(Item(rival.figure(), "settle.rivals.figure"));
      DATELINE_RETURN_IF_ERROR(Index(rival.version(), "settle.rivals.version"));
    }
    if (op.stands() < -1 || op.stands() >= op.rivals_size()) {
      return BadShape("settle.stands", "-1 or a rival",
                      absl::StrCat(op.stands()));
    }
    return EventFields(op.fields());
  }

  absl::Status Attest(const v1::AttestOp& op) {
    DATELINE_RETURN_IF_ERROR(CheckEnum(op.what(), "attest.what"));
    DATELINE_RETURN_IF_ERROR(Indexes(op.version(), "attest.version"));
    DATELINE_RETURN_IF_ERROR(CheckBytes(op.rendering_hash(), Hash::kSize,
                                        "attest.rendering_hash",
                                        op.what() != v1::ATTESTATION_APPROVED));
    DATELINE_RETURN_IF_ERROR(Items(op.figures(), "attest.figures"));
    return EventFields(op.fields());
  }

  absl::Status Request(const v1::RequestOp& op) {
    DATELINE_RETURN_IF_ERROR(CheckEnum(op.what(), "request.what"));
    DATELINE_RETURN_IF_ERROR(Indexes(op.version(), "request.version"));
    if (op.has_approval()) {
      DATELINE_RETURN_IF_ERROR(Ref(op.approval(), "request.approval"));
    }
    if (op.has_answers()) {
      DATELINE_RETURN_IF_ERROR(Ref(op.answers(), "request.answers"));
    }
    DATELINE_RETURN_IF_ERROR(Refs(op.stops(), "request.stops"));
    DATELINE_RETURN_IF_ERROR(Items(op.withdrawn(), "request.withdrawn"));
    DATELINE_RETURN_IF_ERROR(Indexes(op.newer(), "request.newer"));
    return EventFields(op.fields());
  }

  absl::Status Decide(const v1::DecisionOp& op) {
    DATELINE_RETURN_IF_ERROR(CheckEnum(op.what(), "decision.what"));
    if (op.number() == 0) return OutOfRange("decision.number", "not 0", "0");
    DATELINE_RETURN_IF_ERROR(Ref(op.request(), "decision.request"));
    DATELINE_RETURN_IF_ERROR(Indexes(op.version(), "decision.version"));
    if (op.has_approval()) {
      DATELINE_RETURN_IF_ERROR(Ref(op.approval(), "decision.approval"));
    }
    DATELINE_RETURN_IF_ERROR(Refs(op.lifts(), "decision.lifts"));
    return EventFields(op.fields());
  }

  absl::Status Verdict(const v1::VerdictOp& op) {
    DATELINE_RETURN_IF_ERROR(CheckEnum(op.what(), "verdict.what"));
    if (op.what() == v1::ADMISSION_HELD) {
      DATELINE_RETURN_IF_ERROR(CheckEnum(op.why(), "verdict.why"));
    }
    if (op.number() == 0) return OutOfRange("verdict.number", "not 0", "0");
    return CheckBytes(op.change(), Hash::kSize, "verdict.change");
  }

  // Values of events: the fields 120 to 125, whatever the document.
  absl::Status EventFields(
      const google::protobuf::RepeatedField<uint32_t>& fields) {
    for (const uint32_t field : fields) {
      const bool fits =
          FindField(field) == nullptr ||
          (field >= kEventFieldsFirst && field <= kEventFieldsLast);
      if (field == 0 || !fits) {
        return BadShape("op.fields", "values of events", FieldName(field));
      }
      DATELINE_RETURN_IF_ERROR(TakeValue(field));
    }
    return absl::OkStatus();
  }

  // `change` 0 is this change; its ops must exist.
  absl::Status Ref(const v1::OpRef& ref, absl::string_view field) {
    const uint32_t names = change_.header.names.size();
    const uint32_t ops_max =
        ref.change() == 0 ? structure_.ops_size() : kOpsPerChangeMax;
    if (ref.change() > names || ref.op() >= ops_max) {
      return BadShape(field, absl::StrCat(names, " names, ", ops_max, " ops"),
                      absl::StrCat(ref.change(), ", ", ref.op()));
    }
    return absl::OkStatus();
  }
  absl::Status Refs(const google::protobuf::RepeatedPtrField<v1::OpRef>& refs,
                    absl::string_view field) {
    for (const v1::OpRef& ref : refs) {
      DATELINE_RETURN_IF_ERROR(Ref(ref, field));
    }
    return absl::OkStatus();
  }

  // An index into names, from 1.
  absl::Status Index(uint32_t index, absl::string_view field) {
    const size_t names = change_.header.names.size();
    if (index >= 1 && index <= names) return absl::OkStatus();
    return BadShape(field, absl::StrCat("1 to ", names), absl::StrCat(index));
  }
  absl::Status Indexes(const google::protobuf::RepeatedField<uint32_t>& indexes,
                       absl::string_view field) {
    for (const uint32_t index : indexes) {
      DATELINE_RETURN_IF_ERROR(Index(index, field));
    }
    return absl::OkStatus();
  }

  absl::Status Item(const v1::ItemId& item, absl::string_view field) {
    DATELINE_RETURN_IF_ERROR(CheckBytes(item.change(), Hash::kSize, field));
    if (item.op() < kOpsPerChangeMax) return absl::OkStatus();
    return BadShape(field, absl::StrCat("op below ", kOpsPerChangeMax),
                    absl::StrCat(item.op()));
  }
  absl::Status Items(
      const google::protobuf::RepeatedPtrField<v1::ItemId>& items,
      absl::string_view field) {
    for (const v1::ItemId& item : items) {
      DATELINE_RETURN_IF_ERROR(Item(item, field));
    }
    return absl::OkStatus();
  }
  absl::Status Hashes(
      const google::protobuf::RepeatedPtrField<std::string>& hashes,
      absl::string_view field) {
    if (hashes.empty()) return BadShape(field, "at least 1", "0");
    for (const std::string& hash : hashes) {
      DATELINE_RETURN_IF_ERROR(CheckBytes(hash, Hash::kSize, field));
    }
    return absl::OkStatus();
  }

  // Behind an op that this reader does not know, nobody can tell whose value
  // is whose.
  absl::Status TakeValue(uint32_t field) {
    const int taken = values_++;
    if (change_.holding != Holding::kWhole || unknown_) return absl::OkStatus();
    if (taken >= content_.values_size()) {
      return BadShape("content.values", "one for each field", "fewer");
    }
    return CheckValue(field, content_.values(taken));
  }

  absl::Status CheckTotals() {
    if (change_.holding != Holding::kWhole || unknown_) return absl::OkStatus();
    if (values_ != content_.values_size()) {
      return BadShape("content.values", absl::StrCat(values_),
                      absl::StrCat(content_.values_size()));
    }
    const size_t scalars = CountScalars(content_.text());
    if (scalars_ == scalars) return absl::OkStatus();
    return BadShape("content.text", absl::StrCat(scalars_, " scalars"),
                    absl::StrCat(scalars, " scalars"));
  }

  const Change& change_;            // not owned
  const v1::Structure& structure_;  // not owned
  const v1::Content& content_;      // not owned
  int values_ = 0;
  uint64_t scalars_ = 0;
  bool unknown_ = false;
};

absl::Status CheckSizes(const Change& change) {
  if (change.header_bytes.size() > kHeaderBytesMax) {
    return TooLarge("header", "kHeaderBytesMax", kHeaderBytesMax,
                    change.header_bytes.size());
  }
  if (change.structure.size() > kStructureBytesMax) {
    return TooLarge("structure", "kStructureBytesMax", kStructureBytesMax,
                    change.structure.size());
  }
  if (change.content.size() > kContentBytesMax) {
    return TooLarge("content", "kContentBytesMax", kContentBytesMax,
                    change.content.size());
  }
  const size_t body = change.structure.size() + change.content.size();
  if (change.feed.lane == Lane::kNotice && body > kNoticeBytesMax) {
    return TooLarge("notice", "kNoticeBytesMax", kNoticeBytesMax, body);
  }
  return absl::OkStatus();
}

// The header must say what the place says: it is sent without them.
absl::Status CheckPlace(const Change& change) {
  if (change.header.lane != change.feed.lane) {
    return BadShape("header.lane", absl::StrCat(change.feed.lane),
                    absl::StrCat(change.header.lane));
  }
  if (change.header.signer != change.feed.device) {
    return BadShape("header.signer", "the device of the feed", "another");
  }
  return absl::OkStatus();
}

absl::Status CheckBytesOf(const Change& change) {
  DATELINE_RETURN_IF_ERROR(CheckSizes(change));
  DATELINE_RETURN_IF_ERROR(CheckPlace(change));
  DATELINE_RETURN_IF_ERROR(
      WalkMessage(change.structure, *v1::Structure::descriptor()));
  return WalkMessage(change.content, *v1::Content::descriptor());
}

absl::Status CheckOps(const Change& change, const v1::Structure& structure,
                      const v1::Content& content) {
  if (change.structure.empty()) return BadShape("structure", "an op", "none");
  if (structure.ops_size() > static_cast<int>(kOpsPerChangeMax)) {
    return TooLarge("structure.ops", "kOpsPerChangeMax", kOpsPerChangeMax,
                    structure.ops_size());
  }
  return OpChecker(change, structure, content).Check();
}

}  // namespace

absl::Status CheckChange(const Change& change) {
  if (change.holding == Holding::kPlaceOnly) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(CheckBytesOf(change));
  DATELINE_ASSIGN_OR_RETURN(const ParsedChange parsed, Parse(change));
  return CheckOps(change, parsed.structure, parsed.content);
}

absl::Status CheckChange(const Change& change, const v1::Structure& structure,
                         const v1::Content& content) {
  DATELINE_RETURN_IF_ERROR(CheckBytesOf(change));
  return CheckOps(change, structure, content);
}

}  // namespace dateline::sync
