#include "sync/merge/ledger_rows.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"

namespace dateline::sync {
namespace {

using Rival = std::pair<std::string, FigureKey>;  // statement, figure

Rival RivalOf(const v1::LedgerEntry& entry) {
  return {entry.statement(), KeyOf(entry.figure())};
}

using Value = std::tuple<int64_t, int64_t, int64_t, bool>;

Value ValueOf(const v1::Figure& figure) {
  return {figure.low(), figure.best(), figure.high(), figure.at_least()};
}

// A settlement, ready to be compared with a row.
struct Settlement {
  const v1::StatementEvent* event;               // not owned
  absl::btree_map<Rival, std::string> versions;  // of the rivals it names
  std::optional<Rival> stands;                   // none: none does
};

Settlement ReadSettlement(const v1::StatementEvent& event) {
  Settlement settlement{&event, {}, {}};
  const v1::SettleOp& op = event.settle();
  for (int i = 0; i < op.rivals_size(); ++i) {
    const Rival rival{op.rivals(i).statement(), KeyOf(op.rivals(i).figure())};
    settlement.versions[rival] = event.settle_versions(i);
    if (i == op.stands()) settlement.stands = rival;
  }
  return settlement;
}

// All settlements, by the figures that they name.
class Settlements {
 public:
  explicit Settlements(const Book& book) {
    for (const v1::StatementEvent* event : book.settlements()) {
      all_.push_back(ReadSettlement(*event));
    }
    for (const Settlement& settlement : all_) {
      for (const auto& [rival, version] : settlement.versions) {
        by_rival_[rival].push_back(&settlement);
      }
    }
  }

  // Those that name every one of `current` at the version it has now, and by
  // (lamport, hash); those that a later one has seen are left out.
  std::vector<const Settlement*> Bearing(
      const std::vector<const v1::LedgerEntry*>& current) const {
    std::vector<const Settlement*> bearing;
    if (current.empty()) return bearing;
    const auto named = by_rival_.find(RivalOf(*current[0]));
    if (named == by_rival_.end()) return bearing;
    for (const Settlement* settlement : named->second) {
      if (Covers(*settlement, current)) bearing.push_back(settlement);
    }
    absl::btree_set<std::string> seen;
    for (const Settlement* settlement : bearing) {
      seen.insert(settlement->event->saw().begin(),
                  settlement->event->saw().end());
    }
    std::erase_if(bearing, [&](const Settlement* settlement) {
      return seen.contains(settlement->event->id().change());
    });
    std::ranges::sort(bearing, {}, [](const Settlement* settlement) {
      const v1::StatementEvent& event = *settlement->event;
      return std::make_tuple(event.by().lamport(), event.id().change(),
                             event.id().op());
    });
    return bearing;
  }

 private:
  static bool Covers(const Settlement& settlement,
                     const std::vector<const v1::LedgerEntry*>& current) {
    bool stands = !settlement.stands.has_value();
    for (const v1::LedgerEntry* entry : current) {
      const auto named = settlement.versions.find(RivalOf(*entry));
      if (named == settlement.versions.end() ||
          named->second != entry->version() || entry->conflicting_size() > 0) {
        return false;
      }
      stands = stands || *settlement.stands == RivalOf(*entry);
    }
    return stands;  // what was said to stand is still there
  }

  std::vector<Settlement> all_;
  absl::btree_map<Rival, std::vector<const Settlement*>> by_rival_;
};

// Origins that do not quote one another: entries with one origin, or linked
// as one utterance, count once.
uint32_t IndependentOrigins(const std::vector<const BookEntry*>& entries) {
  std::vector<absl::btree_set<std::string>> clusters;
  for (const BookEntry* entry : entries) {
    absl::btree_set<std::string> cluster = {"group " +
                                            entry->view.same_group()};
    if (!entry->origin.empty()) cluster.insert("origin " + entry->origin);
    std::erase_if(clusters, [&](const absl::btree_set<std::string>& other) {
      const bool joins = std::ranges::any_of(
          other, [&](const std::string& key) { return cluster.contains(key); });
      if (joins) cluster.insert(other.begin(), other.end());
      return joins;
    });
    clusters.push_back(std::move(cluster));
  }
  return static_cast<uint32_t>(clusters.size());
}

// More than one says something; linked statements that agree are one.
bool AreRivals(const std::vector<const v1::LedgerEntry*>& current) {
  absl::btree_set<std::pair<std::string, Value>> distinct;
  for (const v1::LedgerEntry* entry : current) {
    distinct.insert({entry->same_group(), ValueOf(entry->record())});
    for (const v1::Figure& other : entry->conflicting()) {
      distinct.insert({entry->same_group(), ValueOf(other)});
    }
  }
  return distinct.size() > 1;
}

class RowBuilder {
 public:
  RowBuilder(const Book& book, const Settlements& settlements)
      : book_(book), settlements_(settlements) {}

  v1::LedgerRow Build(std::vector<int> indexes) {
    std::ranges::sort(indexes, {}, [this](int index) {
      const v1::LedgerEntry& entry = book_.entries()[index].view;
      return std::make_tuple(entry.by().lamport(), entry.by().change(),
                             KeyOf(entry.figure()), entry.statement());
    });
    v1::LedgerRow row;
    const v1::Figure& first = book_.entries()[indexes[0]].view.record();
    row.set_counted(first.counted());
    row.set_place(first.place());
    row.set_period(first.period());
    for (const int index : indexes) {
      const BookEntry& entry = book_.entries()[index];
      *row.add_entries() = entry.view;
      row.mutable_entries()->rbegin()->set_current(entry.current());
    }
    Settle(&row);
    std::vector<const BookEntry*> standing;
    for (const uint32_t place : row.current()) {
      standing.push_back(&book_.entries()[indexes[place]]);
    }
    row.set_independent_origins(IndependentOrigins(standing));
    return row;
  }

 private:
  void Settle(v1::LedgerRow* row) {
    std::vector<const v1::LedgerEntry*> current;
    for (const v1::LedgerEntry& entry : row->entries()) {
      if (entry.current()) current.push_back(&entry);
    }
    const auto bearing = settlements_.Bearing(current);
    for (const Settlement* settlement : bearing) {
      *row->add_settlements() = settlement->event->id();
    }
    // Two that did not see each other and differ settle nothing.
    row->set_settled(!bearing.empty() &&
                     std::ranges::all_of(bearing, [&](const Settlement* s) {
                       return s->stands == bearing[0]->stands;
                     }));
    row->set_rivals(!row->settled() && AreRivals(current));
    for (int i = 0; i < row->entries_size(); ++i) {
      v1::LedgerEntry* const entry = row->mutable_entries(i);
      if (!entry->current()) continue;
      if (row->settled()) {
        entry->set_stands(bearing[0]->stands == RivalOf(*entry));
        if (!entry->stands()) continue;
      }
      row->add_current(i);
    }
  }

  const Book& book_;                // not owned
  const Settlements& settlements_;  // not owned
};

}  // namespace

void EmitRows(const Book& book, v1::Ledger* ledger) {
  absl::btree_map<RowKey, std::vector<int>> rows;
  for (size_t i = 0; i < book.entries().size(); ++i) {
    rows[book.entries()[i].row].push_back(static_cast<int>(i));
  }
  const Settlements settlements(book);
  RowBuilder builder(book, settlements);
  for (auto& [key, indexes] : rows) {
    *ledger->add_rows() = builder.Build(std::move(indexes));
  }
}

}  // namespace dateline::sync
