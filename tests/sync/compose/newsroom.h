// People with devices who edit, act and read one another's changes, over the
// real sealer and the real materializer.
#ifndef DATELINE_TESTS_SYNC_COMPOSE_NEWSROOM_H_
#define DATELINE_TESTS_SYNC_COMPOSE_NEWSROOM_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "sync/compose/action.h"
#include "sync/compose/decision.h"
#include "sync/compose/sealer.h"
#include "sync/merge/document.h"
#include "sync/merge/ledger.h"

namespace dateline::testing {

class Journalist {
 public:
  // Journalists of one test share assignment and home by construction.
  explicit Journalist(uint64_t seed);

  // What this one reads now.
  v1::Document See(const sync::DocumentId& id) const;
  v1::Ledger Ledger() const;
  std::vector<const sync::Change*> Held(const sync::DocumentId& id) const;

  // Saves what was composed; what cannot be sealed is not saved.
  absl::StatusOr<std::vector<sync::Change>> Save(
      const absl::StatusOr<std::vector<sync::Part>>& parts);
  absl::StatusOr<std::vector<sync::Change>> Edit(
      const sync::DocumentId& id, sync::DocumentKind kind,
      const sync::DocumentEdit& edit);
  absl::StatusOr<std::vector<sync::Change>> EditReport(
      const sync::DocumentId& id, const sync::DocumentEdit& edit);
  absl::StatusOr<std::vector<sync::Change>> Act(const sync::DocumentId& id,
                                                const v1::Action& action);
  // Home answers the newest open request.
  absl::StatusOr<std::vector<sync::Change>> Decide(const sync::DocumentId& id);

  void Learn(const Journalist& other);
  void Learn(const std::vector<sync::Change>& changes);

  sync::SeededRandom random;
  sync::Writer writer;

 private:
  absl::btree_map<sync::Hash, sync::Change> held_;
};

// Everybody learns everything.
void SyncAll(const std::vector<Journalist*>& people);

v1::Document NewDocument(const sync::DocumentId& id, sync::DocumentKind kind);
v1::Value TextValue(const std::string& text);
// "killed, Almaty: 103".
v1::Figure ExactFigure(const std::string& counted, const std::string& place,
                       int64_t count);
std::string Headline(const v1::Document& document);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_COMPOSE_NEWSROOM_H_
