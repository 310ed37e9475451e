// init, sync, status, verify: the device and its link.
#include <ostream>

#include "absl/algorithm/container.h"
#include "absl/container/btree_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/editing.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/program.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/width.h"
#include "client-core/cli/words.h"
#include "sync/base/errors.h"
#include "sync/base/mutex.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

struct InitArgs {
  std::string code;
  std::string name = "device";
};

Json IdentityJson(const client::Identity& identity) {
  return {{"device", identity.device.ToHex()},
          {"person", identity.person_name},
          {"server", identity.server_address}};
}

absl::StatusOr<int> Init(const InitArgs& args, Invocation& invocation) {
  invocation.set_saved("nothing was changed but this device's own key");
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Open());
  if (client->WhoAmI().ok()) {
    return ConfigurationError(
        v1::CONFLICT, "this device has joined already; use another --home");
  }
  DATELINE_RETURN_IF_ERROR(client->Join(args.code, args.name));
  DATELINE_ASSIGN_OR_RETURN(const client::Identity me, client->WhoAmI());
  invocation.Print(
      IdentityJson(me),
      absl::StrCat("joined ", me.server_address, " as ", me.person_name, "\n"));
  return kDone;
}

// --- sync ------------------------------------------------------------------

struct SyncArgs {
  bool watch = false;
  bool metered = false;
  std::string deadline = "60s";
};

Json SyncJson(const client::SyncReport& report, Invocation& invocation) {
  Json out = {{"sentChanges", report.sent_changes},
              {"receivedChanges", report.received_changes},
              {"sentBytes", report.sent_bytes},
              {"receivedBytes", report.received_bytes},
              {"unsentChanges", report.unsent_changes},
              {"heldChanges", report.held_changes},
              {"newIncarnation", report.new_incarnation},
              {"newEpoch", report.new_epoch}};
  out["news"] = ListOf(report.news, invocation);
  return out;
}

std::string NewsText(const v1::WithdrawalView& news, Invocation& invocation) {
  return absl::StrCat(
      invocation.style().Alarm(
          absl::StrCat("! ", Word(news.kind()), ": ", Printable(news.value()),
                       " (", Printable(news.source()), "), which you used")),
      "\n  dateline ack ", ShortId(news.statement()),
      " says that you have seen it\n");
}

std::string SyncText(const client::SyncReport& report, Invocation& invocation) {
  std::string out;
  for (const v1::WithdrawalView& news : report.news) {
    absl::StrAppend(&out, NewsText(news, invocation));
  }
  absl::StrAppend(
      &out, "sent ", Count(report.sent_changes, "change"), " (",
      Size(report.sent_bytes), "), received ",
      Count(report.received_changes, "change"), " (",
      Size(report.received_bytes), "); ",
      report.unsent_changes == 0
          ? std::string("nothing waits here")
          : Count(report.unsent_changes, "change") + " still only here",
      "\n");
  if (report.held_changes > 0) {
    absl::StrAppend(&out, "the desk holds ",
                    Count(report.held_changes, "change"),
                    " of yours until somebody judges it\n");
  }
  return out;
}

absl::StatusOr<int> SyncOnce(const client::SyncOptions& options,
                             Invocation& invocation, client::Client* client) {
  DATELINE_ASSIGN_OR_RETURN(const client::SyncReport report,
                            client->SyncOnce(options));
  invocation.Print(SyncJson(report, invocation), SyncText(report, invocation));
  return report.unsent_changes > 0 ? kConflictOrPartial : kDone;
}

// Wakes the command's thread when the client has news.
class Bell {
 public:
  void Ring() {
    const sync::MutexLock lock(&mu_);
    rung_ = true;
    rings_.NotifyOne();
  }
  // Waits for a ring, or for a moment: signals do not ring.
  void Wait() {
    const sync::MutexLock lock(&mu_);
    if (!rung_) rings_.WaitFor(&mu_, absl::Milliseconds(100));
    rung_ = false;
  }

 private:
  sync::Mutex mu_;
  sync::CondVar rings_;
  bool rung_ ABSL_GUARDED_BY(mu_) = false;
};

// What `sync --watch` says: a line for all that came or went, a withdrawal as
// soon as it is here, and why it fails once for every change of why.
class Watch {
 public:
  Watch(Invocation& invocation, client::Client* client)
      : invocation_(invocation), client_(client) {}

  void Tell() {
    bool synced = false;
    for (const client::Event& event : client_->Poll()) {
      synced |= event.kind == client::Event::Kind::kSync;
      if (event.kind == client::Event::Kind::kWithdrawal) {
        TellWithdrawals(event.document);
      }
    }
    if (!synced) return;
    if (auto report = client_->LastSync(); report.ok()) TellSync(*report);
  }
  int code() const { return ExitCodeOf(status_); }

 private:
  void TellWithdrawals(const client::DocumentId& statement) {
    const auto view = client_->Get(statement);
    if (!view.ok()) return;
    for (const v1::WithdrawalView& news : view->withdrawals) {
      if (!told_.insert(news.id().SerializeAsString()).second) continue;
      invocation_.Print({{"news", {ToJson(news, invocation_)}}},
                        NewsText(news, invocation_));
    }
  }

  void TellSync(client::SyncReport& report) {
    const bool changed =
        sync::ReasonOf(report.status) != sync::ReasonOf(status_) ||
        report.status.code() != status_.code();
    status_ = report.status;
    if (!status_.ok()) {
      if (!changed) return;
      invocation_.set_next(ExitCodeOf(status_) == kUnreachable
                               ? "nothing; it tries again until Ctrl-C ends it"
                               : "");
      invocation_.Fail(status_);
      return;
    }
    std::erase_if(report.news, [this](const v1::WithdrawalView& news) {
      return !told_.insert(news.id().SerializeAsString()).second;
    });
    if (!changed && told_sync_ && report.news.empty() &&
        report.sent_changes + report.received_changes == 0) {
      return;
    }
    told_sync_ = true;
    invocation_.Print(SyncJson(report, invocation_),
                      SyncText(report, invocation_));
  }

  Invocation& invocation_;
  client::Client* const client_;  // not owned
  absl::Status status_;           // of the last sync
  bool told_sync_ = false;
  absl::btree_set<std::string> told_;  // withdrawals
};

// Until Ctrl-C.
absl::StatusOr<int> SyncWatch(Invocation& invocation, client::Client* client) {
  Bell bell;
  Watch watch(invocation, client);
  client->SetWake([&bell] { bell.Ring(); });
  DATELINE_RETURN_IF_ERROR(client->StartLoop());
  invocation.Say("syncing whenever there is a link; Ctrl-C ends it");
  while (!invocation.interrupted()) {
    bell.Wait();
    watch.Tell();
  }
  client->StopLoop();
  client->SetWake(nullptr);
  watch.Tell();
  return watch.code();
}

absl::StatusOr<int> Sync(const SyncArgs& args, Invocation& invocation) {
  client::SyncOptions options;
  options.metered = args.metered;
  if (!absl::ParseDuration(args.deadline, &options.deadline) ||
      options.deadline <= absl::ZeroDuration()) {
    return UsageError(absl::StrCat("--deadline ", args.deadline,
                                   " is no duration, such as 30s or 2m"));
  }
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  return args.watch ? SyncWatch(invocation, client)
                    : SyncOnce(options, invocation, client);
}

// --- status, verify --------------------------------------------------------

struct NoArgs {};

absl::StatusOr<int> Status(const NoArgs&, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const client::Identity me, client->WhoAmI());
  DATELINE_ASSIGN_OR_RETURN(const uint64_t unsent, client->Unsent());
  DATELINE_ASSIGN_OR_RETURN(const auto assignments, client->Assignments());
  DATELINE_ASSIGN_OR_RETURN(const auto reports, client->List({.limit = 0}));
  DATELINE_ASSIGN_OR_RETURN(const auto conflicts,
                            client->Conflicts(std::nullopt));
  Json out = IdentityJson(me);
  Json names = Json::array();
  for (const v1::Assignment& one : assignments) names.push_back(one.slugline());
  out["assignments"] = names;
  out["reports"] = reports.size();
  out["conflicts"] = conflicts.size();
  out["unsentChanges"] = unsent;
  DATELINE_ASSIGN_OR_RETURN(const std::string home, invocation.Home());
  const auto drafts = absl::c_count_if(
      reports, [](const client::Row& row) { return row.draft; });
  const int unfinished = UnfinishedReports(home);
  out["drafts"] = drafts;
  out["unfinishedReports"] = unfinished;
  std::string people = absl::StrCat(
      "device     ", me.device.ToHex().substr(0, 8), ", ", me.person_name,
      "\nserver     ", me.server_address, "\nreports    ", reports.size(),
      "\nconflicts  ", conflicts.size(), "\nunsent     ",
      unsent == 0 ? "nothing" : Count(unsent, "change"), "\ndrafts     ",
      drafts, "\n");
  if (unfinished > 0) {
    absl::StrAppend(&people, "unfinished ", Count(unfinished, "new report"),
                    " in an editor, or left by one: dateline report new\n");
  }
  for (const v1::Assignment& one : assignments) {
    absl::StrAppend(&people, "assignment ", one.slugline(), "\n");
  }
  invocation.Print(out, people);
  return kDone;
}

absl::StatusOr<int> Verify(const NoArgs&, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Open());
  DATELINE_ASSIGN_OR_RETURN(const client::Client::Verified verified,
                            client->Verify());
  invocation.Print(
      {{"changes", verified.changes},
       {"feeds", verified.feeds},
       {"documents", verified.documents},
       {"problems", verified.problems},
       {"viewDigest", verified.view_digest_hex}},
      absl::StrCat(Count(verified.changes, "change"), " of ",
                   Count(verified.feeds, "feed"), " in ",
                   Count(verified.documents, "document"), ": ",
                   verified.problems.empty() ? "all is well" : "damaged",
                   "\nview ", verified.view_digest_hex, "\n"));
  if (verified.problems.empty()) return kDone;
  for (const std::string& problem : verified.problems) {
    invocation.Say(absl::StrCat("damaged: ", problem));
  }
  return kIntegrity;
}

}  // namespace

void AddDeviceCommands(CommandTree::Group root) {
  root.Add<InitArgs>(
      "init", "Make this device's keys and join a desk",
      "dateline init dl1.CgkxMjcuMC4wLjE... --name \"Almaty phone\"",
      [](Arguments& arguments, InitArgs& args) {
        arguments.Required("CODE", &args.code,
                           "The single-use code that `datelined invite` "
                           "printed");
        arguments.Option("--name", &args.name, "What the desk calls it");
      },
      Init);
  root.Add<SyncArgs>(
      "sync", "Send what waits here and fetch what is new",
      "dateline sync --deadline 30s\ndateline sync --watch",
      [](Arguments& arguments, SyncArgs& args) {
        arguments.Flag("--watch", &args.watch,
                       "Stay, and sync whenever there is a link");
        arguments.Flag("--metered", &args.metered,
                       "The link costs money: no originals of media");
        arguments.Option("--deadline", &args.deadline,
                         "Give up after this long; what was acknowledged "
                         "stays so (default 60s)");
      },
      Sync);
  root.Add<NoArgs>(
      "status", "Who this device is and what waits on it", "dateline status",
      [](Arguments&, NoArgs&) {}, Status);
  root.Add<NoArgs>(
      "verify", "Recompute every hash, chain, signature and view",
      "dateline verify --json", [](Arguments&, NoArgs&) {}, Verify);
}

}  // namespace dateline::cli
