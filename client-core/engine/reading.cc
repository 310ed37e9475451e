// Queries. None waits for anything but the store's lock.
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "client-core/engine/client_impl.h"
#include "client-core/engine/whereabouts.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/review.h"

namespace dateline::client {
namespace {

absl::StatusOr<std::vector<sync::Hash>> ToHashes(
    const std::vector<std::string>& heads) {
  std::vector<sync::Hash> hashes;
  for (const std::string& head : heads) {
    const auto hash = sync::Hash::FromBytes(head);
    if (!hash.ok()) {
      return sync::MakeError(
          v1::BAD_REQUEST, "a version names 32-byte hashes",
          {.field = "heads", .got = absl::StrCat(head.size(), " bytes")});
    }
    hashes.push_back(*hash);
  }
  return hashes;
}

absl::StatusOr<Row> FinishRow(Truth& truth, StoredRow stored) {
  DATELINE_ASSIGN_OR_RETURN(const Truth::Progress progress,
                            truth.ProgressOf(stored.row.id));
  stored.row.where = WhereaboutsOf({.progress = progress,
                                    .status = stored.row.status,
                                    .asked = stored.asked,
                                    .mine = stored.row.mine});
  return std::move(stored.row);
}

bool Touches(const v1::WithdrawalView& withdrawal, const DocumentId& id) {
  if (withdrawal.statement() == id.view()) return true;
  for (const v1::Use& use : withdrawal.uses()) {
    if (use.report() == id.view()) return true;
  }
  return false;
}

// The 12-byte ids that begin with `prefix`, as an inclusive range.
absl::StatusOr<std::pair<std::string, std::string>> RangeOf(
    const std::string& prefix) {
  constexpr size_t kDigits = 2 * DocumentId::kSize;
  if (prefix.empty() || prefix.size() > kDigits ||
      prefix.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return sync::MakeError(v1::BAD_REQUEST,
                           "an id is 1 to 24 hexadecimal digits",
                           {.field = "id",
                            .limit = "24 digits",
                            .got = absl::StrCat(prefix.size(), " characters")});
  }
  const size_t rest = kDigits - prefix.size();
  return std::pair(absl::HexStringToBytes(prefix + std::string(rest, '0')),
                   absl::HexStringToBytes(prefix + std::string(rest, 'f')));
}

}  // namespace

absl::StatusOr<Identity> ClientImpl::WhoAmI() {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  Identity identity{.device = self->device,
                    .person = self->person,
                    .server_address = self->enrolment.address};
  for (const v1::Person& person : self->roster.people()) {
    if (person.id() == self->person.view()) {
      identity.person_name = person.name();
    }
  }
  return identity;
}

absl::StatusOr<v1::Roster> ClientImpl::Roster() {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  return self->roster;
}

absl::StatusOr<std::vector<v1::Assignment>> ClientImpl::Assignments() {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  std::vector<v1::Assignment> mine;
  for (const v1::Assignment& assignment : self->roster.assignments()) {
    for (const v1::Membership& member : self->roster.memberships()) {
      if (member.assignment() == assignment.id() &&
          member.person() == self->person.view()) {
        mine.push_back(assignment);
        break;
      }
    }
  }
  return mine;
}

absl::StatusOr<std::vector<Row>> ClientImpl::List(const Query& query) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  if (!query.text.empty()) {
    DATELINE_RETURN_IF_ERROR(store_->Transact([&]() -> absl::Status {
      mu_.AssertHeld();
      return store_->views().IndexWords();
    }));
  }
  DATELINE_ASSIGN_OR_RETURN(std::vector<StoredRow> stored,
                            store_->views().List(query));
  DATELINE_ASSIGN_OR_RETURN(const absl::btree_set<DocumentId> drafts,
                            store_->drafts().Documents());
  std::vector<Row> rows;
  rows.reserve(stored.size());
  for (StoredRow& row : stored) {
    DATELINE_ASSIGN_OR_RETURN(rows.emplace_back(),
                              FinishRow(store_->truth(), std::move(row)));
    rows.back().draft = drafts.contains(rows.back().id);
  }
  return rows;
}

absl::StatusOr<View> ClientImpl::Get(const DocumentId& document) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(StoredDocument stored, Load(document));
  DATELINE_ASSIGN_OR_RETURN(auto row, store_->views().RowOf(document));
  DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger,
                            store_->views().Ledger(stored.assignment));
  View view;
  view.document = std::move(stored.document);
  view.assignment = stored.assignment;
  DATELINE_ASSIGN_OR_RETURN(const Row finished,
                            FinishRow(store_->truth(), *std::move(row)));
  view.where = finished.where;
  DATELINE_ASSIGN_OR_RETURN(const absl::btree_set<DocumentId> drafts,
                            store_->drafts().Documents());
  view.draft = drafts.contains(document);
  for (const v1::WithdrawalView& withdrawal : ledger.withdrawals()) {
    if (Touches(withdrawal, document)) view.withdrawals.push_back(withdrawal);
  }
  return view;
}

absl::StatusOr<v1::Document> ClientImpl::MergedAt(
    const DocumentId& document, const std::vector<std::string>& heads) {
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Hash> hashes,
                            ToHashes(heads));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            store_->truth().OfDocument(document));
  return sync::MergeDocumentAt(document, Pointers(changes), self->authority,
                               hashes);
}

absl::StatusOr<v1::Document> ClientImpl::GetAt(
    const DocumentId& document, const std::vector<std::string>& heads) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_RETURN_IF_ERROR(Load(document).status());
  return MergedAt(document, heads);
}

absl::StatusOr<std::vector<v1::VersionRow>> ClientImpl::History(
    const DocumentId& document) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, Load(document));
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            store_->truth().OfDocument(document));
  absl::btree_map<std::string, std::string> names;
  for (const v1::Person& person : self->roster.people()) {
    names[person.id()] = person.name();
  }
  std::vector<v1::VersionRow> rows =
      sync::HistoryOf(Pointers(changes), stored.document);
  for (v1::VersionRow& row : rows) {
    const auto name = names.find(row.by().actor());
    if (name != names.end()) row.set_actor_name(name->second);
  }
  return rows;
}

absl::StatusOr<std::vector<WordsOfChange>> ClientImpl::FindWords(
    std::optional<DocumentId> document, const std::string& words) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_RETURN_IF_ERROR(store_->Joined().status());
  std::vector<WordsOfChange> found;
  const auto look = [&](int64_t, const sync::Change& change) {
    // Texts stand in the bytes of the content as they are.
    if (!change.content.empty() && absl::StrContains(change.content, words)) {
      found.push_back({change.header.document, change.hash.str()});
    }
    return absl::OkStatus();
  };
  if (!document) {
    DATELINE_RETURN_IF_ERROR(store_->truth().EachAfter(0, look));
    return found;
  }
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            store_->truth().OfDocument(*document));
  for (const sync::Change& change : changes) {
    DATELINE_RETURN_IF_ERROR(look(0, change));
  }
  return found;
}

absl::StatusOr<std::vector<v1::FieldDiff>> ClientImpl::Diff(
    const DocumentId& document, const std::vector<std::string>& from,
    const std::vector<std::string>& to) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_RETURN_IF_ERROR(Load(document).status());
  DATELINE_ASSIGN_OR_RETURN(const v1::Document before,
                            MergedAt(document, from));
  DATELINE_ASSIGN_OR_RETURN(const v1::Document after, MergedAt(document, to));
  return sync::DiffDocuments(before, after);
}

absl::StatusOr<std::vector<v1::ConflictRow>> ClientImpl::Conflicts(
    std::optional<AssignmentId> assignment) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<DocumentId> documents,
                            store_->views().InConflict(assignment));
  std::vector<v1::ConflictRow> rows;
  for (const DocumentId& document : documents) {
    DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, Load(document));
    for (v1::ConflictRow& row : sync::ConflictsOf(stored.document)) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

absl::StatusOr<v1::Ledger> ClientImpl::GetLedger(
    const AssignmentId& assignment) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_RETURN_IF_ERROR(CheckMember(assignment));
  return store_->views().Ledger(assignment);
}

absl::StatusOr<DocumentId> ClientImpl::Find(const std::string& prefix) {
  DATELINE_ASSIGN_OR_RETURN(const auto range, RangeOf(prefix));
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<DocumentId> found,
      store_->views().Between(range.first, range.second, /*limit=*/2));
  if (found.empty()) {
    return sync::MakeError(v1::NOT_FOUND, "no document has an id like this",
                           {.field = "id"});
  }
  if (found.size() > 1) {
    return sync::MakeError(v1::CONFLICT,
                           "several documents have ids that begin so; give "
                           "more digits",
                           {.field = "id"});
  }
  return found[0];
}

}  // namespace dateline::client
