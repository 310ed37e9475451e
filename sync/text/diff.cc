#include <algorithm>
#include <utility>

#include "sync/text/breaks.h"
#include "sync/text/draft.h"
#include "sync/text/hunks.h"

namespace dateline::sync::text {
namespace {

void AddPart(DiffPart::Kind kind, std::u32string text,
             std::vector<DiffPart>* parts) {
  if (text.empty()) return;
  if (!parts->empty() && parts->back().kind == kind) {
    parts->back().text += text;
    return;
  }
  parts->push_back({kind, std::move(text)});
}

bool IsBlank(const std::u32string& text, uint32_t start, uint32_t end) {
  for (uint32_t i = start; i < end; ++i) {
    if (!IsSpace(text[i]) || EndsParagraph(text[i])) return false;
  }
  return true;
}

// Two changes with nothing but a space between them read as one.
std::vector<Hunk> JoinAcrossSpaces(const std::u32string& from,
                                   const std::vector<Hunk>& hunks) {
  std::vector<Hunk> joined;
  for (const Hunk& hunk : hunks) {
    if (!joined.empty() &&
        IsBlank(from, joined.back().from_end, hunk.from_start)) {
      joined.back().from_end = hunk.from_end;
      joined.back().to_end = hunk.to_end;
    } else {
      joined.push_back(hunk);
    }
  }
  return joined;
}

}  // namespace

NetEdit Diff(const std::u32string& base, const std::u32string& edited) {
  NetEdit edit;
  int64_t shift = 0;  // of positions, by the hunks before
  for (const Hunk& hunk : ScalarHunks(base, edited)) {
    const uint32_t removed = hunk.from_end - hunk.from_start;
    const uint32_t added = hunk.to_end - hunk.to_start;
    AddRuns(static_cast<uint32_t>(hunk.from_start + shift), removed, added,
            &edit.runs);
    edit.inserted.append(edited, hunk.to_start, added);
    shift += int64_t{added} - removed;
  }
  edit.touched = Widen(base, edit.runs, edit.inserted);
  return edit;
}

std::u32string WithoutErased(const std::u32string& base,
                             const std::u32string& now,
                             const std::u32string& typed) {
  std::vector<bool> erased(base.size());
  for (const Hunk& hunk : ScalarHunks(base, now)) {
    std::fill(erased.begin() + hunk.from_start, erased.begin() + hunk.from_end,
              true);
  }
  std::u32string out;
  const auto keep = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      if (!erased[i]) out.push_back(base[i]);
    }
  };
  size_t done = 0;
  for (const Hunk& hunk : ScalarHunks(base, typed)) {
    keep(done, hunk.from_start);
    out.append(typed, hunk.to_start, hunk.to_end - hunk.to_start);
    done = hunk.from_end;
  }
  keep(done, base.size());
  return out;
}

std::vector<DiffPart> DiffWords(const std::u32string& from,
                                const std::u32string& to) {
  std::vector<DiffPart> parts;
  uint32_t done = 0;
  for (const Hunk& hunk : JoinAcrossSpaces(from, WordHunks(from, to))) {
    AddPart(DiffPart::Kind::kSame, from.substr(done, hunk.from_start - done),
            &parts);
    AddPart(DiffPart::Kind::kRemoved,
            from.substr(hunk.from_start, hunk.from_end - hunk.from_start),
            &parts);
    AddPart(DiffPart::Kind::kAdded,
            to.substr(hunk.to_start, hunk.to_end - hunk.to_start), &parts);
    done = hunk.from_end;
  }
  AddPart(DiffPart::Kind::kSame, from.substr(done), &parts);
  return parts;
}

}  // namespace dateline::sync::text
