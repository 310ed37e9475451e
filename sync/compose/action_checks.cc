#include "sync/compose/action_checks.h"

#include "absl/strings/str_cat.h"
#include "sync/base/digest.h"
#include "sync/base/errors.h"
#include "sync/base/ids.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::sync {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

absl::Status CheckLength(const std::string& bytes, size_t size,
                         absl::string_view field) {
  if (bytes.size() == size) return absl::OkStatus();
  return MakeError(v1::BAD_REQUEST, absl::StrCat(field, " is not an id"),
                   {.field = std::string(field),
                    .limit = absl::StrCat(size, " bytes"),
                    .got = absl::StrCat(bytes.size(), " bytes")});
}

// In actions, bytes named `statement` are documents and `id` is a Value's;
// all others are hashes of changes.
absl::Status CheckBytes(const std::string& bytes,
                        const FieldDescriptor& field) {
  const bool id = field.name() == "statement" || field.name() == "id";
  return CheckLength(bytes, id ? DocumentId::kSize : Hash::kSize,
                     field.full_name());
}

absl::Status CheckMessage(const Message& message);

absl::Status CheckField(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const int count =
      field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  for (int i = 0; i < count; ++i) {
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
      std::string scratch;
      DATELINE_RETURN_IF_ERROR(CheckBytes(
          field.is_repeated()
              ? reflection.GetRepeatedStringReference(message, &field, i,
                                                      &scratch)
              : reflection.GetStringReference(message, &field, &scratch),
          field));
    } else if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      DATELINE_RETURN_IF_ERROR(
          CheckMessage(field.is_repeated()
                           ? reflection.GetRepeatedMessage(message, &field, i)
                           : reflection.GetMessage(message, &field)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMessage(const Message& message) {
  // A figure may be part of one that the same change creates.
  if (message.GetDescriptor() == v1::Figure::descriptor()) {
    return absl::OkStatus();
  }
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    DATELINE_RETURN_IF_ERROR(CheckField(message, *field));
  }
  return absl::OkStatus();
}

absl::Status CheckSet(int value, absl::string_view field) {
  if (value != 0) return absl::OkStatus();
  return MakeError(v1::OUT_OF_RANGE_VALUE, absl::StrCat(field, " is not set"),
                   {.field = std::string(field), .limit = "not 0", .got = "0"});
}

absl::Status CheckEnums(const v1::Action& action) {
  switch (action.kind_case()) {
    case v1::Action::kStop:
      return CheckSet(action.stop().what(), "stop.what");
    case v1::Action::kWithdraw:
      return CheckSet(action.withdraw().how(), "withdraw.how");
    case v1::Action::kAttestFigure:
      return CheckSet(action.attest_figure().what(), "attest_figure.what");
    case v1::Action::kResolveRegister:
      return CheckSet(static_cast<int>(action.resolve_register().field()),
                      "resolve_register.field");
    case v1::Action::kResolveText:
      return CheckSet(static_cast<int>(action.resolve_text().field()),
                      "resolve_text.field");
    default:
      return absl::OkStatus();
  }
}

// The kind of document that an action is for; 0: any.
v1::DocumentKind KindFor(const v1::Action& action) {
  switch (action.kind_case()) {
    case v1::Action::kWithdraw:
    case v1::Action::kSupersede:
    case v1::Action::kSameAs:
    case v1::Action::kSettle:
    case v1::Action::kAnswerEvent:
    case v1::Action::kCorrectFigure:
      return v1::DOCUMENT_KIND_STATEMENT;
    case v1::Action::kAttestFigure:
      return action.attest_figure().what() == v1::ATTESTATION_CHECKED
                 ? v1::DOCUMENT_KIND_REPORT
                 : v1::DOCUMENT_KIND_STATEMENT;
    case v1::Action::kAcknowledge:
    case v1::Action::kDelete:
    case v1::Action::kRedact:
    case v1::Action::kResolveRegister:
    case v1::Action::kResolveText:
      return v1::DOCUMENT_KIND_UNSPECIFIED;
    default:
      return v1::DOCUMENT_KIND_REPORT;
  }
}

}  // namespace

absl::Status CheckAction(const v1::Action& action,
                         const v1::Document& document) {
  DATELINE_RETURN_IF_ERROR(CheckMessage(action));
  DATELINE_RETURN_IF_ERROR(CheckEnums(action));
  const v1::DocumentKind kind = KindFor(action);
  if (kind == v1::DOCUMENT_KIND_UNSPECIFIED || kind == document.kind()) {
    return absl::OkStatus();
  }
  return MakeError(v1::BAD_REQUEST,
                   "the action does not fit this kind of document",
                   {.field = "action.kind",
                    .limit = v1::DocumentKind_Name(kind),
                    .got = v1::DocumentKind_Name(document.kind())});
}

absl::Status CheckItemCount(const v1::Document& document, uint32_t list,
                            size_t more) {
  size_t items = more;
  for (const v1::Item& item : document.items()) items += item.list() == list;
  if (items <= kItemsPerListMax) return absl::OkStatus();
  return TooLarge("list", "kItemsPerListMax", kItemsPerListMax, items);
}

absl::Status NotThere(absl::string_view what, absl::string_view field) {
  return MakeError(v1::NOT_FOUND, absl::StrCat("there is no such ", what),
                   {.field = std::string(field)});
}

}  // namespace dateline::sync
