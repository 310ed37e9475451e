#include "tests/sync/compose/newsroom.h"

#include <algorithm>
#include <set>

#include "sync/base/status_macros.h"
#include "sync/model/fields.h"

namespace dateline::testing {

using sync::Change;
using sync::DocumentId;
using sync::DocumentKind;

namespace {

constexpr uint64_t kHomeSeed = 1;

sync::Authority HomeAuthority() {
  sync::SeededRandom random(kHomeSeed);
  sync::Authority authority;
  authority.homes.insert(sync::DeviceId::Make(random));
  return authority;
}

}  // namespace

Journalist::Journalist(uint64_t seed) : random(seed) {
  writer.device = sync::DeviceId::Make(random);
  writer.incarnation = random.Next();
  writer.actor = sync::PersonId::Make(random);
  sync::SeededRandom shared(1000);
  writer.assignment = sync::AssignmentId::Make(shared);
}

std::vector<const Change*> Journalist::Held(const DocumentId& id) const {
  std::vector<const Change*> changes;
  for (const auto& [hash, change] : held_) {
    if (change.header.document == id) changes.push_back(&change);
  }
  return changes;
}

v1::Document Journalist::See(const DocumentId& id) const {
  return sync::MergeDocument(id, Held(id), HomeAuthority());
}

v1::Ledger Journalist::Ledger() const {
  std::set<DocumentId> ids;
  for (const auto& [hash, change] : held_) ids.insert(change.header.document);
  std::vector<v1::Document> documents;
  for (const DocumentId& id : ids) documents.push_back(See(id));
  std::vector<const v1::Document*> pointers;
  for (const v1::Document& document : documents) pointers.push_back(&document);
  return sync::MergeLedger(pointers);
}

absl::StatusOr<std::vector<Change>> Journalist::Save(
    const absl::StatusOr<std::vector<sync::Part>>& parts) {
  DATELINE_RETURN_IF_ERROR(parts.status());
  const absl::Time now =
      absl::FromUnixSeconds(1641722400 + static_cast<int64_t>(writer.save));
  DATELINE_ASSIGN_OR_RETURN(std::vector<Change> changes,
                            sync::SealSave(*parts, now, random, &writer));
  for (const Change& change : changes) held_.emplace(change.hash, change);
  return changes;
}

absl::StatusOr<std::vector<Change>> Journalist::Edit(
    const DocumentId& id, DocumentKind kind, const sync::DocumentEdit& edit) {
  const v1::Document base = Held(id).empty() ? NewDocument(id, kind) : See(id);
  return Save(ComposeEdit(base, edit));
}

absl::StatusOr<std::vector<Change>> Journalist::EditReport(
    const DocumentId& id, const sync::DocumentEdit& edit) {
  return Edit(id, DocumentKind::kReport, edit);
}

absl::StatusOr<std::vector<Change>> Journalist::Act(const DocumentId& id,
                                                    const v1::Action& action) {
  const v1::Document document = See(id);
  const v1::Ledger ledger = Ledger();
  return Save(sync::ComposeAction(
      action, {.document = document, .ledger = ledger, .actor = writer.actor}));
}

absl::StatusOr<std::vector<Change>> Journalist::Decide(const DocumentId& id) {
  const v1::Document document = See(id);
  const v1::Ledger ledger = Ledger();
  v1::RequestState request;
  for (const v1::RequestState& one : document.workflow().requests()) {
    if (one.open()) request = one;
  }
  std::vector<sync::Hash> version;
  for (const std::string& head : request.version()) {
    version.push_back(*sync::Hash::FromBytes(head));
  }
  const auto approved = MergeDocumentAt(id, Held(id), HomeAuthority(), version);
  DATELINE_ASSIGN_OR_RETURN(
      const sync::Part part,
      sync::ComposeDecision(
          request.id(), {.document = document,
                         .ledger = ledger,
                         .approved = approved.ok() ? &*approved : nullptr}));
  return Save(std::vector<sync::Part>{part});
}

void Journalist::Learn(const Journalist& other) {
  for (const auto& [hash, change] : other.held_) {
    held_.emplace(hash, change);
    writer.lamport = std::max(writer.lamport, change.header.lamport);
  }
}

void Journalist::Learn(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    held_.emplace(change.hash, change);
    writer.lamport = std::max(writer.lamport, change.header.lamport);
  }
}

void SyncAll(const std::vector<Journalist*>& people) {
  for (int round = 0; round < 2; ++round) {
    for (Journalist* a : people) {
      for (const Journalist* b : people) {
        if (a != b) a->Learn(*b);
      }
    }
  }
}

v1::Document NewDocument(const DocumentId& id, DocumentKind kind) {
  v1::Document document;
  document.set_id(id.str());
  document.set_kind(static_cast<v1::DocumentKind>(kind));
  return document;
}

v1::Value TextValue(const std::string& text) {
  v1::Value value;
  value.set_text(text);
  return value;
}

v1::Figure ExactFigure(const std::string& counted, const std::string& place,
                       int64_t count) {
  v1::Figure figure;
  figure.set_counted(counted);
  figure.set_place(place);
  figure.set_low(count);
  figure.set_best(count);
  figure.set_high(count);
  return figure;
}

std::string Headline(const v1::Document& document) {
  for (const v1::Register& one : document.registers()) {
    if (one.field() == sync::kHeadline && one.writes_size() > 0) {
      return one.writes(0).value().text();
    }
  }
  return "";
}

}  // namespace dateline::testing
