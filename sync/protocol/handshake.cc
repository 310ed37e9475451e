#include "sync/protocol/handshake.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/wire/messages.h"

namespace dateline::sync {
namespace {

constexpr absl::string_view kHelloDomain = "dateline/hello/1";
constexpr absl::string_view kWelcomeDomain = "dateline/welcome/1";
constexpr absl::string_view kRosterDomain = "dateline/roster/1";

absl::Status CheckSignature(absl::string_view domain, absl::string_view message,
                            absl::string_view signature, const PublicKey& key,
                            absl::string_view field) {
  const auto fixed = Signature::FromBytes(signature);
  if (fixed.ok() && Verify(key, domain, message, *fixed)) {
    return absl::OkStatus();
  }
  return MakeError(v1::BAD_SIGNATURE,
                   absl::StrCat("the signature of ", field, " does not verify"),
                   {.field = absl::StrCat(field, ".signature")});
}

}  // namespace

v1::Hello SignHello(const v1::HelloBody& body, const SigningKey& key) {
  v1::Hello hello;
  hello.set_body(body.SerializeAsString());
  hello.set_signature(key.Sign(kHelloDomain, hello.body()).str());
  return hello;
}

absl::Status VerifyHello(const v1::Hello& hello, const PublicKey& key) {
  return CheckSignature(kHelloDomain, hello.body(), hello.signature(), key,
                        "hello");
}

v1::Welcome SignWelcome(const v1::WelcomeBody& body,
                        absl::string_view hello_signature,
                        const SigningKey& key) {
  v1::Welcome welcome;
  welcome.set_body(body.SerializeAsString());
  const std::string message = absl::StrCat(hello_signature, welcome.body());
  welcome.set_signature(key.Sign(kWelcomeDomain, message).str());
  return welcome;
}

absl::StatusOr<v1::WelcomeBody> OpenWelcome(const v1::Welcome& welcome,
                                            absl::string_view hello_signature,
                                            const PublicKey& key) {
  DATELINE_RETURN_IF_ERROR(CheckSignature(
      kWelcomeDomain, absl::StrCat(hello_signature, welcome.body()),
      welcome.signature(), key, "welcome"));
  return ParseWelcomeBody(welcome.body());
}

absl::StatusOr<v1::Roster> OpenRoster(const v1::SignedRoster& roster,
                                      const PublicKey& key) {
  DATELINE_RETURN_IF_ERROR(CheckSignature(kRosterDomain, roster.roster(),
                                          roster.signature(), key, "roster"));
  v1::Roster body;
  DATELINE_RETURN_IF_ERROR(ParseChecked(roster.roster(), &body));
  return body;
}

v1::SignedRoster SignRoster(const v1::Roster& roster, const DeviceId& signer,
                            const SigningKey& key) {
  v1::SignedRoster out;
  out.set_roster(roster.SerializeAsString());
  out.set_signature(key.Sign(kRosterDomain, out.roster()).str());
  out.set_signer(signer.str());
  return out;
}

v1::RosterMark MarkOf(const v1::Roster& roster) {
  v1::RosterMark mark;
  mark.set_epoch(roster.epoch());
  mark.set_version(roster.version());
  return mark;
}

bool Follows(const v1::Roster& roster, const v1::RosterMark& mark) {
  const auto reaches = [&mark](const v1::RosterMark& one) {
    return one.epoch() == mark.epoch() && one.version() >= mark.version();
  };
  return mark.version() == 0 || reaches(MarkOf(roster)) ||
         std::any_of(roster.follows().begin(), roster.follows().end(), reaches);
}

std::optional<PublicKey> KeyIn(const v1::Roster& roster,
                               const DeviceId& device) {
  for (const v1::Device& one : roster.devices()) {
    if (one.id() != device.view()) continue;
    const auto key = PublicKey::FromBytes(one.public_key());
    if (key.ok()) return *key;
  }
  return std::nullopt;
}

std::vector<v1::Heads> ToMessages(const AssignmentId& assignment,
                                  const std::vector<FeedHead>& heads) {
  std::vector<v1::Heads> messages;
  size_t done = 0;
  do {
    v1::Heads& message = messages.emplace_back();
    message.set_assignment(assignment.str());
    const size_t end = std::min(done + kHelloHeadsMax, heads.size());
    for (; done < end; ++done) *message.add_heads() = ToProto(heads[done]);
  } while (done < heads.size());
  messages.back().set_last(true);
  return messages;
}

absl::StatusOr<std::vector<FeedHead>> FeedHeadsOf(
    const google::protobuf::RepeatedPtrField<v1::FeedHead>& heads) {
  std::vector<FeedHead> out;
  out.reserve(heads.size());
  for (const v1::FeedHead& head : heads) {
    DATELINE_ASSIGN_OR_RETURN(FeedHead checked, FromProto(head));
    out.push_back(checked);
  }
  return out;
}

}  // namespace dateline::sync
