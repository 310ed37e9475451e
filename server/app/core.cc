#include "server/app/core.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/truth.h"
#include "server/storage/sqlite/view.h"
#include "server/trust/enrolment.h"
#include "server/trust/members.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

// Long enough for a command that is about to end, short for a person.
constexpr absl::Duration kLockWait = absl::Milliseconds(500);

}  // namespace

void Core::BeginStop() {
  ending_ = true;
  if (view_worker_ != nullptr) view_worker_->Stop();
}

void Core::Stop() {
  if (ingest_ != nullptr) ingest_->Stop();
  BeginStop();
}

absl::StatusOr<std::unique_ptr<Core>> Core::Open(const Options& options) {
  std::unique_ptr<Core> core(new Core(options));
  const std::string identity =
      absl::StrCat(options.directory, "/", kIdentityFile);
  if (!options.create && !host::FileExists(identity)) {
    return sync::MakeError(v1::NOT_FOUND,
                           "there is no server in this directory",
                           {.field = "data", .got = options.directory});
  }
  DATELINE_RETURN_IF_ERROR(host::MakeDirectories(options.directory));
  DATELINE_ASSIGN_OR_RETURN(
      core->lock_,
      host::OwnerLock::Acquire(absl::StrCat(options.directory, "/", kLockFile),
                               kLockWait));
  DATELINE_RETURN_IF_ERROR(core->OpenIdentity());
  DATELINE_RETURN_IF_ERROR(core->OpenStorage());
  DATELINE_RETURN_IF_ERROR(core->OpenRoster());
  core->view_worker_ = std::make_unique<ViewWorker>(
      ViewWorker::Options{.truth = core->storage_.truth.get(),
                          .view = core->storage_.view.get(),
                          .roster = &core->roster_,
                          .clock = options.clock,
                          .log = options.log});
  core->ingest_ = std::make_unique<Ingest>(
      Ingest::Options{.truth = core->storage_.truth.get(),
                      .identity = core->identity_.get(),
                      .roster = &core->roster_,
                      .clock = options.clock,
                      .random = options.random,
                      .log = options.log});
  ViewWorker* const worker = core->view_worker_.get();
  core->ingest_->Listen(
      [worker](const absl::btree_set<DocumentKey>&) { worker->Notify(); });
  return core;
}

absl::Status Core::OpenIdentity() {
  const std::string path = absl::StrCat(options_.directory, "/", kIdentityFile);
  v1::ServerIdentity stored;
  if (host::FileExists(path)) {
    DATELINE_ASSIGN_OR_RETURN(const std::string bytes, host::ReadFile(path));
    if (!stored.ParseFromString(bytes)) stored.Clear();
  } else {
    DATELINE_ASSIGN_OR_RETURN(stored, MakeIdentity(*options_.random));
    DATELINE_RETURN_IF_ERROR(
        host::WriteFileAtomically(path, stored.SerializeAsString()));
  }
  DATELINE_ASSIGN_OR_RETURN(Identity identity, ReadIdentity(stored));
  identity_ = std::make_unique<Identity>(std::move(identity));
  return absl::OkStatus();
}

absl::Status Core::OpenStorage() {
  DATELINE_ASSIGN_OR_RETURN(
      storage_.truth,
      OpenSqliteTruth(
          {.path = absl::StrCat(options_.directory, "/", kTruthFile),
           .organization = identity_->organization,
           .first_state = {.epoch = sync::EpochId::Make(*options_.random),
                           .incarnation = options_.random->Next()}}));
  // Better not served at all than served in part.
  DATELINE_RETURN_IF_ERROR(storage_.truth->CheckIntegrity());
  return OpenView();
}

// A damaged view is no reason to stay down: the truth has all of it.
absl::Status Core::OpenView() {
  const SqliteViewOptions options = {
      .path = absl::StrCat(options_.directory, "/", kViewFile),
      .first_mark =
          static_cast<uint64_t>(absl::ToUnixMillis(options_.clock->Now()))};
  auto view = OpenSqliteView(options);
  if (sync::ReasonOf(view.status()) == v1::STORAGE_DAMAGED) {
    DATELINE_RETURN_IF_ERROR(SetViewAside(options.path));
    LogNote(options_.log, Severity::kWarning, "view.set_aside", kViewSetAside);
    view = OpenSqliteView(options);
  }
  DATELINE_ASSIGN_OR_RETURN(storage_.view, std::move(view));
  return absl::OkStatus();
}

absl::Status Core::OpenRoster() {
  v1::SignedRoster latest;
  DATELINE_RETURN_IF_ERROR(
      storage_.truth->Write([&](TruthWriter& truth) -> absl::Status {
        if (truth.read().LatestRoster().ok()) return absl::OkStatus();
        return PutFirstRoster(*identity_, truth);
      }));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            storage_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(latest, truth->LatestRoster());
  DATELINE_ASSIGN_OR_RETURN(std::shared_ptr<const Roster> roster,
                            Roster::Read(std::move(latest)));
  roster_.Set(std::move(roster));
  return absl::OkStatus();
}

void Core::Start() {
  view_worker_->Start();
  ingest_->Start();
}

absl::StatusOr<v1::InviteResponse> Core::Invite(
    const v1::InviteRequest& request, const std::string& enrol_address) {
  Invited invited;
  DATELINE_RETURN_IF_ERROR(
      ingest_->Run([&](Intake& intake, TruthWriter& truth) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(
            invited, server::Invite(request, *identity_, options_.clock->Now(),
                                    *options_.random, truth));
        intake.PutRoster(invited.roster);
        return absl::OkStatus();
      }));
  v1::EnrolmentTicket ticket;
  ticket.set_address(enrol_address);
  ticket.set_ca_pem(identity_->ca_pem);
  ticket.set_secret(invited.secret);
  ticket.set_server(identity_->server.str());
  v1::InviteResponse response;
  response.set_code(EncodeTicket(ticket));
  response.set_expires_ms(invited.invitation.expires_ms);
  response.set_assignment(invited.invitation.assignment.str());
  return response;
}

absl::StatusOr<v1::EnrolResponse> Core::Enrol(const v1::EnrolRequest& request,
                                              const std::string& sync_address) {
  std::shared_ptr<const Roster> roster;
  ServerState state;
  DATELINE_RETURN_IF_ERROR(
      ingest_->Run([&](Intake& intake, TruthWriter& truth) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(
            roster,
            server::Enrol(request, *identity_, options_.clock->Now(), truth));
        DATELINE_ASSIGN_OR_RETURN(state, truth.read().State());
        intake.PutRoster(roster);
        return absl::OkStatus();
      }));
  v1::EnrolResponse response;
  *response.mutable_roster() = roster->as_signed();
  response.set_server(identity_->server.str());
  response.set_epoch(state.epoch.str());
  response.set_address(sync_address);
  response.set_ca_pem(identity_->ca_pem);
  response.set_home_key(identity_->home_key.public_key().str());
  return response;
}

absl::StatusOr<v1::ListMembersResponse> Core::ListMembers() {
  return server::ListMembers(roster_.Get()->message());
}

absl::StatusOr<v1::SetRoleResponse> Core::SetRole(
    const v1::SetRoleRequest& request) {
  v1::SetRoleResponse response;
  DATELINE_RETURN_IF_ERROR(
      ingest_->Run([&](Intake& intake, TruthWriter& truth) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(RoleSet set,
                                  server::SetRole(request, *identity_, truth));
        *response.mutable_member() = std::move(set.member);
        if (set.roster != nullptr) intake.PutRoster(std::move(set.roster));
        return absl::OkStatus();
      }));
  return response;
}

absl::StatusOr<v1::ServerStatus> Core::Status() {
  absl::StatusOr<v1::ServerStatus> status = ReadStatus();
  if (sync::ReasonOf(status.status()) == v1::STORAGE_DAMAGED) {
    view_worker_->Check();
  }
  return status;
}

absl::StatusOr<v1::ServerStatus> Core::ReadStatus() {
  v1::ServerStatus status;
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            storage_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                            storage_.view->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const ServerState state, truth->State());
  DATELINE_ASSIGN_OR_RETURN(const TruthCounts counts, truth->Counts());
  status.set_server(identity_->server.str());
  status.set_epoch(state.epoch.str());
  status.set_roster_version(roster_.Get()->version());
  status.set_changes(counts.changes);
  status.set_held(counts.held);
  status.set_forks(counts.forks);
  DATELINE_ASSIGN_OR_RETURN(const uint64_t documents, view->DocumentCount());
  status.set_documents(documents);
  uint64_t behind = 0;
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Cursor> lasts,
                            truth->LastPositions());
  for (const sync::Cursor& last : lasts) {
    DATELINE_ASSIGN_OR_RETURN(const sync::Cursor applied,
                              view->Applied(last.assignment, last.lane));
    behind += last.position - std::min(last.position, applied.position);
  }
  status.set_view_behind(behind);
  for (const v1::Assignment& one : roster_.Get()->message().assignments()) {
    DATELINE_ASSIGN_OR_RETURN(const auto id,
                              sync::AssignmentId::FromBytes(one.id()));
    v1::AssignmentStatus* const assignment = status.add_assignments();
    assignment->set_id(one.id());
    assignment->set_slugline(one.slugline());
    DATELINE_ASSIGN_OR_RETURN(const std::vector<ViewDocument> all,
                              view->Documents(id, false));
    assignment->set_documents(all.size());
    DATELINE_ASSIGN_OR_RETURN(*assignment->mutable_view_digest_hex(),
                              ViewDigestHex(id, *view));
  }
  return status;
}

absl::StatusOr<v1::RebuildViewResponse> Core::RebuildView() {
  DATELINE_RETURN_IF_ERROR(view_worker_->Rebuild());
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                            storage_.view->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const uint64_t documents, view->DocumentCount());
  v1::RebuildViewResponse response;
  response.set_documents(documents);
  return response;
}

}  // namespace dateline::server
