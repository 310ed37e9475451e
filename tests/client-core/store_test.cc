// The store under the engine: what it promises when disk, memory of yesterday
// or another process get in the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client-core/store/rows.h"
#include "client-core/store/schema.h"
#include "sync/compose/review.h"
#include "sync/host/files.h"
#include "sync/model/fields.h"
#include "tests/client-core/home.h"
#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Columns = absl::btree_map<std::string, absl::btree_set<std::string>>;

// "### table" headings and "- `column`:" lines of SCHEMA.md.
Columns DocumentedColumns() {
  Columns columns;
  std::ifstream page("client-core/store/SCHEMA.md");
  EXPECT_TRUE(page.good());
  std::string table;
  for (std::string line; std::getline(page, line);) {
    absl::string_view rest = line;
    if (absl::ConsumePrefix(&rest, "### ")) {
      table = std::string(rest);
    } else if (absl::ConsumePrefix(&rest, "- `") && !table.empty()) {
      columns[table].emplace(rest.substr(0, rest.find('`')));
    }
  }
  return columns;
}

Columns RealColumns(host::Database& db) {
  Columns columns;
  auto rows = db.Prepare(
      "SELECT m.name, c.name FROM sqlite_schema AS m, "
      "pragma_table_info(m.name) AS c "
      "WHERE m.type = 'table' AND m.name NOT LIKE 'search_%'");
  EXPECT_OK(rows);
  EXPECT_OK(EachRow(&*rows, [&](const host::Statement& row) {
    columns[std::string(row.Text(0))].emplace(row.Text(1));
    return absl::OkStatus();
  }));
  return columns;
}

TEST(SchemaTest, ThePageNamesEveryTableAndColumn) {
  testing::TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto store,
                       Store::Open(dir / "home", absl::ZeroDuration()));
  EXPECT_EQ(DocumentedColumns(), RealColumns(store->db()));
}

class StoreTest : public ::testing::Test {
 protected:
  DocumentId Report(Client& client, const std::string& headline) {
    const auto id = client.CreateReport(
        room_.assignment(), {.headline = headline, .body = "A body."});
    EXPECT_OK(id);
    return id.ok() ? *id : DocumentId();
  }
  std::string database() const { return room_.home(0) + "/store.db"; }

  Newsroom room_{{v1::ROLE_REPORTER, v1::ROLE_EDITOR}};
};

TEST_F(StoreTest, TheKeyAndTheDatabaseArePrivate) {
  room_.Open(0);
  for (const char* file : {"/device.key", "/store.db"}) {
    struct stat info = {};
    ASSERT_EQ(::stat((room_.home(0) + file).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << file;
  }
}

TEST_F(StoreTest, TheViewIsBuiltAgainFromTheTruth) {
  auto client = room_.Open(0);
  const DocumentId id = Report(*client, "One");
  ASSERT_OK_AND_ASSIGN(const auto before, client->Verify());
  client.reset();
  {
    ASSERT_OK_AND_ASSIGN(auto store,
                         Store::Open(room_.home(0), absl::ZeroDuration()));
    ASSERT_OK(store->views().Clear());
    ASSERT_OK(store->views().PutVersion(kViewVersion - 1));
  }
  client = room_.Open(0);
  EXPECT_OK(client->Get(id));
  ASSERT_OK_AND_ASSIGN(const auto rows, client->List({.text = "body"}));
  EXPECT_THAT(rows, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto after, client->Verify());
  EXPECT_THAT(after.problems, IsEmpty());
  EXPECT_EQ(before.view_digest_hex, after.view_digest_hex);
}

TEST_F(StoreTest, VerifyNamesWhatWasTamperedWith) {
  auto client = room_.Open(0);
  Report(*client, "One");
  ASSERT_OK_AND_ASSIGN(const auto before, client->Verify());
  client.reset();
  {
    ASSERT_OK_AND_ASSIGN(auto store,
                         Store::Open(room_.home(0), absl::ZeroDuration()));
    ASSERT_OK(store->db().Execute(
        "UPDATE changes SET content = replace(content, 'O', 'X')"));
  }
  client = room_.Open(0);
  ASSERT_OK_AND_ASSIGN(const auto after, client->Verify());
  EXPECT_FALSE(after.problems.empty());
  EXPECT_EQ(after.problems[0].find("One"), std::string::npos);
}

TEST_F(StoreTest, ASecondChangeAtOnePlaceIsAForkAndBothAreKept) {
  auto client = room_.Open(0);
  Report(*client, "One");
  client.reset();
  ASSERT_OK_AND_ASSIGN(auto store,
                       Store::Open(room_.home(0), absl::ZeroDuration()));
  Truth& truth = store->truth();
  ASSERT_OK_AND_ASSIGN(const auto feeds, truth.Feeds());
  ASSERT_OK_AND_ASSIGN(const auto changes, truth.OfFeedAfter(feeds[0], 0));
  sync::Change other = changes[0];
  other.salt.data()[0] ^= 1;
  other.content_hash = sync::ContentHash(other.salt, other.content);
  other.hash = sync::ComputeHash(other);
  ASSERT_OK_AND_ASSIGN(const auto put, truth.Insert(other, /*here=*/false));
  EXPECT_EQ(put, Truth::Put::kNew);
  ASSERT_OK_AND_ASSIGN(const auto again, truth.Insert(other, /*here=*/false));
  EXPECT_EQ(again, Truth::Put::kKnown);
  EXPECT_TRUE(truth.Holds(other.head()));
  EXPECT_TRUE(truth.Holds(changes[0].head()));
  EXPECT_FALSE(truth.HashAt(feeds[0], 1).has_value());
  EXPECT_FALSE(truth.PlaceOf(other.hash).has_value());
  ASSERT_OK_AND_ASSIGN(const auto heads, truth.Heads(room_.assignment()));
  EXPECT_THAT(heads, SizeIs(3));  // two of the fork, one of the other lane
  ASSERT_OK_AND_ASSIGN(const auto own, truth.OwnFeeds());
  EXPECT_EQ(own[0].head, changes[0].head());
  ASSERT_OK_AND_ASSIGN(const auto runs, truth.ReadFeed(feeds[0], 0, 1 << 20));
  EXPECT_THAT(runs, SizeIs(2));
}

TEST_F(StoreTest, AChangeIsFoundByItsHashHoweverNewItIs) {
  auto client = room_.Open(0);
  const std::vector<ReportEdit> many(600, {.headline = "h", .body = "text"});
  ASSERT_OK(client->CreateReports(room_.assignment(), many));
  Report(*client, "Newest");
  client.reset();
  ASSERT_OK_AND_ASSIGN(auto store,
                       Store::Open(room_.home(0), absl::ZeroDuration()));
  Truth& truth = store->truth();
  for (const bool indexed : {false, true}) {
    if (indexed) {
      ASSERT_OK(store->Transact([&] { return truth.IndexHashes(); }));
    }
    size_t found = 0;
    ASSERT_OK(truth.EachAfter(0, [&](int64_t number, const auto& change) {
      const auto place = truth.PlaceOf(change.hash);
      found += place && *place == change.head() ? 1 : 0;
      EXPECT_EQ(truth.NumberOf(change.hash).value_or(0), number);
      return absl::OkStatus();
    }));
    EXPECT_EQ(found, 2 * 601u);
  }
  EXPECT_FALSE(truth.PlaceOf(sync::Hash()).has_value());
}

TEST_F(StoreTest, SavesAreCountedOnWhereTheyEndedBeforeAClose) {
  for (const char* headline : {"One", "Two", "Three"}) {
    auto client = room_.Open(0);
    Report(*client, headline);
    Report(*client, headline);
  }
  ASSERT_OK_AND_ASSIGN(auto store,
                       Store::Open(room_.home(0), absl::ZeroDuration()));
  uint64_t lamport = 0, save = 0;
  ASSERT_OK(store->truth().EachAfter(0, [&](int64_t, const auto& change) {
    EXPECT_EQ(change.header.lamport, ++lamport);
    if (change.header.save != save) EXPECT_EQ(change.header.save, ++save);
    return absl::OkStatus();
  }));
  EXPECT_EQ(save, 6u);
}

TEST_F(StoreTest, AReportReadsTheSameBeforeAndAfterItIsIndexed) {
  auto client = room_.Open(0);
  const DocumentId id = Report(*client, "One");
  ASSERT_OK_AND_ASSIGN(const View before, client->Get(id));
  EXPECT_THAT(*client->List({.text = "body"}), SizeIs(1));  // indexes
  ASSERT_OK_AND_ASSIGN(const View after, client->Get(id));
  EXPECT_EQ(before.document.SerializeAsString(),
            after.document.SerializeAsString());
  ASSERT_OK(client->EditReport(id, {.body = "Other words."}));
  EXPECT_THAT(*client->List({.text = "body"}), IsEmpty());
  EXPECT_THAT(*client->List({.text = "other"}), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto verified, client->Verify());
  EXPECT_THAT(verified.problems, IsEmpty());
}

TEST_F(StoreTest, AStubBecomesWholeAndAWholeChangeStaysWhole) {
  auto client = room_.Open(0);
  Report(*client, "One");
  client.reset();
  ASSERT_OK_AND_ASSIGN(auto source,
                       Store::Open(room_.home(0), absl::ZeroDuration()));
  room_.Open(1);
  ASSERT_OK_AND_ASSIGN(auto target,
                       Store::Open(room_.home(1), absl::ZeroDuration()));
  ASSERT_OK_AND_ASSIGN(const auto feeds, source->truth().Feeds());
  ASSERT_OK_AND_ASSIGN(const auto changes,
                       source->truth().OfFeedAfter(feeds[0], 0));
  const sync::Change stub = ToStub(changes[0]);
  sync::Change place = stub;
  place.holding = sync::Holding::kPlaceOnly;
  using Put = Truth::Put;
  for (const auto& [change, put] :
       std::vector<std::pair<sync::Change, Put>>{{place, Put::kNew},
                                                 {stub, Put::kUpgraded},
                                                 {place, Put::kKnown},
                                                 {changes[0], Put::kUpgraded},
                                                 {stub, Put::kKnown}}) {
    ASSERT_OK_AND_ASSIGN(const Put was, target->truth().Insert(change, false));
    EXPECT_EQ(was, put);
  }
  ASSERT_OK_AND_ASSIGN(const auto held,
                       target->truth().OfFeedAfter(feeds[0], 0));
  EXPECT_EQ(held[0].content, changes[0].content);
}

TEST_F(StoreTest, AFullDiskIsToldAndNothingIsLost) {
  auto client = room_.Open(0);
  const DocumentId first = Report(*client, "One");
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small = {300 << 10, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  absl::Status status;
  std::vector<DocumentId> made = {first};
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    const auto id = client->CreateReport(
        room_.assignment(),
        {.headline = "more", .body = std::string(4000, 'x')});
    status = id.status();
    if (id.ok()) made.push_back(*id);
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  EXPECT_THAT(status, Fails(v1::STORAGE_FULL));
  made.push_back(Report(*client, "After room was made"));
  for (const DocumentId& id : made) EXPECT_OK(client->Get(id));
  ASSERT_OK_AND_ASSIGN(const auto verified, client->Verify());
  EXPECT_THAT(verified.problems, IsEmpty());
}

TEST_F(StoreTest, ADatabaseThatIsNoneIsDamagedAndLeftAsItIs) {
  { auto client = room_.Open(0); }
  const std::string garbage(5000, 'z');
  ASSERT_OK(host::WriteFileAtomically(database(), garbage));
  EXPECT_THAT(Client::Open({.directory = room_.home(0)}),
              Fails(v1::STORAGE_DAMAGED));
  ASSERT_OK_AND_ASSIGN(const std::string now, host::ReadFile(database()));
  EXPECT_EQ(now, garbage);
}

TEST_F(StoreTest, ADamagedPageIsToldAndTheRestStillReads) {
  auto client = room_.Open(0);
  std::vector<ReportEdit> edits(300, {.headline = "h", .body = "text"});
  ASSERT_OK_AND_ASSIGN(const auto ids,
                       client->CreateReports(room_.assignment(), edits));
  client.reset();
  ASSERT_OK_AND_ASSIGN(std::string bytes, host::ReadFile(database()));
  constexpr size_t kPage = 60;  // one of many that hold changes and views
  for (size_t i = 0; i < 2000; ++i) bytes[kPage * 4096 + i] = '\x5A';
  ASSERT_OK(host::WriteFileAtomically(database(), bytes));
  auto opened = Client::Open({.directory = room_.home(0)});
  if (!opened.ok()) {
    EXPECT_THAT(opened, Fails(v1::STORAGE_DAMAGED));
    return;
  }
  ASSERT_OK_AND_ASSIGN(const auto verified, (*opened)->Verify());
  EXPECT_FALSE(verified.problems.empty());
  size_t readable = 0;
  for (const DocumentId& id : ids) readable += (*opened)->Get(id).ok() ? 1 : 0;
  EXPECT_GT(readable, 200u);
}

// --- two processes ---------------------------------------------------------

// Runs `body` in a child that reports "y" or "n" once it is under way and
// then waits to be killed.
class Child {
 public:
  explicit Child(const std::function<bool()>& body) {
    int ends[2];
    if (::pipe(ends) != 0) ::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      const bool ok = body();
      (void)!::write(ends[1], ok ? "y" : "n", 1);
      while (true) ::pause();
    }
    char answer = 'n';
    started_ = ::read(ends[0], &answer, 1) == 1 && answer == 'y';
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  bool started() const { return started_; }

 private:
  pid_t pid_;
  bool started_ = false;
};

TEST_F(StoreTest, AStoreThatAnotherProcessUsesIsInUse) {
  { auto client = room_.Open(0); }
  std::unique_ptr<Client> held;
  const Child child([&] {
    held = room_.Open(0);
    return held != nullptr;
  });
  ASSERT_TRUE(child.started());
  EXPECT_THAT(Client::Open({.directory = room_.home(0)}),
              Fails(v1::STORE_IN_USE));
}

TEST_F(StoreTest, ASyncLoopLetsAnotherCommandInWithin100Ms) {
  { auto client = room_.Open(0); }
  std::unique_ptr<Client> looping;
  const Child child([&] {
    looping = room_.Open(0);
    return looping->StartLoop().ok();
  });
  ASSERT_TRUE(child.started());
  absl::Duration longest;
  for (int i = 0; i < 5; ++i) {
    const absl::Time asked = absl::Now();
    auto client = Client::Open(
        {.directory = room_.home(0), .lock_wait = absl::Seconds(5)});
    longest = std::max(longest, absl::Now() - asked);
    ASSERT_OK(client);
    Report(**client, absl::StrCat("Report ", i));
    client->reset();
    absl::SleepFor(absl::Milliseconds(50));
  }
  RecordProperty("longest_ms",
                 absl::StrCat(absl::ToInt64Milliseconds(longest)));
  EXPECT_LT(longest, absl::Milliseconds(100) * testing::Slowness());
}

// --- crashes ---------------------------------------------------------------

// A phone that dies at any moment of its saves has every report that it was
// told is saved, whole: both lanes, the row and the words.
TEST_F(StoreTest, EverySaveThatReturnedIsThereAfterKill9) {
  { auto client = room_.Open(0); }
  sync::SeededRandom random(11);
  size_t told_in_all = 0;
  // A busy machine may need more rounds to get anything saved.
  for (int round = 0; round < 12 || (told_in_all <= 20 && round < 99);
       ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto client = room_.Open(0);
      for (int i = 0;; ++i) {
        const auto id = client->CreateReport(
            room_.assignment(), {.headline = absl::StrCat("Crash ", i),
                                 .body = std::string(1000, 'x')});
        if (!id.ok()) ::_exit(1);
        (void)!::write(ends[1], id->data(), DocumentId::kSize);
      }
    }
    ::close(ends[1]);
    ::usleep(20000 + random.Below(60000));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    auto client = room_.Open(0);
    absl::btree_set<DocumentId> found;
    ASSERT_OK_AND_ASSIGN(const auto rows,
                         client->List({.text = "crash", .limit = 0}));
    for (const Row& row : rows) found.insert(row.id);
    DocumentId id;
    while (::read(ends[0], id.data(), DocumentId::kSize) == DocumentId::kSize) {
      ++told_in_all;
      EXPECT_TRUE(found.contains(id));
      ASSERT_OK_AND_ASSIGN(const View view, client->Get(id));
      EXPECT_THAT(view.document.texts(), SizeIs(1));
      EXPECT_TRUE(view.document.version().complete());
    }
    ::close(ends[0]);
    ASSERT_OK_AND_ASSIGN(const auto verified, client->Verify());
    EXPECT_THAT(verified.problems, IsEmpty());
  }
  EXPECT_GT(told_in_all, 20u);
}

}  // namespace
}  // namespace dateline::client
