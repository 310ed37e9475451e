#include <map>
#include <tuple>

#include "tests/sync/merge/naive_entry.h"

namespace dateline::testing {

// The worlds' numbers are small: plain sums do. No times are said in them.
void NaiveWarnings(const std::vector<NaiveEntry>& entries, v1::Ledger* out) {
  std::map<std::tuple<int, std::string, std::string, uint32_t>, v1::Warning>
      warnings;
  const auto add = [&](v1::WarningKind kind, const NaiveEntry& about) {
    v1::Warning warning;
    warning.set_kind(kind);
    warning.set_statement(about.view.statement());
    *warning.mutable_figure() = about.view.figure();
    return &(
        warnings[{kind, about.view.statement(), about.view.figure().change(),
                  about.view.figure().op()}] = warning);
  };
  for (const NaiveEntry& total : entries) {
    int64_t low = 0, best = 0, high = 0;
    bool open = false;
    std::vector<int64_t> parts;
    for (const NaiveEntry& part : entries) {
      const v1::Figure& record = part.view.record();
      const bool of =
          &part != &total && record.has_part_of() &&
          part.view.statement() == total.view.statement() &&
          record.part_of().op() == total.view.figure().op() &&
          part.view.figure().change() == total.view.figure().change() &&
          std::get<0>(part.row) == std::get<0>(total.row);
      if (!of) continue;
      low += record.low();
      best += record.best();
      high += record.high();
      open = open || record.at_least();
      parts.push_back(record.best());
    }
    const v1::Figure& whole = total.view.record();
    const bool more = !whole.at_least() && low > whole.high();
    const bool less = parts.size() > 1 && !open && high < whole.low();
    if (parts.empty() || (!more && !less)) continue;
    v1::Warning* const warning = add(v1::WARNING_KIND_PARTS_DIFFER, total);
    warning->set_expected(whole.best());
    warning->set_got(best);
    for (const int64_t part : parts) warning->add_parts(part);
  }
  for (const NaiveEntry& old : entries) {
    for (const NaiveEntry& next : entries) {
      const v1::Figure& before = old.view.record();
      const v1::Figure& after = next.view.record();
      if (!old.view.superseded() ||
          old.view.superseded_by() != next.view.statement() ||
          old.row != next.row || old.source != next.source ||
          old.source.empty() || old.Withdrawn() || next.Withdrawn() ||
          old.deleted || next.deleted || after.at_least() ||
          after.high() >= before.low() ||
          warnings.count({v1::WARNING_KIND_FALLING, next.view.statement(),
                          next.view.figure().change(),
                          next.view.figure().op()})) {
        continue;
      }
      v1::Warning* const warning = add(v1::WARNING_KIND_FALLING, next);
      warning->set_expected(before.best());
      warning->set_got(after.best());
    }
  }
  for (const auto& [key, warning] : warnings) *out->add_warnings() = warning;
}

}  // namespace dateline::testing
