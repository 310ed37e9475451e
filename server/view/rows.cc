#include "server/view/rows.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sync/compose/review.h"
#include "sync/model/fields.h"

namespace dateline::server {
namespace {

// Every word of a text field; of an open span each original's.
std::string WordsOf(const v1::Text& text) {
  std::string out;
  for (const v1::Segment& segment : text.segments()) {
    absl::StrAppend(&out, segment.text());
    for (const v1::Original& original : segment.open().originals()) {
      absl::StrAppend(&out, original.text(), " ");
    }
  }
  return out;
}

uint32_t CountWords(const v1::Document& document) {
  uint32_t words = 0;
  for (const v1::Text& text : document.texts()) {
    if (text.field() != sync::kBody) continue;
    for (const absl::string_view word :
         absl::StrSplit(WordsOf(text), absl::ByAnyChar(" \t\n"))) {
      if (!word.empty()) ++words;
    }
  }
  return words;
}

const v1::Value* ShownValue(const v1::Document& document, uint32_t field) {
  for (const v1::Register& one : document.registers()) {
    if (one.field() != field || one.writes().empty()) continue;
    return one.writes(0).has_value() ? &one.writes(0).value() : nullptr;
  }
  return nullptr;
}

}  // namespace

FlagsByReport FlagsOf(const v1::Ledger& ledger) {
  FlagsByReport flags;
  for (const v1::LedgerRow& row : ledger.rows()) {
    for (const v1::LedgerEntry& entry : row.entries()) {
      const bool withdrawn = entry.retracted() || entry.disavowed();
      if (!withdrawn && !entry.probably_withdrawn()) continue;
      for (const v1::Use& use : entry.uses()) {
        UseFlags& flag = flags[use.report()];
        const bool probably = !withdrawn || use.probable();
        (probably ? flag.probably : flag.withdrawn) = true;
      }
    }
  }
  return flags;
}

v1::QueueRow RowOf(const ViewDocument& view, const UseFlags& flags,
                   const Roster& roster) {
  const v1::Document& document = view.document;
  const bool is_report = document.kind() == v1::DOCUMENT_KIND_REPORT;
  v1::QueueRow row;
  row.set_document(document.id());
  row.set_assignment(view.assignment.str());
  row.set_kind(document.kind());
  row.set_slugline(sync::RegisterText(document, sync::kSlugline));
  row.set_headline(is_report ? sync::RegisterText(document, sync::kHeadline)
                             : sync::TitleOf(document));
  row.set_author(document.created().actor());
  if (const auto author = sync::PersonId::FromBytes(document.created().actor());
      author.ok()) {
    row.set_author_name(roster.NameOf(*author));
  }
  if (const v1::Value* place = ShownValue(document, sync::kLocated)) {
    row.set_place(place->place().name());
  }
  row.set_status(document.workflow().status());
  row.set_written_ms(document.updated().wall_ms());
  row.set_received_ms(view.received_ms);
  row.set_words(CountWords(document));
  row.set_conflicts(document.conflicts());
  row.set_withdrawn_figure(flags.withdrawn);
  row.set_probably_withdrawn(flags.probably);
  row.set_embargoed(ShownValue(document, sync::kEmbargoedUntil) != nullptr);
  row.set_changed_since_approval(document.workflow().changed_since_approval());
  row.set_quarantined(!document.held().empty());
  row.set_incomplete(!document.version().complete());
  row.set_deleted(document.deleted());
  return row;
}

SearchText SearchTextOf(const v1::Document& document) {
  return {.title = sync::FoldForSearch(
              absl::StrCat(sync::RegisterText(document, sync::kSlugline), " ",
                           sync::TitleOf(document))),
          .words = sync::FoldForSearch(sync::SearchTextOf(document))};
}

}  // namespace dateline::server
