#include "server/view/rows.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

std::string Describe(const v1::Figure& figure) {
  return absl::StrCat(figure.counted(), figure.place().empty() ? "" : ", ",
                      figure.place(), ": ",
                      figure.at_least() ? "at least " : "", figure.best());
}

const v1::Value* ShownValue(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers,
    uint32_t field) {
  for (const v1::Register& one : registers) {
    if (one.field() != field || one.writes().empty()) continue;
    return one.writes(0).has_value() ? &one.writes(0).value() : nullptr;
  }
  return nullptr;
}

// A statement's headline: who said it, and its first figure.
std::string StatementHeadline(const v1::Document& document) {
  std::string out = ShownText(document, sync::kStatementSourceName);
  for (const v1::Item& item : document.items()) {
    if (item.list() != sync::kFigures) continue;
    const v1::Value* const record =
        ShownValue(item.registers(), sync::kFigureRecord);
    if (record == nullptr) continue;
    absl::StrAppend(&out, out.empty() ? "" : ": ", Describe(record->figure()));
    break;
  }
  return out;
}

void AppendValue(const v1::Value& value, std::string* words) {
  if (value.has_text()) absl::StrAppend(words, value.text(), " ");
  if (value.has_place()) absl::StrAppend(words, value.place().name(), " ");
  if (value.has_figure()) {
    absl::StrAppend(words, value.figure().counted(), " ",
                    value.figure().place(), " ", value.figure().best(), " ");
  }
}

void AppendRegisters(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers,
    std::string* words) {
  for (const v1::Register& one : registers) {
    for (const v1::Write& write : one.writes()) {
      AppendValue(write.value(), words);
    }
  }
}

}  // namespace

const v1::Value* ShownValue(const v1::Document& document, uint32_t field) {
  return ShownValue(document.registers(), field);
}

std::string ShownText(const v1::Document& document, uint32_t field) {
  const v1::Value* const value = ShownValue(document, field);
  return value == nullptr ? "" : value->text();
}

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
  row.set_slugline(ShownText(document, sync::kSlugline));
  row.set_headline(is_report ? ShownText(document, sync::kHeadline)
                             : StatementHeadline(document));
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
  SearchText out;
  out.title = absl::StrCat(ShownText(document, sync::kSlugline), " ",
                           ShownText(document, sync::kHeadline));
  AppendRegisters(document.registers(), &out.words);
  for (const v1::ValueSet& set : document.sets()) {
    for (const v1::Element& element : set.elements()) {
      AppendValue(element.value(), &out.words);
    }
  }
  for (const v1::Item& item : document.items()) {
    AppendRegisters(item.registers(), &out.words);
  }
  for (const v1::Text& text : document.texts()) {
    absl::StrAppend(&out.words, WordsOf(text), " ");
  }
  return out;
}

}  // namespace dateline::server
