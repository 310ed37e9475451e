// One generator of histories for all merge laws: a few people, on devices that
// meet now and then, write reports, statements and a source with every kind of
// op, some of them nonsense; home judges, decides and redacts. The same seed
// gives the same world everywhere.
#ifndef DATELINE_TESTS_SUPPORT_WORLD_H_
#define DATELINE_TESTS_SUPPORT_WORLD_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sync/base/random.h"
#include "tests/support/author.h"

namespace dateline::testing {

struct WorldOptions {
  int authors = 3;  // beside home
  int steps = 40;   // saves and meetings
  int reports = 1;
  int statements = 2;
  bool calm = false;  // nobody judges or redacts
};

class World {
 public:
  // How long the merged text is that an author has: positions count in it.
  using RawLength = std::function<uint32_t(
      const Author&, const sync::DocumentId&, uint32_t field)>;

  World(uint64_t seed, const WorldOptions& options, RawLength raw_length);

  // All changes of all documents, as sealed.
  const std::vector<ChangePtr>& changes() const { return changes_; }
  std::vector<sync::DocumentId> documents() const;
  const std::set<sync::DeviceId>& homes() const { return homes_; }
  // Home first; each knows what reached him.
  const std::vector<Author>& authors() const { return authors_; }

 private:
  struct Paper {
    sync::DocumentId id;
    sync::DocumentKind kind;
  };

  void Step();
  void Meet();
  void Write(Author& author, const Paper& paper);
  void Judge();
  LanePart Facts(Author& author, const Paper& paper);
  LanePart Texts(Author& author, const Paper& paper);
  LanePart Notices(Author& author, const Paper& paper);
  LanePart Receipts(Author& author, const Paper& paper);
  void AddFact(Author& author, const Paper& paper, LanePart* part);
  void AddReview(Author& author, const Paper& paper, LanePart* part);
  void AddEvent(Author& author, const Paper& paper, LanePart* part);
  void AddOdd(LanePart* part);
  void AddText(Author& author, const Paper& paper, LanePart* part);

  // Some change that the author has of the document (any lane, or `lane`);
  // null if there is none.
  const sync::Change* Some(const Author& author, const Paper& paper,
                           int lane = -1);
  // Some op of such a change for which `wanted` holds; mostly.
  v1::ItemId SomeOp(const Author& author, const Paper& paper,
                    const std::function<bool(const v1::Op&)>& wanted);
  const Paper& SomePaper(sync::DocumentKind kind);
  std::string Word();
  v1::Value SomeFigure();
  sync::text::NetEdit SomeEdit(uint32_t length);
  void NameHeads(const Author& author, const Paper& paper, LanePart* part,
                 google::protobuf::RepeatedField<uint32_t>* names);

  sync::SeededRandom random_;
  RawLength raw_length_;
  const bool calm_;
  std::vector<Author> authors_;  // home first
  std::vector<Paper> papers_;
  std::vector<ChangePtr> changes_;
  std::set<sync::DeviceId> homes_;
  std::map<sync::Hash, uint32_t> verdicts_;  // number of the last
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SUPPORT_WORLD_H_
