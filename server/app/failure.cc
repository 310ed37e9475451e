#include "server/app/failure.h"

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"

namespace dateline::server {
namespace {

struct Advice {
  v1::ErrorReason reason;
  ExitCode exit;
  const char* safe;
  const char* next;
};

constexpr char kNothingChanged[] = "nothing was changed";
constexpr Advice kAdvice[] = {
    {v1::BAD_REQUEST, kUsage, kNothingChanged, "datelined --help"},
    {v1::OUT_OF_RANGE_VALUE, kUsage, kNothingChanged, "datelined --help"},
    {v1::TOO_LARGE, kUsage, kNothingChanged, "use a smaller value"},
    {v1::BAD_UTF8, kUsage, kNothingChanged, "use text in UTF-8"},
    {v1::NOT_FOUND, kConfiguration, kNothingChanged,
     "check --data; datelined serve --data DIR makes a new server"},
    {v1::UNSUPPORTED_VERSION, kConfiguration,
     "the data is as the newer version left it",
     "install the newer datelined again"},
    {v1::STORE_IN_USE, kUnreachable, "the running server is not disturbed",
     "stop the server that owns the directory, then try again"},
    {v1::UNAVAILABLE_NOW, kUnreachable,
     "everything that was acknowledged is on disk",
     "try again; or choose another --listen and --enrol-listen"},
    {v1::CONFLICT, kConflictOrPartial, kNothingChanged,
     "choose another place, or move away what is there"},
    {v1::STORAGE_FULL, kFailed, "everything that was acknowledged is on disk",
     "free some space, then try again"},
    {v1::STORAGE_DAMAGED, kIntegrity, "what phones hold is still on the phones",
     "datelined restore BACKUP --data DIR; phones bring back the rest"},
};

const Advice* AdviceOn(v1::ErrorReason reason) {
  for (const Advice& advice : kAdvice) {
    if (advice.reason == reason) return &advice;
  }
  return nullptr;
}

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kDone;
  const Advice* const advice = AdviceOn(sync::ReasonOf(status));
  return advice == nullptr ? kFailed : advice->exit;
}

std::string FailureText(const absl::Status& status) {
  const v1::Error error = sync::ErrorOf(status);
  const Advice* const advice = AdviceOn(error.reason());
  std::string what = error.sentence();
  if (!error.field().empty()) absl::StrAppend(&what, "; ", error.field());
  if (!error.got().empty()) absl::StrAppend(&what, ": ", error.got());
  if (!error.limit().empty()) {
    absl::StrAppend(&what, " (limit ", error.limit(), ")");
  }
  return absl::StrCat(
      "error: ", what, " [", sync::CodeName(error.reason()), "]\n", "saved: ",
      advice == nullptr ? "everything that was acknowledged is on disk"
                        : advice->safe,
      "\n", "next:  ",
      advice == nullptr ? "keep this message and report it as a bug"
                        : advice->next,
      "\n");
}

}  // namespace dateline::server
