// Enums as words: "in review" for people, "inReview" for programs. Pure.
#ifndef DATELINE_CLIENT_CORE_CLI_WORDS_H_
#define DATELINE_CLIENT_CORE_CLI_WORDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "dateline/client.h"

namespace dateline::cli {

std::string Word(v1::Status status);
std::string Word(v1::EventKind kind);
std::string Word(v1::Attestation what);
std::string Word(v1::RequestKind what);
std::string Word(v1::Decision what);
std::string Word(v1::StopKind what);
std::string Word(v1::HeldReason why);
std::string Word(v1::UseState state);
std::string Word(v1::DocumentKind kind);
std::string Word(client::Whereabouts where);

// "on this phone" -> "onThisPhone".
std::string Camel(absl::string_view words);

// "1 report", "3 reports".
std::string Count(uint64_t count, absl::string_view noun);
// "312 B", "2.1 kB", "4.0 MB".
std::string Size(uint64_t bytes);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_WORDS_H_
