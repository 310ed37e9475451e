#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "sync/model/fields.h"
#include "tests/sync/merge/naive.h"
#include "tests/sync/merge/naive_entry.h"
#include "tests/sync/merge/naive_uses.h"

namespace dateline::testing {
namespace {

using Entry = NaiveEntry;
using Row = decltype(Entry::row);

std::string Fold(const std::string& words) {
  std::string folded;
  bool space = false;
  for (const char c : words) {
    if (c == ' ') {
      space = !folded.empty();
      continue;
    }
    if (space) folded += ' ';
    space = false;
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return folded;
}

v1::Value Shown(const v1::Document& document, uint32_t field) {
  for (const v1::Register& one : document.registers()) {
    if (one.field() == field && one.writes_size() > 0) {
      return one.writes(0).value();
    }
  }
  return {};
}

class Maker {
 public:
  explicit Maker(const std::vector<v1::Document>& documents) {
    for (const v1::Document& document : documents) {
      by_id_[document.id()] = &document;
    }
    Group();
    for (const auto& [id, document] : by_id_) {
      if (document->kind() == v1::DOCUMENT_KIND_STATEMENT) Read(*document);
    }
    for (Entry& entry : entries_) Mark(&entry);
    for (size_t i = 0; i < entries_.size(); ++i) LookAlike(i);
  }

  v1::Ledger Make() {
    for (const v1::Lookalike& line : lines_) *out_.add_lookalikes() = line;
    std::vector<NaiveUse> uses;
    for (const auto& [id, document] : by_id_) {
      if (document->kind() != v1::DOCUMENT_KIND_REPORT) continue;
      for (const NaiveUse& use : NaiveUsesOf(*document)) uses.push_back(use);
    }
    Withdrawals(uses);
    Rows(uses);
    NaiveWarnings(entries_, &out_);
    return out_;
  }

 private:
  using Event = std::pair<const v1::Document*, const v1::StatementEvent*>;

  void Group() {
    for (const auto& [id, document] : by_id_) {
      if (document->kind() != v1::DOCUMENT_KIND_STATEMENT) continue;
      for (const auto& event : document->statement().events()) {
        events_.push_back({document, &event});
      }
      groups_.try_emplace(id, std::set<std::string>{id});
      for (const std::string& other : document->statement().same_as()) {
        std::set<std::string> joined = {id, other};
        for (const std::string& part : {id, other}) {
          const auto known = groups_.find(part);
          if (known == groups_.end()) continue;
          joined.insert(known->second.begin(), known->second.end());
        }
        for (const std::string& member : joined) groups_[member] = joined;
      }
    }
  }
  std::string GroupOf(const std::string& id) const {
    const auto found = groups_.find(id);
    return found == groups_.end() ? id : *found->second.begin();
  }

  static bool IsWithdrawal(const v1::StatementEvent& event) {
    return event.kind() == v1::EVENT_KIND_RETRACTED ||
           event.kind() == v1::EVENT_KIND_DISAVOWED;
  }

  void Read(const v1::Document& document) {
    const bool kept = std::any_of(
        document.statement().events().begin(),
        document.statement().events().end(),
        [](const auto& e) { return IsWithdrawal(e) && !e.answered(); });
    if (document.deleted() && !kept) return;
    for (const v1::Item& item : document.items()) {
      if (item.list() != sync::kFigures) continue;
      Entry entry;
      entry.deleted = document.deleted();
      v1::LedgerEntry& view = entry.view;
      for (const v1::Register& one : item.registers()) {
        if (one.field() != sync::kFigureRecord) continue;
        for (const v1::Write& write : one.writes()) {
          if (!write.value().has_figure()) continue;
          *view.add_conflicting() = write.value().figure();
          if (view.conflicting_size() > 1) continue;
          *view.mutable_record() = write.value().figure();
          view.set_version(write.by().change());
          *view.mutable_by() = write.by();
        }
      }
      if (view.conflicting().empty()) continue;
      if (view.conflicting_size() == 1) view.clear_conflicting();
      view.set_statement(document.id());
      *view.mutable_figure() = item.id();
      view.set_source(Shown(document, sync::kStatementSourceName).text());
      view.set_channel(Shown(document, sync::kChannel).text());
      view.set_said_ms(Shown(document, sync::kSaidAt).time_ms());
      view.set_heard_ms(Shown(document, sync::kHeardAt).time_ms());
      view.set_same_group(GroupOf(document.id()));
      entry.source = Fold(view.source());
      entry.origin = OriginOf(entry.source);
      entry.row = {Fold(view.record().counted()), Fold(view.record().place()),
                   Fold(view.record().period())};
      entries_.push_back(entry);
    }
  }
  // The worlds have sources by name only.
  std::string OriginOf(const std::string& source) const {
    for (const auto& [id, document] : by_id_) {
      if (document->kind() != v1::DOCUMENT_KIND_SOURCE) continue;
      if (Fold(Shown(*document, sync::kSourceName).text()) != source) continue;
      const auto origin = Shown(*document, sync::kSourceOrigin).text();
      return origin.empty() ? source : Fold(origin);
    }
    return source;
  }

  // True if an event about `figures` of `statement` covers the entry.
  bool Covers(const std::string& statement,
              const google::protobuf::RepeatedPtrField<v1::ItemId>& figures,
              const Entry& entry) const {
    const auto named = [&](const Entry& one) {
      return std::any_of(figures.begin(), figures.end(), [&](const auto& id) {
        return id.change() == one.view.figure().change() &&
               id.op() == one.view.figure().op();
      });
    };
    if (entry.view.statement() == statement) {
      return figures.empty() || named(entry);
    }
    if (GroupOf(entry.view.statement()) != GroupOf(statement)) return false;
    return figures.empty() ||
           std::any_of(entries_.begin(), entries_.end(), [&](const Entry& one) {
             return one.view.statement() == statement && named(one) &&
                    one.row == entry.row;
           });
  }

  void Mark(Entry* entry) {
    v1::LedgerEntry& view = entry->view;
    for (const auto& [document, event] : events_) {
      if (event->answered()) continue;
      if (event->kind() == v1::EVENT_KIND_SUPERSEDED) {
        if (document->deleted() || document->id() == view.statement()) continue;
        if (!Covers(event->statement(), event->figures(), *entry)) continue;
        if (!view.superseded()) view.set_superseded_by(document->id());
        view.set_superseded(true);
        continue;
      }
      if (!Covers(document->id(), event->figures(), *entry)) continue;
      switch (event->kind()) {
        case v1::EVENT_KIND_RETRACTED:
          view.set_retracted(true);
          break;
        case v1::EVENT_KIND_DISAVOWED:
          view.set_disavowed(true);
          break;
        case v1::EVENT_KIND_DISPUTED:
          view.set_disputed(true);
          break;
        case v1::EVENT_KIND_CONFIRMED:
          view.set_confirmed(true);
          break;
        default:
          break;
      }
    }
  }

  static bool Alike(const Entry& a, const Entry& b) {
    return !a.source.empty() && a.source == b.source && a.row == b.row &&
           a.Value() == b.Value() && a.view.same_group() != b.view.same_group();
  }

  void LookAlike(size_t at) {
    Entry& entry = entries_[at];
    const Entry* other = nullptr;
    for (const Entry& one : entries_) {
      if (!Alike(entry, one)) continue;
      if (other == nullptr || (!other->Withdrawn() && one.Withdrawn())) {
        other = &one;
      }
    }
    if (other == nullptr) return;
    entry.view.set_probably_withdrawn(other->Withdrawn() && !entry.Withdrawn());
    v1::Lookalike line;
    line.set_statement(entry.view.statement());
    *line.mutable_figure() = entry.view.figure();
    line.set_other(other->view.statement());
    *line.mutable_other_figure() = other->view.figure();
    line.set_probably_withdrawn(entry.view.probably_withdrawn());
    lines_.push_back(line);
  }

  // The changes of lane 0 of the statement whose authors knew of the event.
  static std::set<std::string> Knowing(const v1::Document& document,
                                       const v1::StatementEvent& event) {
    std::set<std::string> knowing = {event.id().change()};
    for (bool again = true; again;) {
      again = false;
      for (const v1::Notice& notice : document.statement().notices()) {
        for (const std::string& dep : notice.deps()) {
          if (knowing.count(dep)) {
            again = knowing.insert(notice.change()).second || again;
          }
        }
      }
    }
    return knowing;
  }
  static bool Unaware(const NaiveUse& use, const Event& event) {
    const auto knowing = Knowing(*event.first, *event.second);
    return std::none_of(use.saw.begin(), use.saw.end(), [&](const auto& hash) {
      return knowing.count(hash) > 0;
    });
  }
  static bool Cites(const NaiveUse& use, const v1::LedgerEntry& entry) {
    return use.target == entry.statement() &&
           use.figure.change() == entry.figure().change() &&
           use.figure.op() == entry.figure().op();
  }

  void Withdrawals(const std::vector<NaiveUse>& uses) {
    std::vector<Event> withdrawals;
    for (const Event& event : events_) {
      if (IsWithdrawal(*event.second)) withdrawals.push_back(event);
    }
    std::stable_sort(withdrawals.begin(), withdrawals.end(),
                     [](const Event& a, const Event& b) {
                       return std::make_pair(a.second->by().lamport(),
                                             a.second->by().change()) <
                              std::make_pair(b.second->by().lamport(),
                                             b.second->by().change());
                     });
    for (const Event& event : withdrawals) {
      v1::WithdrawalView* const view = out_.add_withdrawals();
      *view->mutable_id() = event.second->id();
      view->set_statement(event.first->id());
      view->set_kind(event.second->kind());
      *view->mutable_figures() = event.second->figures();
      view->set_reason(event.second->reason());
      *view->mutable_by() = event.second->by();
      view->set_answered(event.second->answered());
      view->set_value(event.second->notice_value());
      view->set_source(event.second->notice_source());
      for (const NaiveUse& use : uses) AddUse(event, use, view);
      Receipts(event, view);
    }
  }

  void AddUse(const Event& event, const NaiveUse& use,
              v1::WithdrawalView* view) const {
    const auto& figures = event.second->figures();
    bool exact = use.target == event.first->id() &&
                 (figures.empty() || use.figure.change().empty());
    for (const v1::ItemId& figure : figures) {
      exact = exact || (use.target == event.first->id() &&
                        figure.change() == use.figure.change() &&
                        figure.op() == use.figure.op());
    }
    bool probable = false;
    for (const Entry& entry : entries_) {
      if (!Covers(event.first->id(), figures, entry)) continue;
      exact = exact || Cites(use, entry.view);
      for (const Entry& other : entries_) {
        probable = probable || (Alike(entry, other) && !other.Withdrawn() &&
                                Cites(use, other.view));
      }
    }
    if (!exact && !probable) return;
    *view->add_uses() = use.use;
    view->mutable_uses()->rbegin()->set_probable(!exact);
    view->mutable_uses()->rbegin()->set_unaware(Unaware(use, event));
  }

  static void Receipts(const Event& event, v1::WithdrawalView* view) {
    std::map<std::string, v1::Acknowledgement> seen;
    for (const v1::Acknowledged& one : event.first->acknowledged()) {
      if (one.change() != event.second->id().change()) continue;
      if (seen.count(one.by().actor())) continue;
      v1::Acknowledgement& receipt = seen[one.by().actor()];
      receipt.set_person(one.by().actor());
      receipt.set_device(one.by().signer());
      receipt.set_wall_ms(one.by().wall_ms());
    }
    for (const auto& [person, receipt] : seen) {
      *view->add_acknowledged() = receipt;
    }
    std::set<std::string> owed;
    for (const v1::Use& use : view->uses()) {
      if (!seen.count(use.author())) owed.insert(use.author());
    }
    if (view->answered()) return;
    for (const std::string& person : owed) view->add_owed(person);
  }

  void Rows(const std::vector<NaiveUse>& uses) {
    std::map<Row, std::vector<Entry>> rows;
    for (const Entry& entry : entries_) rows[entry.row].push_back(entry);
    for (auto& [key, entries] : rows) {
      std::sort(
          entries.begin(), entries.end(), [](const auto& a, const auto& b) {
            const auto order = [](const Entry& e) {
              return std::make_tuple(e.view.by().lamport(),
                                     e.view.by().change(),
                                     e.view.figure().change(),
                                     e.view.figure().op(), e.view.statement());
            };
            return order(a) < order(b);
          });
      v1::LedgerRow* const row = out_.add_rows();
      row->set_counted(entries[0].view.record().counted());
      row->set_place(entries[0].view.record().place());
      row->set_period(entries[0].view.record().period());
      for (Entry& entry : entries) {
        entry.view.set_current(entry.Current());
        for (const NaiveUse& use : uses) {
          if (!Cites(use, entry.view)) continue;
          v1::Use* const added = entry.view.add_uses();
          *added = use.use;
          for (const Event& event : events_) {
            if (!IsWithdrawal(*event.second) || event.second->answered() ||
                !Covers(event.first->id(), event.second->figures(), entry)) {
              continue;
            }
            if (Unaware(use, event)) added->set_unaware(true);
          }
        }
      }
      Settle(&entries, row);
    }
  }

  // Whether a settlement names all that is current, as it is now; if so, the
  // place of what stands, or -1.
  static std::optional<int> Bears(const v1::StatementEvent& event,
                                  const std::vector<Entry>& entries) {
    int standing = -1;
    const v1::SettleOp& op = event.settle();
    const bool none = op.stands() < 0 || op.stands() >= op.rivals_size();
    // Of a rival that is named twice the last naming counts.
    std::map<std::tuple<std::string, std::string, uint32_t>, std::string> named;
    const auto key = [](const std::string& statement, const v1::ItemId& id) {
      return std::make_tuple(statement, id.change(), id.op());
    };
    for (int i = 0; i < op.rivals_size(); ++i) {
      named[key(op.rivals(i).statement(), op.rivals(i).figure())] =
          event.settle_versions(i);
    }
    bool any = false;
    for (size_t i = 0; i < entries.size(); ++i) {
      const v1::LedgerEntry& view = entries[i].view;
      if (!view.current()) continue;
      any = true;
      const auto found = named.find(key(view.statement(), view.figure()));
      if (found == named.end() || found->second != view.version() ||
          view.conflicting_size() > 0) {
        return std::nullopt;
      }
      if (!none && key(view.statement(), view.figure()) ==
                       key(op.rivals(op.stands()).statement(),
                           op.rivals(op.stands()).figure())) {
        standing = static_cast<int>(i);
      }
    }
    if (!any || (!none && standing < 0)) return std::nullopt;
    return standing;
  }

  void Settle(std::vector<Entry>* entries, v1::LedgerRow* row) const {
    std::map<std::tuple<uint64_t, std::string, uint32_t>,
             std::pair<const v1::StatementEvent*, int>>
        bearing;
    for (const auto& [document, event] : events_) {
      if (event->kind() != v1::EVENT_KIND_SETTLED || event->answered()) {
        continue;
      }
      const auto standing = Bears(*event, *entries);
      if (!standing.has_value()) continue;
      bearing[{event->by().lamport(), event->id().change(), event->id().op()}] =
          {event, *standing};
    }
    std::set<std::string> seen;
    for (const auto& [time, one] : bearing) {
      seen.insert(one.first->saw().begin(), one.first->saw().end());
    }
    std::set<int> stand;
    for (const auto& [time, one] : bearing) {
      if (seen.count(one.first->id().change())) continue;
      *row->add_settlements() = one.first->id();
      stand.insert(one.second);
    }
    row->set_settled(stand.size() == 1);
    std::set<
        std::pair<std::string, std::tuple<int64_t, int64_t, int64_t, bool>>>
        distinct;
    std::vector<std::set<std::string>> origins;
    for (size_t i = 0; i < entries->size(); ++i) {
      Entry& entry = (*entries)[i];
      if (entry.view.current()) {
        distinct.insert({entry.view.same_group(), entry.Value()});
        for (const v1::Figure& other : entry.view.conflicting()) {
          distinct.insert(
              {entry.view.same_group(),
               {other.low(), other.best(), other.high(), other.at_least()}});
        }
        const bool stands = row->settled() && *stand.begin() == int(i);
        entry.view.set_stands(stands);
        if (stands || !row->settled()) {
          row->add_current(i);
          Join({"g" + entry.view.same_group(), "o" + entry.origin}, &origins);
        }
      }
      *row->add_entries() = entry.view;
    }
    row->set_rivals(!row->settled() && distinct.size() > 1);
    row->set_independent_origins(origins.size());
  }

  static void Join(std::set<std::string> keys,
                   std::vector<std::set<std::string>>* clusters) {
    keys.erase("o");  // an origin that nobody knows
    std::vector<std::set<std::string>> rest;
    for (const auto& cluster : *clusters) {
      const bool meets = std::any_of(
          cluster.begin(), cluster.end(),
          [&](const std::string& key) { return keys.count(key) > 0; });
      if (meets) {
        keys.insert(cluster.begin(), cluster.end());
      } else {
        rest.push_back(cluster);
      }
    }
    rest.push_back(keys);
    *clusters = rest;
  }

  std::map<std::string, const v1::Document*> by_id_;
  std::vector<Event> events_;
  std::map<std::string, std::set<std::string>> groups_;
  std::vector<Entry> entries_;
  std::vector<v1::Lookalike> lines_;
  v1::Ledger out_;
};

}  // namespace

v1::Ledger NaiveLedger(const std::vector<v1::Document>& documents) {
  return Maker(documents).Make();
}

}  // namespace dateline::testing
