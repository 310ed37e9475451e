#include "client-core/cli/words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace dateline::cli {
namespace {

// STATUS_IN_REVIEW -> "in review".
std::string Plain(absl::string_view name, absl::string_view prefix) {
  if (name.size() <= prefix.size()) return "unknown";  // a newer app's value
  return absl::StrReplaceAll(absl::AsciiStrToLower(name.substr(prefix.size())),
                             {{"_", " "}});
}

}  // namespace

std::string Word(v1::Status status) {
  return Plain(v1::Status_Name(status), "STATUS_");
}
std::string Word(v1::EventKind kind) {
  return Plain(v1::EventKind_Name(kind), "EVENT_KIND_");
}
std::string Word(v1::Attestation what) {
  return Plain(v1::Attestation_Name(what), "ATTESTATION_");
}
std::string Word(v1::RequestKind what) {
  return Plain(v1::RequestKind_Name(what), "REQUEST_KIND_");
}
std::string Word(v1::Decision what) {
  return Plain(v1::Decision_Name(what), "DECISION_");
}
std::string Word(v1::StopKind what) {
  return Plain(v1::StopKind_Name(what), "STOP_KIND_");
}
std::string Word(v1::HeldReason why) {
  return Plain(v1::HeldReason_Name(why), "HELD_REASON_");
}
std::string Word(v1::UseState state) {
  return Plain(v1::UseState_Name(state), "USE_STATE_");
}
std::string Word(v1::DocumentKind kind) {
  return Plain(v1::DocumentKind_Name(kind), "DOCUMENT_KIND_");
}

std::string Word(client::Whereabouts where) {
  switch (where) {
    case client::Whereabouts::kOnThisPhone:
      return "on this phone";
    case client::Whereabouts::kOnItsWay:
      return "on its way";
    case client::Whereabouts::kHeldByTheDesk:
      return "held by the desk";
    case client::Whereabouts::kBeingReviewed:
      return "being reviewed";
    case client::Whereabouts::kQuestionForYou:
      return "question for you";
    case client::Whereabouts::kApproved:
      return "approved";
    case client::Whereabouts::kPublished:
      return "published";
    case client::Whereabouts::kKilled:
      return "killed by the desk";
    case client::Whereabouts::kSpiked:
      return "dropped by the desk";
  }
  return "unknown";
}

std::string Camel(absl::string_view words) {
  std::string out;
  bool upper = false;
  for (const char c : words) {
    if (c == ' ') {
      upper = true;
      continue;
    }
    out += upper ? absl::ascii_toupper(c) : c;
    upper = false;
  }
  return out;
}

std::string Count(uint64_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

std::string Size(uint64_t bytes) {
  if (bytes < 1000) return absl::StrCat(bytes, " B");
  if (bytes < 1000000) return absl::StrFormat("%.1f kB", bytes / 1e3);
  return absl::StrFormat("%.1f MB", bytes / 1e6);
}

}  // namespace dateline::cli
