#include "server/log/log.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"

namespace dateline::server {
namespace {

Severity SeverityOf(const v1::Error& error) {
  switch (error.reason()) {
    case v1::INTERNAL_ERROR:
    case v1::STORAGE_DAMAGED:
      return Severity::kError;
    case v1::STORAGE_FULL:
    case v1::STORE_IN_USE:
      return Severity::kWarning;
    default:
      return Severity::kInfo;  // a peer's
  }
}

bool IsOurs(v1::ErrorReason reason) {
  return reason == v1::INTERNAL_ERROR || reason == v1::STORAGE_DAMAGED ||
         reason == v1::STORAGE_FULL || reason == v1::STORE_IN_USE;
}

const char* NameOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

void AddPart(absl::string_view name, absl::string_view value,
             std::string* text) {
  if (value.empty()) return;
  absl::StrAppend(text, text->empty() ? "" : ", ", name, value);
}

}  // namespace

void Log::Failed(absl::string_view operation, const absl::Status& status,
                 absl::string_view subject, Severity at_least) {
  const v1::Error error = sync::ErrorOf(status);
  std::string text;
  AddPart("", subject, &text);
  AddPart("field ", error.field(), &text);
  AddPart("limit ", error.limit(), &text);
  if (IsOurs(error.reason())) {
    AddPart("", error.sentence(), &text);
    AddPart("", error.got(), &text);
  }
  Write(std::max(SeverityOf(error), at_least), operation,
        sync::CodeName(error.reason()), text);
}

void Log::Note(Severity severity, absl::string_view operation,
               absl::string_view text) {
  Write(severity, operation, "", text);
}

void Log::Write(Severity severity, absl::string_view operation,
                absl::string_view code, absl::string_view text) {
  if (severity < options_.least || !options_.sink) return;
  const absl::Time now = options_.clock->Now();
  const sync::MutexLock lock(&mu_);
  Minute& minute = minutes_[absl::StrCat(operation, " ", code)];
  // A clock that was set back must not silence the log.
  if (now - minute.began >= absl::Minutes(1) || now < minute.began) {
    minute.began = now;
    minute.written = 0;
  }
  if (minute.written == kLogLinesPerMinuteMax) {
    ++minute.left_out;
    return;
  }
  ++minute.written;
  std::string line = absl::StrCat(
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()), " ",
      NameOf(severity), " ", operation, code.empty() ? "" : " ", code,
      text.empty() ? "" : ": ", text);
  if (minute.left_out > 0) {
    absl::StrAppend(&line, " (", minute.left_out, " like it were left out)");
    minute.left_out = 0;
  }
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  options_.sink(line);
}

}  // namespace dateline::server
