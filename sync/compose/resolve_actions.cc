#include <algorithm>

#include "absl/container/btree_set.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action_checks.h"
#include "sync/compose/actions.h"
#include "sync/compose/notice_text.h"
#include "sync/compose/owed.h"
#include "sync/compose/part_builder.h"
#include "sync/compose/text_edit.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

const v1::Register* FindRegister(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers,
    uint32_t field) {
  for (const v1::Register& one : registers) {
    if (one.field() == field) return &one;
  }
  return nullptr;
}

// The register of the document, or of the item that the action names.
const v1::Register* FindResolved(const v1::ResolveRegister& action,
                                 const v1::Document& document) {
  if (action.item().change().empty()) {
    return FindRegister(document.registers(), action.field());
  }
  for (const v1::Item& item : document.items()) {
    if (SameItem(item.id(), action.item())) {
      return FindRegister(item.registers(), action.field());
    }
  }
  return nullptr;
}

bool IsNamed(const v1::Write& write, const v1::ResolveRegister& action) {
  return std::ranges::any_of(action.writes(), [&](const v1::ItemId& id) {
    return id.change() == write.by().change() && id.op() == write.op();
  });
}

// What the resolution stands on. Where a write came that was not on screen,
// it stands on the writes that were, so that the new one is a new conflict.
absl::StatusOr<std::vector<Hash>> DepsOf(const v1::ResolveRegister& action,
                                         const v1::Register& shown,
                                         const v1::Document& document) {
  absl::btree_set<Hash> named;
  int found = 0;
  for (const v1::Write& write : shown.writes()) {
    if (!IsNamed(write, action)) continue;
    ++found;
    named.insert(HashFrom(write.by().change()));
    for (const v1::Authored& also : write.also()) {
      named.insert(HashFrom(also.change()));
    }
  }
  if (found == 0 || found != action.writes_size()) {
    return NotThere("write", "resolve_register.writes");
  }
  if (found == shown.writes_size()) return HeadsOf(document, Lane::kFact);
  return std::vector<Hash>(named.begin(), named.end());
}

// Why: an item of its own, for notes never compete.
void AddResolution(absl::string_view note, const v1::Document& document,
                   PartBuilder* part) {
  if (note.empty()) return;
  v1::ItemAddOp* add = part->AddOp()->mutable_item_add();
  add->set_list(document.kind() == v1::DOCUMENT_KIND_STATEMENT ? kStatementNotes
                                                               : kResolutions);
  part->AddText(kReason, note, add->mutable_fields());
}

const v1::LedgerEntry* FindEntry(const v1::Cite& action,
                                 const v1::Ledger& ledger) {
  for (const v1::LedgerRow& row : ledger.rows()) {
    for (const v1::LedgerEntry& entry : row.entries()) {
      if (entry.statement() == action.statement() &&
          SameItem(entry.figure(), action.figure())) {
        return &entry;
      }
    }
  }
  return nullptr;
}

void AddAnchor(const v1::Cite& action, const std::string& quote,
               const v1::Document& report, PartBuilder* part,
               v1::CitationAnchor* anchor) {
  part->NameAll(HeadsOf(report, Lane::kText), anchor->mutable_heads());
  anchor->set_start(action.start());
  anchor->set_end(action.end());
  anchor->set_quote_hash(HashOf(quote).str().substr(0, kQuoteHashBytes));
}

}  // namespace

Parts Compose(const v1::ResolveRegister& action, const Seen& seen) {
  const v1::Register* shown = FindResolved(action, seen.document);
  if (shown == nullptr) return NotThere("field", "resolve_register.field");
  DATELINE_ASSIGN_OR_RETURN(std::vector<Hash> deps,
                            DepsOf(action, *shown, seen.document));
  PartBuilder part(seen.document, Lane::kFact);
  if (action.item().change().empty()) {
    part.AddOp()->mutable_put()->set_field(action.field());
  } else {
    v1::ItemPutOp* put = part.AddOp()->mutable_item_put();
    part.Ref(action.item(), put->mutable_item());
    put->add_fields(action.field());
  }
  part.AddValue(action.value());
  AddResolution(action.note(), seen.document, &part);
  std::vector<Part> parts{std::move(part).Finish()};
  parts[0].deps = std::move(deps);
  return parts;
}

Parts Compose(const v1::ResolveText& action, const Seen& seen) {
  DATELINE_ASSIGN_OR_RETURN(const TextEdit edit,
                            ResolutionOf(seen.document, action.field(),
                                         action.edits(), action.text()));
  PartBuilder words(seen.document, Lane::kText);
  AddTextEdit(action.field(), edit, &words);
  std::vector<Part> parts{std::move(words).Finish()};
  if (!action.note().empty()) {
    PartBuilder facts(seen.document, Lane::kFact);
    AddResolution(action.note(), seen.document, &facts);
    parts.push_back(std::move(facts).Finish());
  }
  return parts;
}

Parts Compose(const v1::Cite& action, const Seen& seen) {
  const v1::LedgerEntry* entry = FindEntry(action, seen.ledger);
  if (entry == nullptr || action.figure().change().empty()) {
    return NotThere("figure", "cite.figure");
  }
  DATELINE_RETURN_IF_ERROR(CheckItemCount(seen.document, kCitations, 1));
  if (entry->conflicting_size() > 0) {
    return MakeError(v1::CONFLICT,
                     "the figure has more than one record: resolve it first",
                     {.field = "cite.figure"});
  }
  DATELINE_ASSIGN_OR_RETURN(
      const std::string quote,
      QuoteOf(seen.document, kBody, action.start(), action.end()));
  PartBuilder part(seen.document, Lane::kFact);
  v1::ItemAddOp* add = part.AddOp()->mutable_item_add();
  add->set_list(kCitations);
  add->set_target(action.statement());
  part.Ref(action.figure(), add->mutable_target_item());
  if (!quote.empty()) {
    AddAnchor(action, quote, seen.document, &part, add->mutable_anchor());
  }
  // Withdrawals that its author had seen, so that others can be told.
  for (const v1::WithdrawalView& withdrawal : seen.ledger.withdrawals()) {
    if (withdrawal.statement() == action.statement()) {
      part.Name(withdrawal.id().change());
    }
  }
  add->add_fields(kCitedRecord);
  v1::Value record;
  *record.mutable_figure() = entry->record();
  part.AddValue(std::move(record));
  part.AddNote(kCitedQuote, Shortened(quote, kShortTextBytesMax),
               add->mutable_fields());
  part.AddNote(kCitedSource, Shortened(entry->source(), kSluglineBytesMax),
               add->mutable_fields());
  return std::vector<Part>{std::move(part).Finish()};
}

}  // namespace dateline::sync
