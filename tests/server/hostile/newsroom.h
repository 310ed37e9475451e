// A newsroom whose server is a real datelined, and devices that joined it by
// the book, whose keys the test holds: they can send anything.
#ifndef DATELINE_TESTS_SERVER_HOSTILE_NEWSROOM_H_
#define DATELINE_TESTS_SERVER_HOSTILE_NEWSROOM_H_

#include <memory>
#include <string>
#include <vector>

#include "dateline/v1/document.pb.h"
#include "dateline/v1/session.pb.h"
#include "sync/wire/pack.h"
#include "tests/server/call.h"
#include "tests/server/daemon.h"
#include "tests/server/hostile/raw_session.h"
#include "tests/support/temp_dir.h"
#include "tests/sync/wire/world.h"

namespace dateline::testing {

// Stands in all content that the tests send, and never in a log or an error.
constexpr char kCanary[] = "canary-7f3a-Rakhat-Aliyev";

// A device that joined. Writes as Author does.
struct Member : Author {
  explicit Member(uint64_t seed) : Author(seed) {}

  v1::HelloBody HelloBody();  // the next one
  std::string Hello() { return HelloOf(HelloBody()); }
  std::string HelloOf(const v1::HelloBody& body) const;
  DeskDevice Desk() const;  // the same device, to call the desk
  // Points Write at a document whose fact lane has this head.
  void Turn(const sync::DocumentId& to, const sync::Hash& head);
  void TurnToNew();
  // A frame of these changes, which are of one feed; signed, and held from
  // then on.
  v1::PackFrame Frame(const std::vector<sync::Change>& changes);

  std::string server, epoch;
  uint64_t counter = 0;
  MapIndex index;  // what the device holds
};

std::string BytesOf(const v1::PackFrame& frame);
std::string ClientEndBytes();

// What came of one session.
struct Outcome {
  v1::WelcomeBody welcome;
  std::vector<v1::FeedHead> acked;
  std::vector<v1::Rejected> rejected;
  std::vector<sync::Change> pulled;
  int comparisons = 0;
  bool ended = false;  // End came: nothing went wrong
  grpc::Status status;
  v1::Error error;  // the trailer's, else Welcome's, else of what is rejected

  bool Acked(const sync::Change& change) const;
  const sync::Change* Pulled(const sync::Hash& hash) const;
};

// What `datelined status` shows.
struct Shown {
  int changes = 0, held = 0, forks = 0;
  std::string views;  // of each assignment: its documents and digest
};

class Newsroom {
 public:
  Newsroom();

  std::unique_ptr<Member> Join(const std::string& role,
                               const std::string& assignment = "almaty",
                               uint64_t seed = 0);
  // Sends the frames after Hello, and again when heads were compared; reads to
  // the end.
  Outcome Sync(Member& member, const std::vector<v1::PackFrame>& frames = {});
  // The same, with messages of any bytes between Hello and ClientEnd.
  Outcome SyncBytes(Member& member, const std::string& hello,
                    const std::vector<std::string>& messages);
  // Messages of any bytes from the first one on.
  Outcome SendBytes(const std::vector<std::string>& messages);

  // As the desk shows it to this member.
  v1::Document Document(const Member& reader, const sync::DocumentId& id);
  Shown Status();      // once the view has caught up
  std::string Log();   // all that the server printed
  void GoodSession();  // fails the test unless a plain save goes through
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  Daemon& daemon() { return daemon_; }
  Member& good() { return *good_; }
  // A report that is there, by good(), and the head of its fact lane.
  const sync::DocumentId& document() const { return document_; }
  const sync::Hash& head() const { return head_; }

 private:
  void Play(Member& member, const std::vector<std::string>& messages,
            RawSession& session, Outcome* out);
  void Take(const v1::ServerMessage& message, Member& member, Outcome* out);

  TempDir folder_;
  Daemon daemon_{folder_ / "data", {"--verbose"}};
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Member> good_;
  sync::DocumentId document_;
  sync::Hash head_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_HOSTILE_NEWSROOM_H_
