#include "client-core/cli/invocation.h"

#include <ostream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/width.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

constexpr size_t kShortIdBytes = 4;  // unique in any one newsroom's day
// After Close: an import in another window takes less.
constexpr absl::Duration kReopenPatience = absl::Seconds(30);

}  // namespace

std::string ShortId(const std::string& bytes) {
  return absl::BytesToHexString(bytes.substr(0, kShortIdBytes));
}

absl::StatusOr<std::string> Invocation::Home() const {
  if (!globals_.home.empty()) return globals_.home;
  if (const auto home = terminal_.environment("DATELINE_HOME");
      home && !home->empty()) {
    return *home;
  }
  if (const auto home = terminal_.environment("HOME"); home && !home->empty()) {
    return absl::StrCat(*home, "/.local/share/dateline");
  }
  return ConfigurationError(v1::BAD_REQUEST,
                            "no --home, no DATELINE_HOME and no HOME is set");
}

absl::StatusOr<client::Client*> Invocation::Open() {
  if (client_ == nullptr) {
    client::Options options;
    DATELINE_ASSIGN_OR_RETURN(options.directory, Home());
    options.server_address = globals_.via;
    if (options.server_address.empty()) {
      options.server_address =
          terminal_.environment("DATELINE_SERVER").value_or("");
    }
    if (globals_.verbose) {
      options.log = [this](const std::string& line) { Log(line); };
    }
    options.lock_wait = lock_wait_.value_or(options.lock_wait);
    DATELINE_ASSIGN_OR_RETURN(client_, open_(std::move(options)));
  }
  return client_.get();
}

void Invocation::Close() {
  client_.reset();
  lock_wait_ = kReopenPatience;
}

absl::StatusOr<client::Client*> Invocation::Joined() {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, Open());
  if (const auto identity = client->WhoAmI(); !identity.ok()) {
    if (sync::ReasonOf(identity.status()) == v1::STORAGE_DAMAGED) {
      return identity.status();
    }
    DATELINE_ASSIGN_OR_RETURN(const std::string home, Home());
    return ConfigurationError(
        v1::UNAUTHENTICATED,
        absl::StrCat("this device has not joined a desk (", home, ")"));
  }
  return client;
}

absl::StatusOr<v1::Assignment> Invocation::FindAssignment(
    const std::string& name) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<v1::Assignment> all,
                            client->Assignments());
  std::vector<v1::Assignment> found;
  for (const v1::Assignment& assignment : all) {
    if (assignment.slugline() == name) return assignment;
    if (name.empty() ||
        absl::StartsWith(absl::BytesToHexString(assignment.id()), name)) {
      found.push_back(assignment);
    }
  }
  if (found.size() == 1) return found[0];
  const std::string known = absl::StrJoin(
      all, ", ", [](std::string* out, const v1::Assignment& assignment) {
        out->append(assignment.slugline());
      });
  if (all.empty()) {
    return ConfigurationError(v1::NOT_FOUND,
                              "this device has no assignment yet");
  }
  if (name.empty()) {
    return UsageError(
        absl::StrCat("say which --assignment it is for: ", known));
  }
  return UsageError(
      absl::StrCat("there is no assignment \"", name, "\" here: ", known));
}

const v1::Roster& Invocation::roster() {
  if (!roster_) {
    roster_.emplace();
    if (const auto client = Open(); client.ok()) {
      if (auto roster = (*client)->Roster(); roster.ok()) {
        *roster_ = *std::move(roster);
      }
    }
  }
  return *roster_;
}

std::string Invocation::AssignmentName(const std::string& id) {
  for (const v1::Assignment& assignment : roster().assignments()) {
    if (assignment.id() == id) return assignment.slugline();
  }
  return ShortId(id);
}

std::string Invocation::PersonName(const std::string& id) {
  for (const v1::Person& person : roster().people()) {
    if (person.id() == id) return person.name();
  }
  for (const v1::Device& device : roster().devices()) {
    if (device.id() == id) return device.home() ? "home" : device.name();
  }
  return ShortId(id);
}

std::string Invocation::DeviceName(const std::string& id) {
  for (const v1::Device& device : roster().devices()) {
    if (device.id() == id) return device.name();
  }
  return ShortId(id);
}

void Invocation::Print(const Json& json, const std::string& people) {
  if (globals_.json) {
    *terminal_.out << json.dump(-1, ' ', false, Json::error_handler_t::replace)
                   << '\n';
  } else {
    *terminal_.out << people;
  }
  terminal_.out->flush();
}

void Invocation::Say(const std::string& line) {
  if (!globals_.json) *terminal_.err << line << '\n' << std::flush;
}

void Invocation::Log(const std::string& line) {
  sync::MutexLock lock(&log_mu_);
  if (globals_.json) {
    *terminal_.err << Json({{"log", line}}).dump() << '\n' << std::flush;
  } else {
    *terminal_.err << "log: " << line << '\n' << std::flush;
  }
}

std::string Invocation::Saved() {
  if (!saved_.empty()) return saved_;
  if (client_ != nullptr) {
    if (const auto unsent = client_->Unsent(); unsent.ok() && *unsent > 0) {
      return absl::StrCat(*unsent, *unsent == 1 ? " change is" : " changes are",
                          " on this device and not yet at the desk; nothing "
                          "is lost");
    }
  }
  return "nothing was changed";
}

int Invocation::Fail(const absl::Status& status) {
  *terminal_.err << FailureText(status, Saved(), next_, globals_.json)
                 << std::flush;
  return ExitCodeOf(status);
}

}  // namespace dateline::cli
