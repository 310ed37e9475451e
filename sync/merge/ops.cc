#include "sync/merge/ops.h"

#include "google/protobuf/message.h"

namespace dateline::sync {
namespace {

using google::protobuf::RepeatedField;

std::vector<uint32_t> ToVector(const RepeatedField<uint32_t>& fields) {
  return {fields.begin(), fields.end()};
}

Lane LaneOf(const v1::Op& op) {
  switch (op.kind_case()) {
    case v1::Op::kWithdraw:
    case v1::Op::kStop:
    case v1::Op::kRedact:
    case v1::Op::kVerdict:
      return Lane::kNotice;
    case v1::Op::kText:
    case v1::Op::kTextResolve:
      return Lane::kText;
    case v1::Op::kAck:
      return Lane::kReceipt;
    default:
      return Lane::kFact;
  }
}

bool AnyUnknown(const google::protobuf::Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

// The message inside the oneof. Its own submessages (anchors, references) are
// layouts of this schema.
const google::protobuf::Message& Inner(const v1::Op& op) {
  const auto* field = op.GetDescriptor()->FindFieldByNumber(op.kind_case());
  return op.GetReflection()->GetMessage(op, field);
}

}  // namespace

std::vector<uint32_t> FieldsOf(const v1::Op& op) {
  switch (op.kind_case()) {
    case v1::Op::kPut:
      return {op.put().field()};
    case v1::Op::kAdd:
      return {op.add().field()};
    case v1::Op::kItemAdd:
      return ToVector(op.item_add().fields());
    case v1::Op::kItemPut:
      return ToVector(op.item_put().fields());
    case v1::Op::kWithdraw:
      return ToVector(op.withdraw().fields());
    case v1::Op::kAnswer:
      return ToVector(op.answer().fields());
    case v1::Op::kSettle:
      return ToVector(op.settle().fields());
    case v1::Op::kAttest:
      return ToVector(op.attest().fields());
    case v1::Op::kRequest:
      return ToVector(op.request().fields());
    case v1::Op::kStop:
      return ToVector(op.stop().fields());
    case v1::Op::kDecision:
      return ToVector(op.decision().fields());
    case v1::Op::kRedact:
      return ToVector(op.redact().fields());
    default:
      return {};
  }
}

bool Applies(const v1::Op& op, Lane lane) {
  return op.kind_case() != v1::Op::KIND_NOT_SET && LaneOf(op) == lane;
}

bool HasUnknownFields(const v1::Op& op) {
  return AnyUnknown(op) || AnyUnknown(Inner(op));
}

bool IsContent(const v1::Op& op) {
  switch (op.kind_case()) {
    case v1::Op::kPut:
    case v1::Op::kAdd:
    case v1::Op::kRemove:
    case v1::Op::kItemAdd:
    case v1::Op::kItemPut:
    case v1::Op::kItemRemove:
    case v1::Op::kLife:
    case v1::Op::kText:
    case v1::Op::kTextResolve:
      return true;
    default:
      return false;
  }
}

std::string OpView::TextOf(uint32_t field) const {
  const std::vector<uint32_t> fields = FieldsOf(*op);
  for (size_t i = 0; i < fields.size() && i < values.size(); ++i) {
    if (fields[i] == field && values[i] != nullptr) return values[i]->text();
  }
  return "";
}

}  // namespace dateline::sync
