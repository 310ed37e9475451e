// Core's part about held changes: what waits for a person's judgement, and
// letting it go.
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/app/core.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/decision.h"
#include "sync/merge/document.h"

namespace dateline::server {
namespace {

using sync::Change;
using sync::Hash;

constexpr size_t kPrefixDigitsMin = 8;  // shorter is a slip of the hand

v1::HeldRow RowOf(const Hash& hash, const VerdictState& verdict,
                  const std::optional<Change>& change, const Roster& roster) {
  v1::HeldRow row;
  row.set_change(hash.str());
  row.set_why(verdict.why);
  if (!change || change->holding == sync::Holding::kPlaceOnly) return row;
  row.set_document(change->header.document.str());
  row.set_assignment(change->feed.assignment.str());
  row.set_wall_ms(change->header.wall_ms);
  for (const v1::Person& person : roster.message().people()) {
    if (person.id() == change->header.actor.view()) {
      row.set_person(person.name());
    }
  }
  for (const v1::Device& device : roster.message().devices()) {
    if (device.id() == change->header.signer.view()) {
      row.set_device(device.name());
    }
  }
  return row;
}

// The one held change whose hash begins so.
absl::StatusOr<Hash> FindHeld(const std::string& prefix, TruthReader& truth) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Hash> held, truth.HeldChanges());
  std::optional<Hash> found;
  for (const Hash& hash : held) {
    if (prefix.size() < kPrefixDigitsMin ||
        !absl::StartsWithIgnoreCase(hash.ToHex(), prefix)) {
      continue;
    }
    if (found) {
      return sync::MakeError(v1::CONFLICT, "several held changes begin so",
                             {.field = "change", .got = prefix});
    }
    found = hash;
  }
  if (found) return *found;
  return sync::MakeError(
      v1::NOT_FOUND, "no held change has this hash",
      {.field = "change",
       .limit = absl::StrCat("at least ", kPrefixDigitsMin, " hex digits"),
       .got = prefix});
}

absl::Status WriteRelease(const Hash& hash, const Identity& identity,
                          const Roster& roster, Intake& intake,
                          TruthReader& truth) {
  DATELINE_ASSIGN_OR_RETURN(const auto verdict, truth.VerdictOn(hash));
  DATELINE_ASSIGN_OR_RETURN(const auto change, truth.Find(hash));
  if (!verdict || !change || change->holding == sync::Holding::kPlaceOnly) {
    return sync::MakeError(v1::NOT_FOUND,
                           "what is held is not here, only its place",
                           {.field = "change", .got = hash.ToHex()});
  }
  const sync::AssignmentId& assignment = change->feed.assignment;
  const sync::DocumentId& id = change->header.document;
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Change> changes,
                            truth.ChangesOf(assignment, id));
  std::vector<const Change*> pointers;
  for (const Change& one : changes) pointers.push_back(&one);
  const v1::Document document =
      sync::MergeDocument(id, pointers, {.homes = roster.homes()});
  return intake
      .Append(assignment, HomePerson(identity),
              {sync::ComposeVerdict(document, hash, v1::ADMISSION_RELEASED,
                                    v1::HELD_REASON_UNSPECIFIED,
                                    verdict->number + 1)})
      .status();
}

}  // namespace

absl::StatusOr<v1::ListHeldResponse> Core::ListHeld() {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            storage_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Hash> held, truth->HeldChanges());
  v1::ListHeldResponse response;
  for (const Hash& hash : held) {
    DATELINE_ASSIGN_OR_RETURN(const auto verdict, truth->VerdictOn(hash));
    DATELINE_ASSIGN_OR_RETURN(const auto change, truth->Find(hash));
    *response.add_rows() = RowOf(hash, *verdict, change, *roster_.Get());
  }
  return response;
}

absl::StatusOr<v1::ReleaseResponse> Core::Release(
    const v1::ReleaseRequest& request) {
  v1::ReleaseResponse response;
  const std::shared_ptr<const Roster> roster = roster_.Get();
  DATELINE_RETURN_IF_ERROR(
      ingest_->Run([&](Intake& intake, TruthWriter& truth) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(const Hash hash,
                                  FindHeld(request.change_hex(), truth.read()));
        DATELINE_ASSIGN_OR_RETURN(const auto verdict,
                                  truth.read().VerdictOn(hash));
        DATELINE_ASSIGN_OR_RETURN(const auto change, truth.read().Find(hash));
        *response.mutable_released() = RowOf(hash, *verdict, change, *roster);
        return WriteRelease(hash, *identity_, *roster, intake, truth.read());
      }));
  return response;
}

}  // namespace dateline::server
