// The figures of an assignment, before they are laid out in rows: who said
// them, which events cover them, which look alike (DESIGN 6).
// Thread-compatible; borrows the documents.
#ifndef DATELINE_SYNC_MERGE_LEDGER_BOOK_H_
#define DATELINE_SYNC_MERGE_LEDGER_BOOK_H_

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"

namespace dateline::sync {

using FigureKey = std::pair<std::string, uint32_t>;  // change hash, op
FigureKey KeyOf(const v1::ItemId& id);

// One question: what is counted, where, in which period; normalized.
using RowKey = std::tuple<std::string, std::string, std::string>;

struct BookEntry {
  v1::LedgerEntry view;
  RowKey row;
  std::string source;  // normalized; empty: not known
  std::string origin;  // normalized; whom the source quotes, or the source
  bool deleted = false;
  bool withdrawn() const { return view.retracted() || view.disavowed(); }
  // Neither replaced nor withdrawn; and not probably withdrawn either: what
  // may have been taken back is no value to print.
  bool current() const {
    return !withdrawn() && !view.superseded() && !deleted &&
           !view.probably_withdrawn();
  }
};

struct Withdrawal {
  const v1::Document* statement = nullptr;    // not owned
  const v1::StatementEvent* event = nullptr;  // not owned
  std::vector<int> entries;  // that it covers, linked statements' too
};

class Book {
 public:
  explicit Book(const std::vector<const v1::Document*>& documents);

  std::vector<BookEntry>& entries() { return entries_; }
  const std::vector<BookEntry>& entries() const { return entries_; }
  // Of `statement` (12 bytes), in the order of its items; empty if unknown.
  const std::vector<int>& EntriesOf(const std::string& statement) const;
  // -1 if it is not here.
  int Find(const std::string& statement, const FigureKey& figure) const;
  // By (lamport, hash), op.
  const std::vector<Withdrawal>& withdrawals() const { return withdrawals_; }
  // Settlements that nobody answered.
  const std::vector<const v1::StatementEvent*>& settlements() const {
    return settlements_;
  }
  const std::vector<v1::Lookalike>& lookalikes() const { return lookalikes_; }
  // The entries of other statements, not linked to it, that look like it.
  std::vector<int> LookalikesOf(int entry) const;

 private:
  struct Source {
    std::string name;
    std::string origin;
  };
  // Value and source, as looked at by LookalikesOf.
  using LookKey =
      std::tuple<std::string, RowKey, int64_t, int64_t, int64_t, bool>;

  void ReadSources(const std::vector<const v1::Document*>& documents);
  void LinkGroups();
  const std::string& GroupOf(const std::string& statement) const;
  void ReadStatement(const v1::Document& document);
  BookEntry EntryOf(const v1::Document& document) const;
  // The entries that an event of `by` about figures of `statement` covers:
  // those named (all if none is), and in linked statements the same ones.
  std::vector<int> Covered(
      const std::string& statement,
      const google::protobuf::RepeatedPtrField<v1::ItemId>& figures) const;
  void ApplyEvents(const v1::Document& document);
  void ApplySupersede(const std::string& by, const v1::StatementEvent& event);
  void FindLookalikes();
  LookKey LookKeyOf(const BookEntry& entry) const;

  std::vector<const v1::Document*> statements_;         // by id
  absl::btree_map<std::string, Source> sources_;        // by id
  absl::btree_map<std::string, Source> named_sources_;  // by normalized name
  absl::btree_map<std::string, std::string> groups_;    // to smallest id
  absl::btree_map<std::string, std::vector<std::string>> members_;
  std::vector<BookEntry> entries_;
  absl::btree_map<std::string, std::vector<int>> by_statement_;
  absl::btree_map<std::pair<std::string, FigureKey>, int> by_figure_;
  absl::btree_map<LookKey, std::vector<int>> look_;
  std::vector<Withdrawal> withdrawals_;
  std::vector<const v1::StatementEvent*> settlements_;
  std::vector<v1::Lookalike> lookalikes_;
  const std::vector<int> no_entries_;
};

// The first write of a register; the default value if there is none.
const v1::Value& FirstValue(const v1::Document& document, uint32_t field);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_LEDGER_BOOK_H_
