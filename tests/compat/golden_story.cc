#include "tests/compat/golden_story.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"
#include "tests/sync/compose/newsroom.h"

namespace dateline::testing {
namespace {

using sync::Change;
using sync::DocumentEdit;
using sync::DocumentId;
using sync::DocumentKind;

constexpr char kBody[] =
    "АЛМАТЫ. Shots were heard at night. There are bodies at the hospital. "
    "The ministry counts 164 killed.";

class Teller {
 public:
  absl::StatusOr<GoldenStory> Tell() {
    DATELINE_RETURN_IF_ERROR(File());
    DATELINE_RETURN_IF_ERROR(Disagree());
    DATELINE_RETURN_IF_ERROR(Settle());
    DATELINE_RETURN_IF_ERROR(Review());
    DATELINE_RETURN_IF_ERROR(Withdraw());
    return std::move(story_);
  }

 private:
  using Changes = absl::StatusOr<std::vector<Change>>;

  // A run for each change, signed as it would have been pushed; then
  // everybody reads it.
  absl::Status Take(const Changes& changes) {
    DATELINE_RETURN_IF_ERROR(changes.status());
    for (const Change& change : *changes) {
      story_.runs.push_back({change.feed, {change}, {}});
    }
    return absl::OkStatus();
  }
  void Sync() { SyncAll({&home_, &almaty_, &aktau_, &desk_}); }

  absl::Status File() {
    DocumentEdit report;
    report.registers[sync::kSlugline] = TextValue("almaty-hospital");
    report.registers[sync::kHeadline] = TextValue("Almaty counts its dead");
    report.registers[sync::kUrgency].set_number(2);
    v1::Place* place = report.registers[sync::kLocated].mutable_place();
    place->set_name("Алматы");
    place->set_has_point(true);
    place->set_latitude(43.25);
    place->set_longitude(76.95);
    place->set_country("KZ");
    report.sets[sync::kSubjects] = {TextValue("unrest")};
    report.texts[sync::kBody] = kBody;
    DATELINE_RETURN_IF_ERROR(Take(almaty_.EditReport(story_.report, report)));
    DocumentEdit statement;
    statement.registers[sync::kStatementSourceName] =
        TextValue("Health Ministry");
    statement.registers[sync::kSaidAt].set_time_ms(1641708000000);
    statement.new_figures = {ExactFigure("killed", "", 164),
                             ExactFigure("killed", "Almaty", 103)};
    statement.new_figures[1].mutable_part_of()->set_op(0);
    DATELINE_RETURN_IF_ERROR(Take(
        desk_.Edit(story_.statement, DocumentKind::kStatement, statement)));
    Sync();
    v1::Action cite;
    cite.mutable_cite()->set_statement(story_.statement.str());
    *cite.mutable_cite()->mutable_figure() =
        desk_.See(story_.statement).items(0).id();
    cite.mutable_cite()->set_start(69);
    cite.mutable_cite()->set_end(100);
    DATELINE_RETURN_IF_ERROR(Take(almaty_.Act(story_.report, cite)));
    v1::Action submit;
    submit.mutable_submit()->set_note("two hospitals checked");
    DATELINE_RETURN_IF_ERROR(Take(almaty_.Act(story_.report, submit)));
    Sync();
    return absl::OkStatus();
  }

  // 12 and 14 over the same words, and two headlines.
  absl::Status Disagree() {
    for (auto [who, count, headline] :
         {std::tuple(&almaty_, "12 bodies lie", "Almaty counts 12 dead"),
          std::tuple(&aktau_, "14 bodies lie", "Almaty counts 14 dead")}) {
      DocumentEdit edit;
      edit.registers[sync::kHeadline] = TextValue(headline);
      edit.texts[sync::kBody] =
          absl::StrReplaceAll(kBody, {{"There are bodies", count}});
      DATELINE_RETURN_IF_ERROR(Take(who->EditReport(story_.report, edit)));
    }
    Sync();
    return absl::OkStatus();
  }

  absl::Status Settle() {
    const v1::Document seen = desk_.See(story_.report);
    v1::Action headline;
    v1::ResolveRegister* resolve = headline.mutable_resolve_register();
    resolve->set_field(sync::kHeadline);
    for (const v1::Register& one : seen.registers()) {
      if (one.field() != sync::kHeadline) continue;
      for (const v1::Write& write : one.writes()) {
        v1::ItemId* id = resolve->add_writes();
        id->set_change(write.by().change());
        id->set_op(write.op());
      }
    }
    *resolve->mutable_value() = TextValue("Almaty counts its dead: 12 or 14");
    resolve->set_note("two counts, an hour apart");
    DATELINE_RETURN_IF_ERROR(Take(desk_.Act(story_.report, headline)));
    v1::Action words;
    words.mutable_resolve_text()->set_field(sync::kBody);
    words.mutable_resolve_text()->set_text(
        "12 bodies lie at the hospital, a later count says 14.");
    for (const v1::Segment& segment : seen.texts(0).segments()) {
      for (const v1::Original& original : segment.open().originals()) {
        for (const v1::ItemId& edit : original.edits()) {
          *words.mutable_resolve_text()->add_edits() = edit;
        }
      }
    }
    DATELINE_RETURN_IF_ERROR(Take(desk_.Act(story_.report, words)));
    Sync();
    return absl::OkStatus();
  }

  absl::Status Review() {
    v1::Action approve, publish;
    approve.mutable_approve()->set_note("read twice");
    DATELINE_RETURN_IF_ERROR(Take(desk_.Act(story_.report, approve)));
    publish.mutable_publish();
    DATELINE_RETURN_IF_ERROR(Take(desk_.Act(story_.report, publish)));
    Sync();
    DATELINE_RETURN_IF_ERROR(Take(home_.Decide(story_.report)));
    Sync();
    return absl::OkStatus();
  }

  absl::Status Withdraw() {
    v1::Action withdraw, hold, ack;
    withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_DISAVOWED);
    withdraw.mutable_withdraw()->set_reason("the ministry never gave it");
    const Changes notice = desk_.Act(story_.statement, withdraw);
    DATELINE_RETURN_IF_ERROR(Take(notice));
    hold.mutable_stop()->set_what(v1::STOP_KIND_HOLD);
    hold.mutable_stop()->set_reason("uses a withdrawn figure");
    DATELINE_RETURN_IF_ERROR(Take(desk_.Act(story_.report, hold)));
    Sync();
    ack.mutable_acknowledge()->add_changes(notice->front().hash.str());
    DATELINE_RETURN_IF_ERROR(Take(almaty_.Act(story_.statement, ack)));
    DocumentEdit late;
    late.registers[sync::kEdNote] = TextValue("from a phone that was taken");
    const Changes taken = aktau_.EditReport(story_.report, late);
    DATELINE_RETURN_IF_ERROR(Take(taken));
    story_.runs.back().changes[0] = ToStub(taken->front());
    DATELINE_RETURN_IF_ERROR(
        Take(home_.Save(std::vector<sync::Part>{sync::ComposeVerdict(
            home_.See(story_.report), taken->front().hash, v1::ADMISSION_HELD,
            v1::HELD_REASON_REVOKED, 1)})));
    late.registers[sync::kEdNote] = TextValue("once more");
    const Changes more = aktau_.EditReport(story_.report, late);
    DATELINE_RETURN_IF_ERROR(Take(more));
    Change place;
    place.feed = more->front().feed;
    place.seq = more->front().seq;
    place.previous = more->front().previous;
    place.hash = more->front().hash;
    place.holding = sync::Holding::kPlaceOnly;
    story_.runs.back().changes[0] = place;
    return absl::OkStatus();
  }

  Journalist home_{1}, almaty_{2}, aktau_{3}, desk_{4};
  GoldenStory story_{.runs = {},
                     .report = DocumentId::Make(almaty_.random),
                     .statement = DocumentId::Make(desk_.random)};
};

}  // namespace

absl::StatusOr<GoldenStory> TellGoldenStory() {
  DATELINE_ASSIGN_OR_RETURN(GoldenStory story, Teller().Tell());
  for (sync::RunOfChanges& run : story.runs) {
    // Every device signs with a key made of its own id, twelve bytes and zeros.
    sync::KeySeed seed;
    std::copy_n(run.feed.device.data(), sync::DeviceId::kSize, seed.data());
    run.signature =
        SignHead(sync::SigningKey::FromSeed(seed), run.changes.back().head());
  }
  return story;
}

std::string ListOf(const std::vector<sync::RunOfChanges>& runs) {
  std::string list;
  for (const sync::RunOfChanges& run : runs) {
    for (const Change& change : run.changes) {
      absl::StrAppend(&list, absl::BytesToHexString(change.feed.Bytes()), " ",
                      change.seq, " ", change.hash.ToHex(), " ",
                      static_cast<int>(change.holding), "\n");
    }
  }
  return list;
}

}  // namespace dateline::testing
