#include "sync/merge/ledger_warnings.h"

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"

namespace dateline::sync {
namespace {

using WarningKey = std::tuple<int, std::string, FigureKey>;
using Warnings = absl::btree_map<WarningKey, v1::Warning>;

constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();

int64_t High(const v1::Figure& figure) {
  return figure.at_least() ? kUnknown : figure.high();
}

// Sums never wrap: a figure may be any 64-bit number.
int64_t Plus(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (a == kUnknown || b == kUnknown) return kUnknown;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? kUnknown : std::numeric_limits<int64_t>::min();
}

void Add(v1::WarningKind kind, const v1::LedgerEntry& about, int64_t expected,
         int64_t got, const std::vector<int64_t>& parts, Warnings* out) {
  v1::Warning warning;
  warning.set_kind(kind);
  warning.set_statement(about.statement());
  *warning.mutable_figure() = about.figure();
  warning.set_expected(expected);
  warning.set_got(got);
  for (const int64_t part : parts) warning.add_parts(part);
  out->try_emplace({kind, about.statement(), KeyOf(about.figure())},
                   std::move(warning));
}

// The figure that `entry` is a part of; op 0 of no change is none.
int TotalOf(const Book& book, const BookEntry& entry) {
  const v1::LedgerEntry& view = entry.view;
  if (!view.record().has_part_of()) return -1;
  FigureKey total = KeyOf(view.record().part_of());
  if (total.first.empty()) total.first = view.figure().change();
  const int found = book.Find(view.statement(), total);
  if (found < 0 || &book.entries()[found] == &entry) return -1;
  const bool same =
      std::get<0>(book.entries()[found].row) == std::get<0>(entry.row);
  return same ? found : -1;
}

void WarnOfParts(const Book& book, Warnings* out) {
  absl::btree_map<int, std::vector<int>> parts;  // by total
  for (size_t i = 0; i < book.entries().size(); ++i) {
    const int total = TotalOf(book, book.entries()[i]);
    if (total >= 0) parts[total].push_back(static_cast<int>(i));
  }
  for (const auto& [total, indexes] : parts) {
    const v1::LedgerEntry& view = book.entries()[total].view;
    int64_t low = 0, best = 0, high = 0;
    std::vector<int64_t> values;
    for (const int index : indexes) {
      const v1::Figure& part = book.entries()[index].view.record();
      low = Plus(low, part.low());
      best = Plus(best, part.best());
      high = Plus(high, High(part));
      values.push_back(part.best());
    }
    const bool too_much = low > High(view.record());
    const bool too_little = indexes.size() > 1 && high < view.record().low();
    if (too_much || too_little) {
      Add(v1::WARNING_KIND_PARTS_DIFFER, view, view.record().best(), best,
          values, out);
    }
  }
}

void WarnOfFall(const BookEntry& earlier, const BookEntry& later,
                Warnings* out) {
  if (later.withdrawn() || later.deleted) return;
  if (earlier.withdrawn() || earlier.deleted) return;
  const v1::Figure& before = earlier.view.record();
  const v1::Figure& after = later.view.record();
  if (High(after) >= before.low()) return;
  Add(v1::WARNING_KIND_FALLING, later.view, before.best(), after.best(), {},
      out);
}

void WarnOfFalls(const Book& book, Warnings* out) {
  absl::btree_map<std::pair<RowKey, std::string>, std::vector<int>> series;
  for (size_t i = 0; i < book.entries().size(); ++i) {
    const BookEntry& entry = book.entries()[i];
    if (entry.source.empty()) continue;
    series[{entry.row, entry.source}].push_back(static_cast<int>(i));
  }
  for (auto& [key, indexes] : series) {
    const auto at = [&](int index) -> const BookEntry& {
      return book.entries()[index];
    };
    for (const int old : indexes) {  // as statements say themselves
      for (const int next : book.EntriesOf(at(old).view.superseded_by())) {
        if (at(next).row == at(old).row && at(next).source == at(old).source) {
          WarnOfFall(at(old), at(next), out);
        }
      }
    }
    std::erase_if(indexes, [&](int i) { return at(i).view.said_ms() == 0; });
    std::erase_if(indexes, [&](int i) { return at(i).withdrawn(); });
    std::ranges::sort(indexes, {}, [&](int i) {
      return std::make_tuple(at(i).view.said_ms(), at(i).view.statement(),
                             KeyOf(at(i).view.figure()));
    });
    for (size_t i = 1; i < indexes.size(); ++i) {
      if (at(indexes[i - 1]).view.said_ms() < at(indexes[i]).view.said_ms()) {
        WarnOfFall(at(indexes[i - 1]), at(indexes[i]), out);
      }
    }
  }
}

}  // namespace

void EmitWarnings(const Book& book, v1::Ledger* ledger) {
  Warnings warnings;
  WarnOfParts(book, &warnings);
  WarnOfFalls(book, &warnings);
  for (auto& [key, warning] : warnings) {
    *ledger->add_warnings() = std::move(warning);
  }
}

}  // namespace dateline::sync
