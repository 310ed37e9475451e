// Peers that lie, and bytes that no honest replica would send.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/base/limits.h"
#include "sync/protocol/handshake.h"
#include "sync/wire/messages.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/protocol/newsroom.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test
using ::testing::IsEmpty;

// --- a lying server --------------------------------------------------------

// How the phone closes when the server's messages are changed like this.
absl::Status CloseOf(Conversation::ToClient lie, int writes = 1) {
  Newsroom room(2);
  room.Write(room.phones[1], Lane::kFact);
  EXPECT_OK(room.Sync(room.phones[1]));
  EXPECT_OK(room.Sync(room.phones[0]));
  room.Write(room.phones[1], Lane::kFact);
  EXPECT_OK(room.Sync(room.phones[1]));
  for (int i = 0; i < writes; ++i) room.Write(room.phones[0], Lane::kFact);
  const auto before = room.phones[0].log.Hashes();
  Conversation conversation(&room, &room.phones[0], false, {}, std::move(lie));
  conversation.Run();
  EXPECT_TRUE(conversation.client_closed.has_value());
  EXPECT_FALSE(conversation.caught_up);
  EXPECT_EQ(room.phones[0].log.Hashes(), before);
  return conversation.client_closed ? conversation.client_closed->status
                                    : absl::OkStatus();
}

TEST(LyingServerTest, AWelcomeThatAnotherSignedIsNotBelieved) {
  EXPECT_THAT(CloseOf([](v1::ServerMessage* message) {
                if (message->has_welcome()) {
                  (*message->mutable_welcome()->mutable_signature())[0] ^= 1;
                }
                return true;
              }),
              Fails(v1::BAD_SIGNATURE));
}

// An old refusal, played again, would make a phone begin anew for nothing.
TEST(LyingServerTest, AWelcomeForAnotherHelloIsNotBelieved) {
  Newsroom room(1);
  std::optional<v1::ServerMessage> kept;
  Conversation first(&room, &room.phones[0], false, {},
                     [&](v1::ServerMessage* message) {
                       if (message->has_welcome()) kept = *message;
                       return true;
                     });
  first.Run();
  ASSERT_TRUE(kept.has_value());
  Conversation second(&room, &room.phones[0], false, {},
                      [&](v1::ServerMessage* message) {
                        if (message->has_welcome()) *message = *kept;
                        return true;
                      });
  second.Run();
  EXPECT_THAT(second.client_closed->status, Fails(v1::BAD_SIGNATURE));
}

TEST(LyingServerTest, ASessionMustBeginWithWelcome) {
  EXPECT_THAT(CloseOf([](v1::ServerMessage* message) {
                return !message->has_welcome();
              }),
              Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, AnAckForWhatWasNotSentEndsTheSession) {
  EXPECT_THAT(CloseOf([](v1::ServerMessage* message) {
                if (message->has_ack()) {
                  v1::FeedHead* head = message->mutable_ack()->mutable_heads(0);
                  head->set_seq(head->seq() + 1);
                }
                return message->has_ack() || message->has_welcome();
              }),
              Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, AnAckOfAnotherHashEndsTheSession) {
  EXPECT_THAT(
      CloseOf([](v1::ServerMessage* message) {
        if (message->has_ack()) {
          (*message->mutable_ack()->mutable_heads(0)->mutable_hash())[0] ^= 1;
        }
        return message->has_ack() || message->has_welcome();
      }),
      Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, ACursorThatGoesBackEndsTheSession) {
  EXPECT_THAT(CloseOf([](v1::ServerMessage* message) {
                if (message->has_pack()) {
                  message->mutable_pack()->mutable_after()->set_position(0);
                }
                return message->has_pack() || message->has_welcome();
              }),
              Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, AFrameWithoutItsCursorEndsTheSession) {
  EXPECT_THAT(CloseOf([](v1::ServerMessage* message) {
                if (message->has_pack()) message->mutable_pack()->clear_after();
                return message->has_pack() || message->has_welcome();
              }),
              Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, ARunOfAnotherLaneThanItsCursorsEndsTheSession) {
  EXPECT_THAT(CloseOf([](v1::ServerMessage* message) {
                if (message->has_pack()) {
                  message->mutable_pack()->mutable_after()->set_lane(2);
                }
                return message->has_pack() || message->has_welcome();
              }),
              Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, HeadsThatNobodyAskedForEndTheSession) {
  EXPECT_THAT(CloseOf([](v1::ServerMessage* message) {
                if (message->has_welcome()) return true;
                message->mutable_heads()->set_assignment(std::string(12, 'a'));
                return true;
              }),
              Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, ComparingForEverEndsTheSession) {
  Newsroom room(1);
  room.Write(room.phones[0], Lane::kFact);
  const std::string assignment = room.assignments[0].str();
  Conversation conversation(
      &room, &room.phones[0], false, {}, [&](v1::ServerMessage* message) {
        if (message->has_welcome()) return true;
        message->mutable_compare()->add_assignments(assignment);
        return true;
      });
  conversation.Run();
  EXPECT_THAT(conversation.client_closed->status, Fails(v1::BAD_REQUEST));
}

TEST(LyingServerTest, ARosterThatHomeDidNotSignIsNotTaken) {
  Newsroom room(1);
  v1::Roster roster;
  roster.set_version(99);
  const SigningKey other = SigningKey::Make(room.random);
  const v1::SignedRoster forged = SignRoster(roster, room.server, other);
  Conversation conversation(&room, &room.phones[0], false, {},
                            [&](v1::ServerMessage* message) {
                              if (message->has_end()) {
                                *message->mutable_roster() = forged;
                              }
                              return true;
                            });
  conversation.Run();
  EXPECT_THAT(conversation.client_closed->status, Fails(v1::BAD_SIGNATURE));
  EXPECT_EQ(room.phones[0].log.RosterVersion(), 1);
}

// A server whose disk holds a change with a signature that fails: it is left
// out, after one comparison in vain, and all the others come.
TEST(LyingServerTest, AChangeWithABadSignatureIsLeftOutAndTheOthersCome) {
  Newsroom room(3);
  room.Write(room.phones[1], Lane::kFact);
  ASSERT_OK(room.Sync(room.phones[1]));
  const Hash bad = room.Write(room.phones[2], Lane::kFact);
  const FeedHead head = *room.phones[2].log.PlaceOf(bad);
  auto runs = *room.phones[2].log.ReadFeed(head.feed, 0, 1000);
  runs[0].signature = SignHead(room.server_key, head);
  room.desk.log.Add(runs[0]);
  room.Write(room.phones[1], Lane::kFact);
  ASSERT_OK(room.Sync(room.phones[1]));

  ASSERT_OK(room.Sync(room.phones[0]));
  auto expected = room.desk.log.Hashes();
  expected.erase(bad);
  EXPECT_EQ(room.phones[0].log.Hashes(), expected);

  // Should the server's disk be set right, it comes.
  runs = *room.phones[2].log.ReadFeed(head.feed, 0, 1000);
  runs[0].signature = SignHead(room.KeyOf(room.phones[2]), head);
  room.desk.log.Repair(runs[0]);
  ASSERT_OK(room.Sync(room.phones[0]));
  EXPECT_EQ(room.phones[0].log.Hashes(), room.desk.log.Hashes());
}

// --- damage at random ------------------------------------------------------

void Flip(SeededRandom& random, std::string* bytes) {
  for (int flips = 0; flips < 3 && !bytes->empty(); ++flips) {
    (*bytes)[random.Below(bytes->size())] ^= 1 << random.Below(8);
  }
}

// Flips bits of about every fourth message. What no longer parses is lost.
template <typename Message>
std::function<bool(Message*)> Damage(SeededRandom* random) {
  return [random](Message* message) {
    if (!random->OneIn(4)) return true;
    std::string bytes = message->SerializeAsString();
    Flip(*random, &bytes);
    return message->ParseFromString(bytes);
  };
}

// TLS keeps damage out; a peer of bad will does not. Nothing that it sends
// stops this process or gets anything false into a store. The desk, which
// believes nothing, has all in the end; a phone can be kept in the dark by the
// server that it trusts, but not deceived.
TEST(DamageTest, SessionsSurviveWhatTheyAreSentAndStoresStayWhole) {
  ForEachSeed(300, [](uint64_t seed) {
    SeededRandom random(seed);
    Newsroom room(2, seed, 2);
    absl::btree_set<Hash> all;
    for (int i = 0; i < 12; ++i) {
      Phone& phone = room.phones[random.Below(2)];
      all.insert(room.Write(phone, kLanes[random.Below(4)],
                            random.OneIn(4) ? 10000 : 50, random.Below(2)));
      const auto to_server = Damage<v1::ClientMessage>(&random);
      const auto to_client = Damage<v1::ServerMessage>(&random);
      Conversation damaged(&room, &phone, false, to_server,
                           [&](v1::ServerMessage* message) {
                             // What these say is believed: an Ack is a promise.
                             if (message->has_ack() || message->has_heads())
                               return true;
                             return to_client(message);
                           });
      damaged.Run(random);
    }
    for (int round = 0; round < 2; ++round) {
      for (Phone& phone : room.phones) EXPECT_OK(room.Sync(phone));
    }
    EXPECT_EQ(room.desk.log.Hashes(), all);
    for (Phone& phone : room.phones) {
      const auto hashes = phone.log.Hashes();
      EXPECT_TRUE(
          std::includes(all.begin(), all.end(), hashes.begin(), hashes.end()));
      EXPECT_EQ(phone.Unsent(), 0);
    }
    EXPECT_EQ(room.desk.log.forks(), 0);
  });
}

// --- a lying phone ---------------------------------------------------------

struct Verdict {
  absl::Status server;  // how the server closed
  v1::WelcomeBody welcome;
  size_t stored = 0;
};

// What the server does when the phone's messages are changed like this.
Verdict Judge(Newsroom& room, Conversation::ToServer lie) {
  Verdict verdict;
  Conversation conversation(
      &room, &room.phones[0], false, std::move(lie),
      [&](v1::ServerMessage* message) {
        if (message->has_welcome()) {
          verdict.welcome.ParseFromString(message->welcome().body());
        }
        return true;
      });
  conversation.Run();
  if (conversation.server_closed) {
    verdict.server = conversation.server_closed->status;
  }
  verdict.stored = conversation.pushed_changes;
  return verdict;
}

// A Hello that was changed and signed again.
Conversation::ToServer ResignHello(Newsroom& room,
                                   std::function<void(v1::HelloBody*)> change) {
  return [&room, change](v1::ClientMessage* message) {
    if (!message->has_hello()) return true;
    v1::HelloBody body;
    body.ParseFromString(message->hello().body());
    change(&body);
    *message->mutable_hello() = SignHello(body, room.KeyOf(room.phones[0]));
    return true;
  };
}

TEST(LyingPhoneTest, AHelloThatCannotPassGetsASignedAnswerAndNothingElse) {
  Newsroom room(1);
  room.Write(room.phones[0], Lane::kFact);
  const auto reason_of = [&](Conversation::ToServer lie) {
    const Verdict verdict = Judge(room, std::move(lie));
    EXPECT_EQ(verdict.stored, 0);
    EXPECT_OK(verdict.server) << "the answer is in Welcome";
    return verdict.welcome.error().reason();
  };
  EXPECT_EQ(reason_of([](v1::ClientMessage* message) {
              if (message->has_hello()) {
                (*message->mutable_hello()->mutable_signature())[0] ^= 1;
              }
              return true;
            }),
            v1::BAD_SIGNATURE);
  EXPECT_EQ(reason_of(ResignHello(room,
                                  [](v1::HelloBody* body) {
                                    body->mutable_device()->assign(12, 'x');
                                  })),
            v1::UNAUTHENTICATED);
  EXPECT_EQ(reason_of(ResignHello(room,
                                  [](v1::HelloBody* body) {
                                    body->mutable_server()->assign(12, 'x');
                                  })),
            v1::WRONG_CA);
  EXPECT_EQ(reason_of(ResignHello(room,
                                  [](v1::HelloBody* body) {
                                    body->mutable_epoch()->assign(12, 'x');
                                  })),
            v1::WRONG_EPOCH);
  EXPECT_EQ(reason_of(ResignHello(room,
                                  [](v1::HelloBody* body) {
                                    body->set_version_min(7);
                                    body->set_version_max(9);
                                  })),
            v1::UNSUPPORTED_VERSION);
  EXPECT_EQ(reason_of(ResignHello(
                room, [](v1::HelloBody* body) { body->set_counter(0); })),
            v1::STALE_COUNTER);
}

TEST(LyingPhoneTest, AHelloPlayedAgainIsStale) {
  Newsroom room(1);
  std::optional<v1::ClientMessage> kept;
  (void)Judge(room, [&](v1::ClientMessage* message) {
    if (message->has_hello()) kept = *message;
    return true;
  });
  const Verdict again = Judge(room, [&](v1::ClientMessage* message) {
    if (message->has_hello()) *message = *kept;
    return true;
  });
  EXPECT_EQ(again.welcome.error().reason(), v1::STALE_COUNTER);
  EXPECT_EQ(again.welcome.counter(), 1);
}

TEST(LyingPhoneTest, MessagesOutOfGrammarEndTheSession) {
  const auto close_of = [](Conversation::ToServer lie) {
    Newsroom room(1);
    room.Write(room.phones[0], Lane::kFact);
    const Verdict verdict = Judge(room, std::move(lie));
    EXPECT_EQ(verdict.stored, 0);
    return verdict.server;
  };
  EXPECT_THAT(close_of([](v1::ClientMessage* message) {
                return !message->has_hello();
              }),
              Fails(v1::BAD_REQUEST))
      << "no Hello";
  v1::ClientMessage hello;
  EXPECT_THAT(close_of([&](v1::ClientMessage* message) {
                if (message->has_hello()) hello = *message;
                if (message->has_pack()) *message = hello;
                return true;
              }),
              Fails(v1::BAD_REQUEST))
      << "Hello twice";
  EXPECT_THAT(
      close_of([](v1::ClientMessage* message) {
        if (message->has_pack()) {
          message->mutable_heads()->set_assignment(std::string(12, 'a'));
        }
        return true;
      }),
      Fails(v1::BAD_REQUEST))
      << "Heads unasked";
  EXPECT_THAT(close_of([](v1::ClientMessage* message) {
                if (message->has_pack()) {
                  message->mutable_pack()->mutable_after()->set_assignment(
                      std::string(12, 'a'));
                }
                return true;
              }),
              Fails(v1::BAD_REQUEST))
      << "a pushed frame with a cursor";
  EXPECT_THAT(close_of([](v1::ClientMessage* message) {
                if (message->has_pack()) message->clear_kind();
                return true;
              }),
              Fails(v1::BAD_REQUEST))
      << "no message at all";
}

// Changes the runs of every pushed frame.
Conversation::ToServer Repack(std::function<void(RunOfChanges*)> change) {
  return [change](v1::ClientMessage* message) {
    if (!message->has_pack()) return true;
    NoIndex none;
    auto pack = DecodePack(message->pack(), none);
    EXPECT_OK(pack);
    for (RunOfChanges& run : pack->runs) change(&run);
    *message->mutable_pack() = EncodePack(pack->runs, none, 3);
    return true;
  };
}

TEST(LyingPhoneTest, ARunWithABadSignatureIsRejectedAndTheOthersGoOn) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  const Hash good = room.Write(phone, Lane::kText);
  const Verdict verdict = Judge(room, Repack([](RunOfChanges* run) {
                                  if (run->feed.lane == Lane::kFact)
                                    run->signature.data()[0] ^= 1;
                                }));
  EXPECT_OK(verdict.server);
  EXPECT_EQ(room.desk.log.Hashes(), absl::btree_set<Hash>({good}));
  ASSERT_EQ(phone.rejected.size(), 1);
  EXPECT_THAT(phone.rejected[0].why, Fails(v1::BAD_SIGNATURE));
  EXPECT_EQ(phone.rejected[0].feed.lane, Lane::kFact);
  EXPECT_EQ(phone.Unsent(), 1) << "still only here, and said to be";
}

TEST(LyingPhoneTest, ASignerThatIsNotInTheRosterIsRejected) {
  Newsroom room(1);
  Newsroom elsewhere(1, 99);
  const Hash foreign = elsewhere.Write(elsewhere.phones[0], Lane::kFact);
  const FeedHead head = *elsewhere.phones[0].log.PlaceOf(foreign);
  const auto run = elsewhere.phones[0].log.ReadFeed(head.feed, 0, 1000)->at(0);
  room.Write(room.phones[0], Lane::kFact);
  (void)Judge(room, Repack([&](RunOfChanges* sent) { *sent = run; }));
  EXPECT_EQ(room.desk.log.Hashes().size(), 0);
}

// The first change is lost on the way, every time it is sent.
TEST(LyingPhoneTest, AGapThatNothingFillsIsRejectedAndTheOthersGoOn) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  room.Write(phone, Lane::kFact);
  const Hash good = room.Write(phone, Lane::kText);
  const Verdict verdict = Judge(room, [](v1::ClientMessage* message) {
    if (!message->has_pack()) return true;
    NoIndex none;
    auto pack = DecodePack(message->pack(), none);
    EXPECT_OK(pack);
    for (RunOfChanges& run : pack->runs) {
      if (run.feed.lane == Lane::kFact && run.changes.size() > 1) {
        run.changes.erase(run.changes.begin());
      }
    }
    *message->mutable_pack() = EncodePack(pack->runs, none, 0);
    return true;
  });
  EXPECT_OK(verdict.server);
  EXPECT_EQ(room.desk.log.Hashes(), absl::btree_set<Hash>({good}));
  ASSERT_EQ(phone.rejected.size(), 1);
  EXPECT_THAT(phone.rejected[0].why, Fails(v1::BAD_CHAIN));
}

TEST(LyingPhoneTest, HeadsOverTheLimitEndTheSession) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  ASSERT_OK(room.Sync(phone));
  phone.cursors[{room.assignments[0], Lane::kFact}].digest = HashOf("other");
  const Verdict verdict = Judge(room, [](v1::ClientMessage* message) {
    if (message->has_heads()) {
      const v1::FeedHead head = message->heads().heads(0);
      message->mutable_heads()->set_last(false);
      while (message->heads().heads_size() <= kHelloHeadsMax) {
        *message->mutable_heads()->add_heads() = head;
      }
    }
    return true;
  });
  EXPECT_THAT(verdict.server, Fails(v1::TOO_LARGE));
}

TEST(LyingPhoneTest, ABusyServerSaysWhenToCallAgain) {
  Newsroom room(1);
  room.turn_away = absl::Seconds(90);
  Conversation conversation(&room, &room.phones[0]);
  conversation.Run();
  EXPECT_THAT(conversation.client_closed->status, Fails(v1::UNAVAILABLE_NOW));
  EXPECT_EQ(conversation.client_closed->not_before, absl::Seconds(90));
  EXPECT_FALSE(conversation.client_closed->hello_again);
}

}  // namespace
}  // namespace dateline::testing
