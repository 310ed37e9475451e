// The materializer as DESIGN 4 to 6 define it, without a thought for speed:
// plain maps, the past of every change as a set, every rule as "is there
// another that ...". Shares no code with sync/merge; the characters of texts
// come from sync/text, which has a naive reference of its own, but which edits
// there are, and who saw whom, is worked out here.
#ifndef DATELINE_TESTS_SYNC_MERGE_NAIVE_H_
#define DATELINE_TESTS_SYNC_MERGE_NAIVE_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/model/change.h"
#include "sync/text/merge.h"

namespace dateline::testing {

v1::Document NaiveDocument(const sync::DocumentId& id,
                           const std::vector<const sync::Change*>& changes,
                           const std::set<sync::DeviceId>& homes);

// The ledger of these documents. Compares words by ASCII case and blanks only:
// enough for the words of tests/support/world.h.
v1::Ledger NaiveLedger(const std::vector<v1::Document>& documents);

// One applied change and all that follows from the others about it.
struct NaiveChange {
  const sync::Change* change = nullptr;
  v1::Structure structure;
  v1::Content content;
  std::set<std::string> past;  // hashes, by deps; itself among them
  std::set<std::string> names;
  bool home = false, held = false, blank = false, broken = false;
  bool unknown = false;
  bool erases = false;  // home lets its redactions pass

  std::string hash() const { return change->hash.str(); }
  std::pair<uint64_t, std::string> time() const {
    return {change->header.lamport, hash()};
  }
};

struct NaiveOp {
  const NaiveChange* by = nullptr;
  int index = 0;
  const v1::Op* op = nullptr;
  std::vector<std::pair<uint32_t, const v1::Value*>> values;

  std::string Words(uint32_t field) const;
  v1::ItemId Id() const;
};

// Works out who is applied, held, blank, and which ops count.
class NaiveHistory {
 public:
  NaiveHistory(const sync::DocumentId& id,
               const std::vector<const sync::Change*>& changes,
               const std::set<sync::DeviceId>& homes);

  std::map<std::string, NaiveChange> applied;
  std::set<std::string> parked;
  std::vector<NaiveOp> ops;  // with effect; by (change hash, index)
  std::map<std::string, v1::HeldChange> held;

  const NaiveChange* Find(const std::string& hash) const;
  // A was in the past of b, or is named by it, and is not b.
  static bool Knew(const NaiveChange& b, const NaiveChange& a);
  // Op a stands before b in what b's author saw.
  static bool Replaced(const NaiveOp& a, const NaiveOp& b);
  // The names that an op gives, as hashes; "" where there is no such name.
  static std::string Named(const NaiveChange& by, uint32_t name);
  static v1::ItemId Named(const NaiveChange& by, const v1::OpRef& ref);
  static v1::Authored By(const NaiveChange& change);
  std::vector<const NaiveChange*> Content() const;
  std::set<std::string> PastOf(const std::set<std::string>& heads) const;

 private:
  void Park();
  void Judge();
  void ReadOps();
};

// The edits of one text field: which, by whom, after which others.
struct NaiveField {
  std::vector<std::string> edits;  // change hashes, parents first
  std::map<std::string, int> first_op;
  std::vector<sync::text::Edit> made;

  int IndexOf(const std::string& hash) const;
  // Of the edits in `past` those that are in the past of no other of them.
  std::vector<uint32_t> Heads(const NaiveHistory& history,
                              const std::set<std::string>& past) const;
};
using NaiveFields = std::map<uint32_t, NaiveField>;
NaiveFields NaiveFieldsOf(const NaiveHistory& history);
void NaiveTextOf(const NaiveHistory& history, uint32_t number,
                 const NaiveField& field, v1::Document* out);

// No other of `writes` replaces it.
bool NaiveIsLive(const NaiveOp& op, const std::vector<NaiveOp>& writes);
// One register of all its writes.
v1::Register NaiveRegisterOf(uint32_t field,
                             const std::vector<NaiveOp>& writes);
// The anchor that an op writes; null if none.
const v1::CitationAnchor* NaiveAnchorOf(const v1::Op& op);
void NaiveItems(const NaiveHistory& history, const NaiveFields& fields,
                v1::Document* out);

// The parts of a document, each by its definition.
void NaiveContent(const NaiveHistory& history, v1::Document* out);
std::vector<v1::Cited> NaiveCited(const NaiveHistory& history,
                                  const std::set<std::string>& past);
void NaiveWorkflow(const NaiveHistory& history, v1::Workflow* out);
void NaiveStatement(const NaiveHistory& history, v1::StatementState* out);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_MERGE_NAIVE_H_
