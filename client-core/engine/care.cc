// Verify: everything the store holds, computed again from its bytes.
#include "absl/container/btree_set.h"
#include "client-core/engine/client_impl.h"
#include "sync/base/digest.h"
#include "sync/base/status_macros.h"
#include "sync/merge/ledger.h"

namespace dateline::client {
namespace {

using sync::Change;
using sync::Holding;

constexpr size_t kProblemsMax = 100;  // enough to act on

// Names a place, never content.
std::string PlaceText(const sync::FeedId& feed, uint64_t seq) {
  return absl::StrCat("feed ", feed.device.ToHex().substr(0, 8), " lane ",
                      static_cast<int>(feed.lane), " seq ", seq);
}

void AddProblem(std::string problem, Client::Verified* out) {
  if (out->problems.size() < kProblemsMax) {
    out->problems.push_back(std::move(problem));
  }
}

}  // namespace

absl::Status ClientImpl::VerifyFeed(const sync::FeedId& feed, Verified* out) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Change> changes,
                            store_->truth().OfFeedAfter(feed, 0));
  const auto key = store_->truth().KeyOf(feed.device);
  const bool own = feed.device == store_->self()->device;
  absl::btree_set<sync::Hash> unsigned_heads;  // branches, in seq order
  absl::btree_set<sync::Hash> before = {sync::Hash()};
  absl::btree_set<sync::Hash> here;
  uint64_t seq = 0;
  for (const Change& change : changes) {
    if (change.seq != seq) {
      if (change.seq != seq + 1) {
        AddProblem(PlaceText(feed, seq + 1) + ": is missing", out);
      }
      before = seq == 0 ? before : std::move(here);
      here.clear();
      seq = change.seq;
    }
    here.insert(change.hash);
    ++out->changes;
    if (change.holding != Holding::kPlaceOnly &&
        sync::ComputeHash(change) != change.hash) {
      AddProblem(PlaceText(feed, seq) + ": its bytes do not match its hash",
                 out);
    }
    if (!before.contains(change.previous)) {
      AddProblem(PlaceText(feed, seq) + ": does not continue the chain", out);
    }
    unsigned_heads.erase(change.previous);
    if (!change.signature) {
      unsigned_heads.insert(change.hash);
    } else if (!key ||
               !sync::VerifyHead(*key, change.head(), *change.signature)) {
      AddProblem(PlaceText(feed, seq) + ": its signature does not hold", out);
    }
  }
  if (!own && !unsigned_heads.empty()) {
    AddProblem(PlaceText(feed, seq) + ": nobody signed for it", out);
  }
  return absl::OkStatus();
}

absl::Status ClientImpl::VerifyViews(Verified* out) {
  sync::Digest digest("dateline/view/1");
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> assignments,
                            store_->views().Assignments());
  for (const AssignmentId& assignment : assignments) {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<DocumentId> ids,
                              store_->views().Documents(assignment));
    std::vector<v1::Document> merged;
    merged.reserve(ids.size());
    std::vector<const v1::Document*> in_ledger;
    for (const DocumentId& id : ids) {
      DATELINE_ASSIGN_OR_RETURN(const std::vector<Change> changes,
                                store_->truth().OfDocument(id));
      merged.push_back(sync::MergeDocument(id, Pointers(changes),
                                           store_->self()->authority));
      DATELINE_ASSIGN_OR_RETURN(const auto stored, store_->views().Find(id));
      if (!stored || stored->document.SerializeAsString() !=
                         merged.back().SerializeAsString()) {
        AddProblem(absl::StrCat("document ", id.ToHex().substr(0, 8),
                                ": its view is not what its changes give"),
                   out);
      }
      if (sync::TakesPartInLedger(merged.back())) {
        in_ledger.push_back(&merged.back());
      }
      ++out->documents;
    }
    const v1::Ledger ledger = sync::MergeLedger(in_ledger);
    DATELINE_ASSIGN_OR_RETURN(const v1::Ledger stored,
                              store_->views().Ledger(assignment));
    if (stored.SerializeAsString() != ledger.SerializeAsString()) {
      AddProblem(absl::StrCat("assignment ", assignment.ToHex().substr(0, 8),
                              ": its ledger is not what its statements give"),
                 out);
    }
    digest.Add(sync::ViewDigest(Pointers(merged), ledger).view());
  }
  out->view_digest_hex = digest.Finish().ToHex();
  return absl::OkStatus();
}

absl::StatusOr<Client::Verified> ClientImpl::Verify() {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_RETURN_IF_ERROR(store_->Joined().status());
  Verified out;
  // Damage in one place does not keep the rest from being looked at.
  const auto note = [&out](const absl::Status& status) {
    if (!status.ok()) AddProblem(std::string(status.message()), &out);
  };
  note(store_->db().CheckIntegrity());
  const auto feeds = store_->truth().Feeds();
  note(feeds.status());
  if (feeds.ok()) {
    for (const sync::FeedId& feed : *feeds) {
      ++out.feeds;
      note(VerifyFeed(feed, &out));
    }
  }
  note(VerifyViews(&out));
  return out;
}

absl::StatusOr<uint64_t> ClientImpl::Unsent() {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  return store_->truth().UnsentChanges();
}

}  // namespace dateline::client
