// The signed beginnings of a session: Hello and Welcome (protos/README.md).
#ifndef DATELINE_SYNC_PROTOCOL_HANDSHAKE_H_
#define DATELINE_SYNC_PROTOCOL_HANDSHAKE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/v1/session.pb.h"
#include "sync/base/signature.h"
#include "sync/model/feed.h"
#include "sync/protocol/actions.h"
#include "sync/protocol/log.h"

namespace dateline::sync {

constexpr uint32_t kProtocolVersionMin = 1;
constexpr uint32_t kProtocolVersionMax = 1;

v1::Hello SignHello(const v1::HelloBody& body, const SigningKey& key);
// Errors: BAD_SIGNATURE.
absl::Status VerifyHello(const v1::Hello& hello, const PublicKey& key);

v1::Welcome SignWelcome(const v1::WelcomeBody& body,
                        absl::string_view hello_signature,
                        const SigningKey& key);
// The body, if `key` signed it as the answer to that Hello. Errors:
// BAD_SIGNATURE, BAD_REQUEST.
absl::StatusOr<v1::WelcomeBody> OpenWelcome(const v1::Welcome& welcome,
                                            absl::string_view hello_signature,
                                            const PublicKey& key);

// The roster, if `key` signed it. Errors: BAD_SIGNATURE, BAD_REQUEST.
absl::StatusOr<v1::Roster> OpenRoster(const v1::SignedRoster& roster,
                                      const PublicKey& key);
v1::SignedRoster SignRoster(const v1::Roster& roster, const DeviceId& signer,
                            const SigningKey& key);
// nullopt: the device is not in it.
std::optional<PublicKey> KeyIn(const v1::Roster& roster,
                               const DeviceId& device);
v1::RosterMark MarkOf(const v1::Roster& roster);
// `roster` is the one at `mark` or follows it (adr/0002). Version 0, no roster
// at all, is followed by every one.
bool Follows(const v1::Roster& roster, const v1::RosterMark& mark);

// Heads of one assignment as messages of at most kHelloHeadsMax, at least
// one; only the last says `last`.
std::vector<v1::Heads> ToMessages(const AssignmentId& assignment,
                                  const std::vector<FeedHead>& heads);

// All elements through FromProto; the first error ends it.
absl::StatusOr<std::vector<FeedHead>> FeedHeadsOf(
    const google::protobuf::RepeatedPtrField<v1::FeedHead>& heads);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_HANDSHAKE_H_
