#include "sync/merge/ledger_withdrawals.h"

#include <algorithm>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"

namespace dateline::sync {
namespace {

bool SawAny(const CitedUse& cited, const absl::btree_set<std::string>& aware) {
  return std::ranges::any_of(cited.saw, [&](const std::string& change) {
    return aware.contains(change);
  });
}

// The uses of what one withdrawal covers; true: only through a look-alike.
absl::btree_map<int, bool> UsesOf(const Withdrawal& withdrawal,
                                  const Uses& uses, const Book& book) {
  absl::btree_map<int, bool> found;
  const auto add = [&](const std::vector<int>& indexes, bool probable) {
    for (const int use : indexes) {
      const auto [at, first] = found.try_emplace(use, probable);
      if (!first) at->second = at->second && probable;
    }
  };
  // Figures whose records are not known here are cited all the same.
  const std::string& statement = withdrawal.statement->id();
  for (const v1::ItemId& figure : withdrawal.event->figures()) {
    add(uses.Of(statement, KeyOf(figure)), false);
  }
  add(uses.Of(statement, FigureKey()), false);  // cites no one figure of it
  if (withdrawal.event->figures().empty()) {
    add(uses.OfStatement(statement), false);
  }
  for (const int index : withdrawal.entries) {
    const v1::LedgerEntry& entry = book.entries()[index].view;
    add(uses.Of(entry.statement(), KeyOf(entry.figure())), false);
    for (const int alike : book.LookalikesOf(index)) {
      const BookEntry& other = book.entries()[alike];
      if (other.withdrawn()) continue;
      add(uses.Of(other.view.statement(), KeyOf(other.view.figure())), true);
    }
  }
  return found;
}

void EmitAcknowledged(const Withdrawal& withdrawal, v1::WithdrawalView* out) {
  absl::btree_map<std::string, const v1::Authored*> by_person;
  for (const v1::Acknowledged& seen : withdrawal.statement->acknowledged()) {
    if (seen.change() != withdrawal.event->id().change()) continue;
    by_person.try_emplace(seen.by().actor(), &seen.by());  // the first
  }
  for (const auto& [person, by] : by_person) {
    v1::Acknowledgement* const added = out->add_acknowledged();
    added->set_person(person);
    added->set_device(by->signer());
    added->set_wall_ms(by->wall_ms());
  }
  if (out->answered()) return;  // a mistake: nobody owes anything
  absl::btree_set<std::string> owed;
  for (const v1::Use& use : out->uses()) {
    if (!by_person.contains(use.author())) owed.insert(use.author());
  }
  for (const std::string& person : owed) out->add_owed(person);
}

v1::WithdrawalView ViewOf(const Withdrawal& withdrawal) {
  const v1::StatementEvent& event = *withdrawal.event;
  v1::WithdrawalView view;
  *view.mutable_id() = event.id();
  view.set_statement(withdrawal.statement->id());
  view.set_kind(event.kind());
  *view.mutable_figures() = event.figures();
  view.set_reason(event.reason());
  *view.mutable_by() = event.by();
  view.set_answered(event.answered());
  view.set_value(event.notice_value());
  view.set_source(event.notice_source());
  return view;
}

}  // namespace

void EmitWithdrawals(const Uses& uses, Book* book, v1::Ledger* ledger) {
  absl::btree_set<std::pair<int, int>> unaware;  // entry, use
  for (const Withdrawal& withdrawal : book->withdrawals()) {
    const auto aware =
        AwareOf(*withdrawal.statement, withdrawal.event->id().change());
    v1::WithdrawalView view = ViewOf(withdrawal);
    for (const auto& [index, probable] : UsesOf(withdrawal, uses, *book)) {
      v1::Use* const use = view.add_uses();
      *use = uses.all()[index].use;
      use->set_probable(probable);
      use->set_unaware(!SawAny(uses.all()[index], aware));
    }
    if (!view.answered()) {
      for (const int entry : withdrawal.entries) {
        const v1::LedgerEntry& of = book->entries()[entry].view;
        for (const int use : uses.Of(of.statement(), KeyOf(of.figure()))) {
          if (!SawAny(uses.all()[use], aware)) unaware.insert({entry, use});
        }
      }
    }
    EmitAcknowledged(withdrawal, &view);
    *ledger->add_withdrawals() = std::move(view);
  }
  for (size_t i = 0; i < book->entries().size(); ++i) {
    v1::LedgerEntry& entry = book->entries()[i].view;
    for (const int index : uses.Of(entry.statement(), KeyOf(entry.figure()))) {
      v1::Use* const use = entry.add_uses();
      *use = uses.all()[index].use;
      use->set_unaware(unaware.contains({static_cast<int>(i), index}));
    }
  }
}

}  // namespace dateline::sync
