// Taking back a submission. One that cannot have left this phone is cut out
// of its feed, so that nobody ever sees it; one that may have left is answered
// by a request that says so.
//
// Cutting is allowed only behind the feed's `sent` mark, which is committed
// before a session may push. What this phone wrote behind the submission in
// the same feed is sealed again on the chain without it: its hashes change,
// so it is done only where nothing outside that tail names them.
#include <algorithm>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/match.h"
#include "client-core/engine/client_impl.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
namespace {

using sync::Change;
using sync::Hash;

// A longer tail is rare (an import behind a submission) and is left alone.
constexpr size_t kTailMax = 256;

const v1::RequestState* OpenSubmission(const v1::Document& document,
                                       const sync::DeviceId& device) {
  const v1::RequestState* found = nullptr;
  for (const v1::RequestState& request : document.workflow().requests()) {
    if (request.what() == v1::REQUEST_KIND_SUBMIT && request.open() &&
        request.by().signer() == device.view()) {
      found = &request;
    }
  }
  return found;
}

// Only the request and nothing else, in a save of its own.
bool IsAlone(const Change& change) {
  v1::Structure structure;
  return structure.ParseFromString(change.structure) &&
         structure.ops_size() == 1 && structure.ops(0).has_request() &&
         change.header.save_lanes == 1 << static_cast<int>(change.feed.lane);
}

bool Holds(absl::string_view bytes, const Hash& hash) {
  return absl::StrContains(bytes, hash.view());
}

bool Mentions(const Change& change, const Hash& hash) {
  return Holds(change.header_bytes, hash) || Holds(change.structure, hash) ||
         Holds(change.content, hash);
}

// Hashes are random bytes of one length, so they can be replaced in place.
using Renamed = absl::btree_map<Hash, Hash>;
std::string Rename(std::string bytes, const Renamed& renamed) {
  for (const auto& [from, to] : renamed) {
    const std::string old_bytes = from.str();
    for (size_t at = bytes.find(old_bytes); at != std::string::npos;
         at = bytes.find(old_bytes, at + Hash::kSize)) {
      bytes.replace(at, Hash::kSize, to.str());
    }
  }
  return bytes;
}

Hash RenameOne(const Hash& hash, const Renamed& renamed) {
  const auto found = renamed.find(hash);
  return found == renamed.end() ? hash : found->second;
}

// `tail` on the chain without `cut`; whoever stood on it stands on what it
// stood on.
std::vector<Change> SealAgain(const Change& cut,
                              const std::vector<Change>& tail,
                              Renamed* renamed) {
  sync::FeedHead head{cut.feed, cut.seq - 1, cut.previous};
  std::vector<Change> out;
  for (const Change& change : tail) {
    sync::Sealing sealing{.after = head,
                          .header = change.header,
                          .structure = Rename(change.structure, *renamed),
                          .content = Rename(change.content, *renamed),
                          .salt = change.salt};
    std::vector<Hash>& deps = sealing.header.deps;
    if (const auto at = std::find(deps.begin(), deps.end(), cut.hash);
        at != deps.end()) {
      deps.erase(at);
      deps.insert(deps.end(), cut.header.deps.begin(), cut.header.deps.end());
    }
    for (Hash& dep : deps) dep = RenameOne(dep, *renamed);
    std::sort(deps.begin(), deps.end());
    deps.erase(std::unique(deps.begin(), deps.end()), deps.end());
    for (Hash& name : sealing.header.names) name = RenameOne(name, *renamed);
    out.push_back(sync::Seal(std::move(sealing)));
    (*renamed)[change.hash] = out.back().hash;
    head = out.back().head();
  }
  return out;
}

// True if anything outside the tail, or the tail other than as what it stood
// on, names what would change its hash or go.
absl::StatusOr<bool> IsNamedElsewhere(Truth& truth, const Change& cut,
                                      const std::vector<Change>& tail) {
  for (const Change& change : tail) {
    const auto& names = change.header.names;
    if (std::find(names.begin(), names.end(), cut.hash) != names.end() ||
        Holds(change.structure, cut.hash)) {
      return true;
    }
  }
  DATELINE_ASSIGN_OR_RETURN(const int64_t number, truth.NumberOf(cut.hash));
  bool named = false;
  DATELINE_RETURN_IF_ERROR(
      truth.EachAfter(number, [&](int64_t, const Change& change) {
        if (change.feed == cut.feed) return absl::OkStatus();
        named = named || Mentions(change, cut.hash);
        for (const Change& moved : tail) {
          named = named || Mentions(change, moved.hash);
        }
        return absl::OkStatus();
      }));
  return named;
}

}  // namespace

absl::StatusOr<bool> ClientImpl::WithdrawUnsent(const StoredDocument& report,
                                                std::vector<Event>* events) {
  Truth& truth = store_->truth();
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  const v1::RequestState* submission =
      OpenSubmission(report.document, self->device);
  if (submission == nullptr) return false;
  const auto hash = Hash::FromBytes(submission->id().change());
  const auto place = hash.ok() ? truth.PlaceOf(*hash) : std::nullopt;
  if (!place) return false;  // a forked feed has left before
  DATELINE_ASSIGN_OR_RETURN(const Truth::Marks marks,
                            truth.MarksOf(place->feed));
  if (place->seq <= marks.sent) return false;
  DATELINE_ASSIGN_OR_RETURN(std::vector<Change> tail,
                            truth.OfFeedAfter(place->feed, place->seq - 1));
  if (tail.empty() || tail.size() > kTailMax || !IsAlone(tail[0])) return false;
  const Change cut = tail[0];
  tail.erase(tail.begin());
  DATELINE_ASSIGN_OR_RETURN(const bool named,
                            IsNamedElsewhere(truth, cut, tail));
  if (named) return false;

  Renamed renamed;
  const std::vector<Change> again = SealAgain(cut, tail, &renamed);
  absl::btree_set<DocumentId> documents = {cut.header.document};
  for (const Change& change : again) documents.insert(change.header.document);
  DATELINE_RETURN_IF_ERROR(store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    DATELINE_RETURN_IF_ERROR(
        truth.ReplaceTail({cut.feed, cut.seq - 1, cut.previous}, again));
    DATELINE_ASSIGN_OR_RETURN(std::vector<StoredDraft> drafts,
                              store_->drafts().All());
    for (StoredDraft& draft : drafts) {
      for (std::string& head : draft.draft.opened_on) {
        head = Rename(std::move(head), renamed);
      }
      DATELINE_RETURN_IF_ERROR(store_->drafts().Put(draft));
    }
    return Materializer(store_.get()).Refresh(documents, events);
  }));
  return true;
}

absl::Status ClientImpl::TakeBack(const DocumentId& report) {
  std::vector<Event> events;
  absl::Status status;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, Load(report));
    DATELINE_ASSIGN_OR_RETURN(const bool gone, WithdrawUnsent(stored, &events));
    if (!gone) {
      v1::Action action;
      action.mutable_take_back();
      status = ActLocked(report, action, &events).status();
    }
  }
  AnnounceOwn(std::move(events));
  return status;
}

}  // namespace dateline::client
