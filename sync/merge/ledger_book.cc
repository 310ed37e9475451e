#include "sync/merge/ledger_book.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "sync/merge/normalize.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

// Groups of statements that are one utterance, by their smallest id.
class Union {
 public:
  std::string Find(const std::string& id) {
    const auto [at, first] = parent_.try_emplace(id, id);
    if (first || at->second == id) return id;
    const std::string root = Find(std::string(at->second));
    parent_[id] = root;
    return root;
  }
  void Join(const std::string& a, const std::string& b) {
    const std::string x = Find(a), y = Find(b);
    parent_[std::max(x, y)] = std::min(x, y);
  }

 private:
  absl::btree_map<std::string, std::string> parent_;
};

bool LaterEvent(const v1::Authored& a, const v1::Authored& b) {
  if (a.lamport() != b.lamport()) return a.lamport() > b.lamport();
  return a.change() > b.change();
}

bool IsWithdrawal(const v1::StatementEvent& event) {
  return event.kind() == v1::EVENT_KIND_RETRACTED ||
         event.kind() == v1::EVENT_KIND_DISAVOWED;
}

bool HasWithdrawalInForce(const v1::Document& document) {
  return std::ranges::any_of(document.statement().events(),
                             [](const v1::StatementEvent& event) {
                               return IsWithdrawal(event) && !event.answered();
                             });
}

const v1::Register* FindRegister(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers,
    uint32_t field) {
  for (const v1::Register& one : registers) {
    if (one.field() == field) return &one;
  }
  return nullptr;
}

// Fills record, conflicting, version and by; false where the record is not
// known: redacted, or never written.
bool ReadRecord(const v1::Item& item, v1::LedgerEntry* out) {
  const v1::Register* const record =
      FindRegister(item.registers(), kFigureRecord);
  if (record == nullptr) return false;
  for (const v1::Write& write : record->writes()) {
    if (!write.value().has_figure()) continue;
    if (out->version().empty()) {
      *out->mutable_record() = write.value().figure();
      out->set_version(write.by().change());
      *out->mutable_by() = write.by();
    }
    *out->add_conflicting() = write.value().figure();
  }
  if (out->conflicting_size() == 1) out->clear_conflicting();
  return !out->version().empty();
}

}  // namespace

FigureKey KeyOf(const v1::ItemId& id) { return {id.change(), id.op()}; }

const v1::Value& FirstValue(const v1::Document& document, uint32_t field) {
  const v1::Register* const found = FindRegister(document.registers(), field);
  return found == nullptr || found->writes().empty()
             ? v1::Value::default_instance()
             : found->writes(0).value();
}

Book::Book(const std::vector<const v1::Document*>& documents) {
  for (const v1::Document* document : documents) {
    if (document->kind() == v1::DOCUMENT_KIND_STATEMENT) {
      statements_.push_back(document);
    }
  }
  std::ranges::sort(statements_, {}, [](const auto* d) { return d->id(); });
  ReadSources(documents);
  LinkGroups();
  for (const v1::Document* document : statements_) ReadStatement(*document);
  for (const v1::Document* document : statements_) ApplyEvents(*document);
  std::ranges::stable_sort(withdrawals_,
                           [](const Withdrawal& a, const Withdrawal& b) {
                             return LaterEvent(b.event->by(), a.event->by());
                           });
  FindLookalikes();
}

void Book::ReadSources(const std::vector<const v1::Document*>& documents) {
  absl::btree_map<std::string, const v1::Document*> by_id;
  for (const v1::Document* document : documents) {
    if (document->kind() == v1::DOCUMENT_KIND_SOURCE) {
      by_id[document->id()] = document;
    }
  }
  for (const auto& [id, document] : by_id) {
    const Source source{FirstValue(*document, kSourceName).text(),
                        FirstValue(*document, kSourceOrigin).text()};
    sources_[id] = source;
    named_sources_.try_emplace(Normalize(source.name), source);
  }
}

void Book::LinkGroups() {
  Union groups;
  for (const v1::Document* document : statements_) {
    for (const std::string& other : document->statement().same_as()) {
      groups.Join(document->id(), other);
    }
  }
  for (const v1::Document* document : statements_) {
    groups_[document->id()] = groups.Find(document->id());
    members_[groups_[document->id()]].push_back(document->id());
    for (const std::string& other : document->statement().same_as()) {
      groups_[other] = groups.Find(other);  // it may not be here yet
    }
  }
}

const std::string& Book::GroupOf(const std::string& statement) const {
  const auto found = groups_.find(statement);
  return found == groups_.end() ? statement : found->second;
}

// What all figures of one statement have in common.
BookEntry Book::EntryOf(const v1::Document& document) const {
  BookEntry entry;
  entry.deleted = document.deleted();
  v1::LedgerEntry& view = entry.view;
  view.set_statement(document.id());
  view.set_source(FirstValue(document, kStatementSourceName).text());
  view.set_source_id(FirstValue(document, kStatementSource).id());
  view.set_channel(FirstValue(document, kChannel).text());
  view.set_said_ms(FirstValue(document, kSaidAt).time_ms());
  view.set_heard_ms(FirstValue(document, kHeardAt).time_ms());
  view.set_same_group(GroupOf(document.id()));
  auto source = sources_.find(view.source_id());
  if (source != sources_.end()) {
    if (!source->second.name.empty()) view.set_source(source->second.name);
    entry.origin = Normalize(source->second.origin);
  }
  entry.source = Normalize(view.source());
  source = named_sources_.find(entry.source);
  if (entry.origin.empty() && source != named_sources_.end()) {
    entry.origin = Normalize(source->second.origin);
  }
  if (entry.origin.empty()) entry.origin = entry.source;
  return entry;
}

void Book::ReadStatement(const v1::Document& document) {
  // A deleted statement says nothing any more; what was withdrawn stays.
  if (document.deleted() && !HasWithdrawalInForce(document)) return;
  const BookEntry common = EntryOf(document);
  for (const v1::Item& item : document.items()) {
    if (item.list() != kFigures) continue;
    BookEntry entry = common;
    *entry.view.mutable_figure() = item.id();
    if (!ReadRecord(item, &entry.view)) continue;
    const v1::Figure& record = entry.view.record();
    entry.row = {Normalize(record.counted()), Normalize(record.place()),
                 Normalize(record.period())};
    const int index = static_cast<int>(entries_.size());
    by_statement_[document.id()].push_back(index);
    by_figure_[{document.id(), KeyOf(item.id())}] = index;
    entries_.push_back(std::move(entry));
  }
}

const std::vector<int>& Book::EntriesOf(const std::string& statement) const {
  const auto found = by_statement_.find(statement);
  return found == by_statement_.end() ? no_entries_ : found->second;
}

int Book::Find(const std::string& statement, const FigureKey& figure) const {
  const auto found = by_figure_.find({statement, figure});
  return found == by_figure_.end() ? -1 : found->second;
}

std::vector<int> Book::Covered(
    const std::string& statement,
    const google::protobuf::RepeatedPtrField<v1::ItemId>& figures) const {
  std::vector<int> covered;
  absl::btree_set<RowKey> rows;
  for (const v1::ItemId& figure : figures) {
    const int entry = Find(statement, KeyOf(figure));
    if (entry < 0) continue;
    covered.push_back(entry);
    rows.insert(entries_[entry].row);
  }
  if (figures.empty()) covered = EntriesOf(statement);
  const auto group = members_.find(GroupOf(statement));
  if (group == members_.end()) return covered;
  for (const std::string& linked : group->second) {
    if (linked == statement) continue;
    for (const int entry : EntriesOf(linked)) {
      if (figures.empty() || rows.contains(entries_[entry].row)) {
        covered.push_back(entry);
      }
    }
  }
  return covered;
}

void Book::ApplyEvents(const v1::Document& document) {
  for (const v1::StatementEvent& event : document.statement().events()) {
    const std::vector<int> covered = Covered(document.id(), event.figures());
    if (IsWithdrawal(event))
      withdrawals_.push_back({&document, &event, covered});
    if (event.answered()) continue;
    if (event.kind() == v1::EVENT_KIND_SUPERSEDED && !document.deleted()) {
      ApplySupersede(document.id(), event);
    }
    if (event.kind() == v1::EVENT_KIND_SETTLED) settlements_.push_back(&event);
    for (const int index : covered) {
      v1::LedgerEntry& entry = entries_[index].view;
      if (event.kind() == v1::EVENT_KIND_RETRACTED) entry.set_retracted(true);
      if (event.kind() == v1::EVENT_KIND_DISAVOWED) entry.set_disavowed(true);
      if (event.kind() == v1::EVENT_KIND_DISPUTED) entry.set_disputed(true);
      if (event.kind() == v1::EVENT_KIND_CONFIRMED) entry.set_confirmed(true);
    }
  }
}

// A statement that is withdrawn later still replaces what it replaced. Of
// several, the first by id is named: which it is changes nothing.
void Book::ApplySupersede(const std::string& by,
                          const v1::StatementEvent& event) {
  for (const int index : Covered(event.statement(), event.figures())) {
    v1::LedgerEntry& entry = entries_[index].view;
    if (entry.statement() == by) continue;
    if (!entry.superseded()) entry.set_superseded_by(by);
    entry.set_superseded(true);
  }
}

Book::LookKey Book::LookKeyOf(const BookEntry& entry) const {
  const v1::Figure& record = entry.view.record();
  return {entry.source,  entry.row,     record.low(),
          record.best(), record.high(), record.at_least()};
}

std::vector<int> Book::LookalikesOf(int index) const {
  std::vector<int> alike;
  const BookEntry& entry = entries_[index];
  const auto found = look_.find(LookKeyOf(entry));
  if (found == look_.end()) return alike;
  for (const int other : found->second) {
    if (entries_[other].view.same_group() != entry.view.same_group()) {
      alike.push_back(other);
    }
  }
  return alike;
}

// One line an entry: it names a withdrawn one if there is one, else the first.
void Book::FindLookalikes() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].source.empty()) continue;  // nobody is like nobody
    look_[LookKeyOf(entries_[i])].push_back(static_cast<int>(i));
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    const std::vector<int> alike = LookalikesOf(static_cast<int>(i));
    if (alike.empty()) continue;
    const auto withdrawn = std::ranges::find_if(
        alike, [&](int other) { return entries_[other].withdrawn(); });
    const bool found = withdrawn != alike.end();
    const int other = found ? *withdrawn : alike[0];
    BookEntry& entry = entries_[i];
    entry.view.set_probably_withdrawn(found && !entry.withdrawn());
    v1::Lookalike& line = lookalikes_.emplace_back();
    line.set_statement(entry.view.statement());
    *line.mutable_figure() = entry.view.figure();
    line.set_other(entries_[other].view.statement());
    *line.mutable_other_figure() = entries_[other].view.figure();
    line.set_probably_withdrawn(entry.view.probably_withdrawn());
  }
}

}  // namespace dateline::sync
