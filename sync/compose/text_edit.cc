#include "sync/compose/text_edit.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "absl/strings/match.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/reader_text.h"
#include "sync/wire/walk.h"

namespace dateline::sync {
namespace {

// Stands for an open span while texts are compared: private use, plane 16.
constexpr char32_t kStandInFirst = 0x100000;

// A piece of what people see, and where it stands in the merged text.
struct Piece {
  std::u32string shown;
  uint32_t raw_start = 0;
  uint32_t raw_end = 0;
  bool exact = false;  // one scalar shown for each merged one
  const v1::OpenSpan* open = nullptr;
};

// Replaces [start, end) of the shown text (stand-ins included) by `inserted`.
struct Hunk {
  size_t start = 0;
  size_t end = 0;
  std::u32string inserted;
};

absl::StatusOr<std::vector<Piece>> PiecesOf(const v1::Text* text,
                                            char32_t stand_in) {
  std::vector<Piece> pieces;
  if (text == nullptr) return pieces;
  for (const v1::Segment& segment : text->segments()) {
    Piece piece;
    piece.raw_start = segment.raw_start();
    piece.raw_end = segment.raw_end();
    if (segment.has_open()) {
      piece.open = &segment.open();
      piece.shown = std::u32string(1, stand_in++);
    } else {
      DATELINE_ASSIGN_OR_RETURN(piece.shown, text::ToScalars(segment.text()));
      piece.exact = !segment.folded() &&
                    piece.shown.size() == piece.raw_end - piece.raw_start;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

// The merged text as far as people were told of it, for Widen, which runs on
// this device alone. An open span reads as paragraph breaks: it is whole
// sentences already, and an edit beside it must not answer for it. Words that
// are shown folded are repeated; what was redacted is blanks.
std::u32string RawOf(const v1::Text* text, const std::vector<Piece>& pieces) {
  std::u32string raw(text == nullptr ? 0 : text->raw_length(), text::kBlank);
  for (const Piece& piece : pieces) {
    const std::u32string words =
        piece.open != nullptr ? U"\u2029" : piece.shown;
    for (size_t i = 0; i < piece.raw_end - piece.raw_start; ++i) {
      if (words.empty() || piece.raw_start + i >= raw.size()) break;
      raw[piece.raw_start + i] = words[i % words.size()];
    }
  }
  return raw;
}

// Net runs, each counted in the text that the runs before it left, to hunks
// of the base.
std::vector<Hunk> HunksOf(size_t base_size, const text::NetEdit& net) {
  constexpr size_t kNew = SIZE_MAX;
  struct Scalar {
    size_t base;
    char32_t value;
  };
  std::vector<Scalar> now;
  for (size_t i = 0; i < base_size; ++i) now.push_back({i, 0});
  size_t taken = 0;
  for (const text::Run& run : net.runs) {
    const bool backward = run.kind == text::RunKind::kDeleteBackward;
    const auto at =
        now.begin() + (backward ? run.position - run.length : run.position);
    if (run.kind != text::RunKind::kInsert) {
      now.erase(at, at + run.length);
      continue;
    }
    std::vector<Scalar> added;
    for (uint32_t i = 0; i < run.length; ++i) {
      added.push_back({kNew, net.inserted[taken++]});
    }
    now.insert(at, added.begin(), added.end());
  }
  std::vector<Hunk> hunks;
  Hunk hunk;
  for (const Scalar& scalar : now) {
    if (scalar.base == kNew) {
      hunk.inserted.push_back(scalar.value);
      continue;
    }
    hunk.end = scalar.base;
    if (hunk.start != hunk.end || !hunk.inserted.empty()) hunks.push_back(hunk);
    hunk = {.start = scalar.base + 1, .end = scalar.base + 1, .inserted = {}};
  }
  hunk.end = base_size;
  if (hunk.start != hunk.end || !hunk.inserted.empty()) hunks.push_back(hunk);
  return hunks;
}

// Compares what was shown with what came back, and counts the difference in
// the merged text.
class Comparison {
 public:
  Comparison(const v1::Text* text, std::vector<Piece> pieces,
             std::u32string edited, bool in_blocks)
      : text_(text),
        pieces_(std::move(pieces)),
        edited_(std::move(edited)),
        in_blocks_(in_blocks) {
    for (const Piece& piece : pieces_) {
      starts_.push_back(shown_.size());
      shown_ += piece.shown;
    }
  }

  TextEdit Run() {
    TextEdit out;
    uint32_t shift = 0;
    for (Hunk& hunk : Joined(Hunks())) {
      WidenToPieces(&hunk);
      Answer(&hunk, &out);
      Emit(hunk, &shift, &out.net);
    }
    out.net.touched =
        text::Widen(RawOf(text_, pieces_), out.net.runs, out.net.inserted);
    return out;
  }

 private:
  bool IsStandIn(char32_t scalar) const {
    return std::ranges::any_of(pieces_, [&](const Piece& piece) {
      return piece.open != nullptr && piece.shown[0] == scalar;
    });
  }

  // What differs between one stand-in that was left and the next: they keep
  // their order, and are never taken for words.
  std::vector<Hunk> Hunks() const {
    std::vector<Hunk> hunks;
    size_t from = 0, edited_from = 0;
    for (size_t i = 0; i <= edited_.size(); ++i) {
      const bool end = i == edited_.size();
      if (!end && !IsStandIn(edited_[i])) continue;
      const size_t to = end ? shown_.size() : shown_.find(edited_[i], from);
      const std::u32string base = shown_.substr(from, to - from);
      const text::NetEdit net =
          text::Diff(base, edited_.substr(edited_from, i - edited_from));
      for (Hunk& hunk : HunksOf(base.size(), net)) {
        hunk.start += from;
        hunk.end += from;
        hunks.push_back(std::move(hunk));
      }
      from = to + 1;
      edited_from = i + 1;
    }
    return hunks;
  }

  // True for a piece that shows other scalars than it stands for, and that
  // the hunk is in: it is replaced whole. Words that stand for nothing (a held
  // deletion alone had taken them out) cannot be reached.
  bool TakesWhole(const Hunk& hunk, size_t piece) const {
    const size_t start = starts_[piece];
    const size_t end = start + pieces_[piece].shown.size();
    return !pieces_[piece].exact && pieces_[piece].open == nullptr &&
           pieces_[piece].raw_start < pieces_[piece].raw_end &&
           hunk.start < end && hunk.end > start;
  }

  // Hunks in one piece that is replaced whole become one.
  std::vector<Hunk> Joined(const std::vector<Hunk>& hunks) const {
    std::vector<Hunk> out;
    for (const Hunk& hunk : hunks) {
      bool joins = false;
      for (size_t i = 0; i < pieces_.size() && !out.empty(); ++i) {
        joins = joins || (TakesWhole(out.back(), i) && TakesWhole(hunk, i));
      }
      if (!joins) {
        out.push_back(hunk);
        continue;
      }
      Hunk& last = out.back();
      last.inserted +=
          shown_.substr(last.end, hunk.start - last.end) + hunk.inserted;
      last.end = hunk.end;
    }
    return out;
  }

  void WidenToPieces(Hunk* hunk) const {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const size_t start = starts_[i];
      const size_t end = start + pieces_[i].shown.size();
      if (!TakesWhole(*hunk, i)) continue;
      if (start < hunk->start) {
        hunk->inserted =
            shown_.substr(start, hunk->start - start) + hunk->inserted;
        hunk->start = start;
      }
      if (hunk->end < end) {
        hunk->inserted += shown_.substr(hunk->end, end - hunk->end);
        hunk->end = end;
      }
    }
  }

  // Notes the spans that a hunk takes away, and drops the line breaks that
  // stood there for the markers alone.
  void Answer(Hunk* hunk, TextEdit* out) const {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_[i].open == nullptr || starts_[i] < hunk->start ||
          starts_[i] >= hunk->end) {
        continue;
      }
      for (const v1::Original& original : pieces_[i].open->originals()) {
        for (const v1::ItemId& edit : original.edits()) {
          out->resolves.push_back(edit);
        }
      }
      if (!in_blocks_) continue;
      const bool at_line_start =
          starts_[i] == 0 || shown_[starts_[i] - 1] == U'\n';
      if (starts_[i] == hunk->start && !at_line_start &&
          !hunk->inserted.empty() && hunk->inserted.front() == U'\n') {
        hunk->inserted.erase(0, 1);
      }
      if (starts_[i] + 1 == hunk->end && !hunk->inserted.empty() &&
          hunk->inserted.back() == U'\n') {
        hunk->inserted.pop_back();
      }
    }
  }

  // Where scalar `shown` of a piece is in the merged text. Of words that a
  // held deletion alone had taken out nothing is there.
  uint32_t RawAt(size_t piece, size_t shown) const {
    return std::min(pieces_[piece].raw_end,
                    pieces_[piece].raw_start +
                        static_cast<uint32_t>(shown - starts_[piece]));
  }

  uint32_t RawStart(const Hunk& hunk) const {
    uint32_t raw = 0;
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const size_t end = starts_[i] + pieces_[i].shown.size();
      if (hunk.start == starts_[i] && hunk.end > hunk.start) {
        return pieces_[i].raw_start;
      }
      if (hunk.start < starts_[i]) break;
      raw = hunk.start < end ? RawAt(i, hunk.start) : pieces_[i].raw_end;
      if (hunk.start < end) break;
    }
    return raw;
  }

  uint32_t RawEnd(const Hunk& hunk) const {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const size_t end = starts_[i] + pieces_[i].shown.size();
      if (hunk.end > end) continue;
      return hunk.end == end ? pieces_[i].raw_end : RawAt(i, hunk.end);
    }
    return pieces_.empty() ? 0 : pieces_.back().raw_end;
  }

  void Emit(const Hunk& hunk, uint32_t* shift, text::NetEdit* out) const {
    const uint32_t start = RawStart(hunk);
    const uint32_t deleted = hunk.end > hunk.start ? RawEnd(hunk) - start : 0;
    const auto inserted = static_cast<uint32_t>(hunk.inserted.size());
    const uint32_t at = start + *shift;  // wraps back where more was deleted
    if (deleted > 0) {
      out->runs.push_back({at, deleted, text::RunKind::kDelete});
    }
    if (inserted > 0) {
      out->runs.push_back({at, inserted, text::RunKind::kInsert});
    }
    out->inserted += hunk.inserted;
    *shift += inserted - deleted;
  }

  const v1::Text* const text_;  // not owned
  const std::vector<Piece> pieces_;
  const std::u32string edited_;
  const bool in_blocks_;  // line breaks around a span stood for its markers
  std::u32string shown_;
  std::vector<size_t> starts_;  // of pieces, in shown_
};

// A range of scalars that neither text uses.
char32_t FreeStandIns(const std::u32string& text, size_t count) {
  char32_t first = kStandInFirst;
  for (const char32_t scalar : text) {
    if (scalar >= first) first = scalar + 1;
  }
  return first + count <= 0x10FFFE ? first : kStandInFirst;
}

// A marker line outside a whole block is a block cut up, moved or copied.
absl::Status CheckNoMarkers(const v1::Text* text, const std::string& edited) {
  for (int i = 0; text != nullptr && i < text->segments_size(); ++i) {
    if (!text->segments(i).has_open()) continue;
    for (const std::string& line : MarkerLines(text->segments(i).open())) {
      if (absl::StrContains(edited, line)) {
        return MakeError(v1::BAD_REQUEST,
                         "an open span was cut up or moved: leave its block "
                         "whole, or delete all its marker lines",
                         {.field = "text"});
      }
    }
  }
  return absl::OkStatus();
}

// Puts a stand-in for every block that came back whole.
absl::StatusOr<std::u32string> TakeBlocks(const v1::Text* text,
                                          const Shown& shown, char32_t stand_in,
                                          absl::string_view edited) {
  std::u32string out;
  size_t block = 0;
  for (int i = 0; text != nullptr && i < text->segments_size(); ++i) {
    if (!text->segments(i).has_open()) continue;
    const std::string& bytes = shown.blocks[block];
    const char32_t here = stand_in + static_cast<char32_t>(block++);
    if (const size_t at = edited.find(bytes); at != absl::string_view::npos) {
      DATELINE_ASSIGN_OR_RETURN(const std::u32string before,
                                text::ToScalars(edited.substr(0, at)));
      out += before;
      out.push_back(here);
      edited.remove_prefix(at + bytes.size());
      continue;
    }
  }
  DATELINE_ASSIGN_OR_RETURN(const std::u32string rest, text::ToScalars(edited));
  out += rest;
  if (block > 0) {
    DATELINE_RETURN_IF_ERROR(CheckNoMarkers(text, text::ToUtf8(out)));
  }
  return out;
}

using Edits = absl::btree_set<std::pair<std::string, uint32_t>>;

Edits EditsOf(const v1::OpenSpan& span) {
  Edits edits;
  for (const v1::Original& original : span.originals()) {
    for (const v1::ItemId& edit : original.edits()) {
      edits.emplace(edit.change(), edit.op());
    }
  }
  return edits;
}

// Puts `words` in the place of one open span and leaves all else as it is.
absl::StatusOr<TextEdit> ReplaceSpan(const v1::Text* text, int segment,
                                     absl::string_view words) {
  const Shown shown = Show(text);
  DATELINE_ASSIGN_OR_RETURN(const std::u32string both,
                            text::ToScalars(absl::StrCat(words, shown.text)));
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<Piece> pieces,
      PiecesOf(text, FreeStandIns(both, shown.blocks.size())));
  std::u32string edited;
  for (size_t i = 0; i < pieces.size(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(const std::u32string here,
                              text::ToScalars(words));
    edited += static_cast<int>(i) == segment ? here : pieces[i].shown;
  }
  return Comparison(text, std::move(pieces), std::move(edited), false).Run();
}

}  // namespace

absl::StatusOr<TextEdit> EditOf(const v1::Document& document, uint32_t field,
                                absl::string_view edited) {
  const v1::Text* text = FindText(document, field);
  const Shown shown = Show(text);
  if (edited == shown.text) return TextEdit();
  DATELINE_ASSIGN_OR_RETURN(const std::u32string both,
                            text::ToScalars(absl::StrCat(edited, shown.text)));
  const char32_t stand_in = FreeStandIns(both, shown.blocks.size());
  DATELINE_ASSIGN_OR_RETURN(std::vector<Piece> pieces,
                            PiecesOf(text, stand_in));
  DATELINE_ASSIGN_OR_RETURN(std::u32string words,
                            TakeBlocks(text, shown, stand_in, edited));
  return Comparison(text, std::move(pieces), std::move(words), true).Run();
}

absl::StatusOr<TextEdit> ResolutionOf(
    const v1::Document& document, uint32_t field,
    const google::protobuf::RepeatedPtrField<v1::ItemId>& edits,
    absl::string_view words) {
  Edits named;
  for (const v1::ItemId& edit : edits) named.emplace(edit.change(), edit.op());
  const v1::Text* text = FindText(document, field);
  for (int i = 0; text != nullptr && i < text->segments_size(); ++i) {
    const v1::Segment& segment = text->segments(i);
    if (!segment.has_open()) continue;
    const Edits here = EditsOf(segment.open());
    if (std::ranges::none_of(
            here, [&](const auto& edit) { return named.contains(edit); })) {
      continue;
    }
    if (here != named) {
      return MakeError(v1::CONFLICT,
                       "the open span has changed: look at it again",
                       {.field = "resolve_text.edits",
                        .limit = absl::StrCat(here.size(), " edits"),
                        .got = absl::StrCat(named.size(), " edits")});
    }
    return ReplaceSpan(text, i, words);
  }
  return MakeError(v1::NOT_FOUND, "no open span has these edits",
                   {.field = "resolve_text.edits"});
}

absl::StatusOr<std::string> QuoteOf(const v1::Document& document,
                                    uint32_t field, uint32_t start,
                                    uint32_t end) {
  const v1::Text* text = FindText(document, field);
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Piece> pieces,
                            PiecesOf(text, kStandInFirst));
  const uint32_t length = pieces.empty() ? 0 : pieces.back().raw_end;
  if (start > end || end > length) {
    return MakeError(v1::OUT_OF_RANGE_VALUE, "the span is not in the text",
                     {.field = "start, end",
                      .limit = absl::StrCat(length),
                      .got = absl::StrCat(start, ", ", end)});
  }
  std::u32string quote;
  for (const Piece& piece : pieces) {
    const uint32_t from = std::max(start, piece.raw_start);
    const uint32_t to = std::min(end, piece.raw_end);
    if (from >= to) continue;
    if (!piece.exact) {
      return MakeError(v1::CONFLICT,
                       "an open span lies there: resolve it, then cite",
                       {.field = "start, end"});
    }
    quote += piece.shown.substr(from - piece.raw_start, to - from);
  }
  return text::ToUtf8(quote);
}

absl::Status AddFirstText(uint32_t field, absl::string_view words,
                          PartBuilder* part) {
  if (words.empty()) return absl::OkStatus();
  if (!IsUtf8(words)) return text::ToScalars(words).status();
  text::NetEdit net;
  net.runs = {{0, static_cast<uint32_t>(CountScalars(words))}};
  net.touched = {{0, 0}};
  v1::TextOp* op = part->AddOp()->mutable_text();
  text::EncodeTextOp(net, op);
  op->set_field(field);
  part->text()->append(words.data(), words.size());
  return absl::OkStatus();
}

void AddTextEdit(uint32_t field, const TextEdit& edit, PartBuilder* part) {
  if (!edit.resolves.empty()) {
    v1::TextResolveOp* resolve = part->AddOp()->mutable_text_resolve();
    resolve->set_field(field);
    for (const v1::ItemId& id : edit.resolves) {
      part->Ref(id, resolve->add_edits());
    }
  }
  if (edit.net.runs.empty()) return;
  v1::TextOp* op = part->AddOp()->mutable_text();
  text::EncodeTextOp(edit.net, op);
  op->set_field(field);
  *part->text() += text::ToUtf8(edit.net.inserted);
}

}  // namespace dateline::sync
