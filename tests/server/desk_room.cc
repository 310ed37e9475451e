#include "tests/server/desk_room.h"

#include <utility>

#include "gtest/gtest.h"
#include "server/session/serving_log.h"
#include "sync/base/check.h"
#include "sync/model/fields.h"
#include "sync/protocol/handshake.h"
#include "tests/support/status_matchers.h"

namespace dateline::testing {

sync::RunOfChanges RunOf(const std::vector<ChangePtr>& changes) {
  sync::RunOfChanges run;
  run.feed = changes.front()->feed;
  for (const ChangePtr& change : changes) run.changes.push_back(*change);
  run.changes.back().signature = run.signature;
  return run;
}

DeskRoom::DeskRoom() { Reopen(); }

void DeskRoom::Reopen() {
  desk_.reset();
  core_.reset();
  auto core = server::Core::Open({.directory = directory_.path(),
                                  .create = true,
                                  .clock = &clock_,
                                  .random = &random_,
                                  .log = &log_});
  DATELINE_CHECK(core.ok());
  core_ = *std::move(core);
  core_->Start();
  desk_ = std::make_unique<server::Desk>(
      server::Desk::Options{.truth = &core_->truth(),
                            .view = &core_->view(),
                            .ingest = &core_->ingest(),
                            .view_worker = &core_->view_worker(),
                            .roster = &core_->roster()});
}

std::vector<std::string> DeskRoom::Lines() {
  const sync::MutexLock lock(&lines_mu_);
  return lines_;
}

void DeskRoom::Join(const Author& author, v1::Role role) {
  ChangeRoster([&](v1::Roster* roster) {
    if (roster->assignments().empty()) {
      v1::Assignment* const assignment = roster->add_assignments();
      assignment->set_id(kAssignment.str());
      assignment->set_slugline("almaty");
    }
    v1::Person* const person = roster->add_people();
    person->set_id(author.person.str());
    person->set_name(absl::StrCat("person ", author.person.data()[0]));
    v1::Device* const device = roster->add_devices();
    device->set_id(author.device.str());
    device->set_public_key(std::string(sync::PublicKey::kSize, 'k'));
    device->set_person(author.person.str());
    v1::Membership* const member = roster->add_memberships();
    member->set_assignment(kAssignment.str());
    member->set_person(author.person.str());
    member->set_role(role);
  });
}

void DeskRoom::ChangeRoster(const std::function<void(v1::Roster*)>& change) {
  v1::Roster roster = core_->roster().Get()->message();
  roster.set_version(roster.version() + 1);
  change(&roster);
  const server::Identity& identity = core_->identity();
  EXPECT_OK(core_->ingest().Run(
      [&](server::Intake& intake, server::TruthWriter& truth) -> absl::Status {
        const v1::SignedRoster signed_roster =
            sync::SignRoster(roster, identity.server, identity.home_key);
        DATELINE_RETURN_IF_ERROR(
            truth.PutRoster(signed_roster, sync::MarkOf(roster)));
        DATELINE_ASSIGN_OR_RETURN(auto read,
                                  server::Roster::Read(signed_roster));
        intake.PutRoster(std::move(read));
        return absl::OkStatus();
      }));
}

absl::Status DeskRoom::Push(const std::vector<ChangePtr>& changes) {
  return core_->ingest().Run(
      [&](server::Intake& intake, server::TruthWriter&) -> absl::Status {
        for (const ChangePtr& change : changes) {
          DATELINE_RETURN_IF_ERROR(intake.Store({RunOf({change})}));
        }
        return absl::OkStatus();
      });
}

absl::Status DeskRoom::PushRun(const std::vector<ChangePtr>& changes) {
  return core_->ingest().Run([&](server::Intake& intake, server::TruthWriter&) {
    return intake.Store({RunOf(changes)});
  });
}

v1::Document DeskRoom::View(const sync::DocumentId& document) {
  EXPECT_TRUE(core_->view_worker().WaitUntilCurrent(absl::Seconds(20)));
  auto view = core_->view().Snapshot();
  DATELINE_CHECK(view.ok());
  auto found = (*view)->Find(kAssignment, document);
  DATELINE_CHECK(found.ok());
  return *found ? (*found)->document : v1::Document();
}

std::vector<sync::Change> DeskRoom::Truth(const sync::DocumentId& document) {
  auto truth = core_->truth().Snapshot();
  DATELINE_CHECK(truth.ok());
  auto changes = (*truth)->ChangesOf(kAssignment, document);
  DATELINE_CHECK(changes.ok());
  return *std::move(changes);
}

std::vector<sync::Change> DeskRoom::Served(const Author& reader,
                                           sync::Lane lane) {
  server::TruthServingLog log(&core_->truth(), &core_->roster());
  std::vector<sync::Change> served;
  sync::Cursor cursor{.assignment = kAssignment, .lane = lane};
  bool more = true;
  while (more) {
    auto page = log.ReadPositions(cursor, {reader.device}, 1000);
    DATELINE_CHECK(page.ok());
    for (const sync::RunOfChanges& run : page->runs) {
      served.insert(served.end(), run.changes.begin(), run.changes.end());
    }
    cursor = page->after;
    more = page->more;
  }
  return served;
}

std::string DeskRoom::Digest() {
  EXPECT_TRUE(core_->view_worker().WaitUntilCurrent(absl::Seconds(20)));
  auto view = core_->view().Snapshot();
  DATELINE_CHECK(view.ok());
  auto digest = server::ViewDigestHex(kAssignment, **view);
  DATELINE_CHECK(digest.ok());
  return *digest;
}

std::vector<ChangePtr> WriteReport(Author& author,
                                   const sync::DocumentId& report,
                                   const std::string& headline,
                                   const std::string& body) {
  LanePart text(sync::Lane::kText);
  text.Edit(sync::kBody, "", body);
  LanePart fact(sync::Lane::kFact);
  fact.Put(sync::kHeadline, headline);
  return author.Save(report, sync::DocumentKind::kReport, {text, fact});
}

}  // namespace dateline::testing
