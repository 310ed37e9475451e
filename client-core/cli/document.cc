#include "client-core/cli/document.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client-core/cli/failure.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"

namespace dateline::cli {
namespace {

constexpr int kFigureNumberMax = 9999;  // a longer number is a hash's prefix

absl::StatusOr<v1::ItemId> FindFigure(const v1::Document& statement,
                                      const std::string& name) {
  const auto figures = ItemsOf(statement, sync::kFigures);
  int number = 0;
  if (absl::SimpleAtoi(name, &number) && number <= kFigureNumberMax) {
    if (number >= 1 && number <= figures.size()) {
      return figures[number - 1]->id();
    }
    return UsageError(absl::StrCat("this statement has ", figures.size(),
                                   " figures, there is no #", number));
  }
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(name, absl::MaxSplits('.', 1));
  for (const v1::Item* item : figures) {
    if (absl::StartsWith(absl::BytesToHexString(item->id().change()),
                         parts.first) &&
        absl::StrCat(item->id().op()) == parts.second) {
      return item->id();
    }
  }
  return UsageError(absl::StrCat("this statement has no figure #", name));
}

}  // namespace

const v1::Register* FindRegister(const v1::Document& document, uint32_t field) {
  for (const v1::Register& one : document.registers()) {
    if (one.field() == field) return &one;
  }
  return nullptr;
}

std::string TextOf(const v1::Document& document, uint32_t field) {
  const v1::Register* const found = FindRegister(document, field);
  if (found == nullptr || found->writes().empty()) return "";
  return found->writes(0).value().text();
}

int64_t TimeOf(const v1::Document& document, uint32_t field) {
  const v1::Register* const found = FindRegister(document, field);
  if (found == nullptr || found->writes().empty()) return 0;
  return found->writes(0).value().time_ms();
}

std::vector<const v1::Item*> ItemsOf(const v1::Document& document,
                                     uint32_t list) {
  std::vector<const v1::Item*> out;
  for (const v1::Item& item : document.items()) {
    if (item.list() == list) out.push_back(&item);
  }
  std::sort(out.begin(), out.end(), [](const v1::Item* a, const v1::Item* b) {
    return std::make_tuple(a->by().lamport(), a->id().change(), a->id().op()) <
           std::make_tuple(b->by().lamport(), b->id().change(), b->id().op());
  });
  return out;
}

const v1::Figure* RecordOf(const v1::Item& item, uint32_t field) {
  for (const v1::Register& one : item.registers()) {
    if (one.field() != field) continue;
    for (const v1::Write& write : one.writes()) {
      if (write.value().has_figure()) return &write.value().figure();
    }
  }
  return nullptr;
}

Reference ParseReference(const std::string& text) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(text, absl::MaxSplits('#', 1));
  return {.document = parts.first,
          .figures = absl::StrSplit(parts.second, ',', absl::SkipEmpty())};
}

absl::StatusOr<std::vector<v1::ItemId>> FiguresOf(const v1::Document& statement,
                                                  const Reference& reference) {
  std::vector<v1::ItemId> out;
  for (const std::string& name : reference.figures) {
    DATELINE_ASSIGN_OR_RETURN(v1::ItemId id, FindFigure(statement, name));
    out.push_back(std::move(id));
  }
  return out;
}

int FigureNumber(const v1::Document& statement, const v1::ItemId& figure) {
  const auto figures = ItemsOf(statement, sync::kFigures);
  for (size_t i = 0; i < figures.size(); ++i) {
    if (SameItem(figures[i]->id(), figure)) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool SameItem(const v1::ItemId& a, const v1::ItemId& b) {
  return a.change() == b.change() && a.op() == b.op();
}

}  // namespace dateline::cli
