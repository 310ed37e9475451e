// Every history of two people and home about one ministry's count, up to a few
// moves: statements, citations and the ledger made of them are the same bytes
// in every order, the ones that the naive reference says.
#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sync/model/fields.h"
#include "tests/sync/merge/fixture.h"
#include "tests/sync/merge/naive.h"

namespace dateline::testing {
namespace {

using sync::Change;

constexpr int kMoves = 4;

// Two reporters heard one count of one ministry, apart; one files a report.
struct Newsroom {
  Author home{1}, one{2}, two{3};
  const DocumentId report = IdNumber<DocumentId>(50);
  const DocumentId first = IdNumber<DocumentId>(60);   // one's
  const DocumentId second = IdNumber<DocumentId>(61);  // two's
  std::map<DocumentId, std::vector<ChangePtr>> changes;
  v1::ItemId first_figure, second_figure;

  Newsroom() {
    first_figure = Hear(one, first);
    second_figure = Hear(two, second);
  }
  v1::ItemId Hear(Author& author, const DocumentId& statement) {
    LanePart part = Fact();
    part.AddItem(sync::kFigures,
                 {{sync::kFigureRecord, FigureValue("killed", "Almaty", 12)}});
    part.Put(sync::kStatementSourceName, "Health Ministry");
    return IdOf(*Write(author, statement, part));
  }
  ChangePtr Write(Author& author, const DocumentId& id, const LanePart& part) {
    const DocumentKind kind =
        id == report ? DocumentKind::kReport : DocumentKind::kStatement;
    changes[id].push_back(author.SaveOne(id, kind, part));
    return changes[id].back();
  }
  // The newest change of the statement, that the author knows, of this kind.
  v1::ItemId Newest(const Author& author, const DocumentId& id,
                    const std::function<bool(const v1::Op&)>& wanted) {
    v1::ItemId found;
    for (const ChangePtr& change : changes[id]) {
      if (author.all().count(change->hash) == 0) continue;
      v1::Structure structure;
      structure.ParseFromString(change->structure);
      if (wanted(structure.ops(0))) found = IdOf(*change);
    }
    return found;
  }
};

using Move = std::function<void(Newsroom&)>;
using Times = std::map<std::string, int>;

// What happened: laws about what never occurs would say nothing.
void Count(const v1::Ledger& ledger, Times* times) {
  const auto note = [&](const char* what, bool there) {
    (*times)[what] += there;
  };
  for (const v1::LedgerRow& row : ledger.rows()) {
    note("settled", row.settled());
    note("rivals", row.rivals());
    for (const v1::LedgerEntry& entry : row.entries()) {
      note("retracted", entry.retracted());
      note("probably withdrawn", entry.probably_withdrawn());
      note("superseded", entry.superseded());
    }
  }
  for (const v1::WithdrawalView& withdrawal : ledger.withdrawals()) {
    note("answered", withdrawal.answered());
    for (const v1::Use& use : withdrawal.uses()) {
      note("unaware use", use.unaware());
      note("aware use", !use.unaware());
    }
  }
}

// Every delivery of every document against the first and the reference, and
// the ledger of every order of the documents.
void CheckAllOrders(const Newsroom& room, const std::string& history,
                    Times* times) {
  sync::Authority authority;
  authority.homes.insert(room.home.device);
  std::vector<v1::Document> documents;
  for (const auto& [id, changes] : room.changes) {
    std::vector<const Change*> order;
    for (const ChangePtr& change : changes) order.push_back(change.get());
    documents.push_back(NaiveDocument(id, order, {room.home.device}));
    const std::string expected = documents.back().SerializeAsString();
    std::sort(order.begin(), order.end());
    do {
      const v1::Document got = sync::MergeDocument(id, order, authority);
      ASSERT_EQ(got.SerializeAsString() == expected, true)
          << "moves " << history << got.DebugString();
    } while (std::next_permutation(order.begin(), order.end()));
  }
  const v1::Ledger naive = NaiveLedger(documents);
  std::vector<const v1::Document*> pointers;
  for (const v1::Document& one : documents) pointers.push_back(&one);
  std::sort(pointers.begin(), pointers.end());
  do {
    const v1::Ledger got = sync::MergeLedger(pointers);
    ASSERT_EQ(got.SerializeAsString() == naive.SerializeAsString(), true)
        << "moves " << history << got.DebugString() << naive.DebugString();
  } while (std::next_permutation(pointers.begin(), pointers.end()));
  Count(naive, times);
}

Times PlayAll(const std::vector<Move>& moves) {
  Times times;
  size_t histories = 1;
  for (int i = 0; i < kMoves; ++i) histories *= moves.size();
  for (size_t code = 0; code < histories; ++code) {
    Newsroom room;
    std::string history;
    for (size_t rest = code, i = 0; i < kMoves; ++i, rest /= moves.size()) {
      moves[rest % moves.size()](room);
      history += std::to_string(rest % moves.size()) + " ";
    }
    CheckAllOrders(room, history, &times);
    if (::testing::Test::HasFatalFailure()) break;
  }
  return times;
}

const Move kOneLearns = [](Newsroom& room) { room.one.Learn(room.two); };
const Move kTwoLearns = [](Newsroom& room) { room.two.Learn(room.one); };

const Move kWithdraw = [](Newsroom& room) {
  LanePart part = Notice();
  v1::WithdrawOp* const op = part.Op().mutable_withdraw();
  op->set_how(v1::WITHDRAWAL_RETRACTED);
  *op->add_figures() = room.first_figure;
  room.Write(room.one, room.first, part);
};

const Move kAnswerWithdrawal = [](Newsroom& room) {
  LanePart part = Fact();
  *part.Op().mutable_answer()->mutable_event() =
      part.Ref(room.Newest(room.two, room.first,
                           [](const v1::Op& op) { return op.has_withdraw(); }));
  room.Write(room.two, room.first, part);
};

// Names the notices that its author saw, as a careful app does.
const Move kCite = [](Newsroom& room) {
  LanePart part = Fact();
  for (const Hash& head : room.two.Heads(room.first, Lane::kNotice)) {
    part.Name(head);
  }
  part.Cite(room.first.str(), room.first_figure);
  room.Write(room.two, room.report, part);
};

const Move kCorrect = [](Newsroom& room) {
  room.Write(room.one, room.first,
             Fact().PutItem(room.first_figure, sync::kFigureRecord,
                            FigureValue("killed", "Almaty", 14)));
};

const Move kSupersede = [](Newsroom& room) {
  LanePart part = Fact();
  part.Op().mutable_supersede()->set_statement(room.first.str());
  room.Write(room.two, room.second, part);
};

Move Link(bool apart) {
  return [apart](Newsroom& room) {
    LanePart part = Fact();
    v1::SameAsOp* const op = part.Op().mutable_same_as();
    op->set_statement(room.first.str());
    op->set_apart(apart);
    room.Write(room.two, room.second, part);
  };
}

// Settles what its author sees: the newest record of each figure he knows.
Move Settle(Author Newsroom::*by, int stands) {
  return [=](Newsroom& room) {
    Author& author = room.*by;
    LanePart part = Fact();
    v1::SettleOp op;
    op.set_stands(stands);
    const auto writes_record = [](const v1::Op& one) {
      return one.has_item_add() || one.has_item_put();
    };
    for (const DocumentId& id : {room.first, room.second}) {
      const v1::ItemId record = room.Newest(author, id, writes_record);
      if (record.change().empty()) continue;
      v1::SettleOp::Rival* const rival = op.add_rivals();
      rival->set_statement(id.str());
      *rival->mutable_figure() =
          id == room.first ? room.first_figure : room.second_figure;
      rival->set_version(part.Name(*Hash::FromBytes(record.change())));
    }
    *part.Op().mutable_settle() = op;
    room.Write(author, room.second, part);
  };
}

void ExpectSeen(Times times, const std::vector<std::string>& all) {
  for (const std::string& what : all) EXPECT_GT(times[what], 0) << what;
}

TEST(ExhaustiveLedgerTest, WithdrawalsAndTheirUses) {
  ExpectSeen(PlayAll({kWithdraw, kAnswerWithdrawal, kCite, kCorrect, kSupersede,
                      kOneLearns, kTwoLearns}),
             {"retracted", "superseded", "answered", "probably withdrawn",
              "aware use", "unaware use", "rivals"});
}

TEST(ExhaustiveLedgerTest, LinksAndSettlements) {
  ExpectSeen(PlayAll({kWithdraw, kCorrect, Link(false), Link(true),
                      Settle(&Newsroom::two, 0), Settle(&Newsroom::one, 1),
                      kOneLearns, kTwoLearns}),
             {"retracted", "probably withdrawn", "rivals", "settled"});
}

}  // namespace
}  // namespace dateline::testing
