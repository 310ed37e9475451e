#include "client-core/engine/whereabouts.h"

namespace dateline::client {

Whereabouts WhereaboutsOf(const Standing& standing) {
  const Truth::Progress& progress = standing.progress;
  if (progress.unacked > 0 && progress.unacked == progress.all) {
    return Whereabouts::kOnThisPhone;
  }
  if (standing.asked && standing.mine) return Whereabouts::kQuestionForYou;
  // What the desk took out of the paper is told before what is under way.
  if (standing.status == v1::STATUS_KILLED) return Whereabouts::kKilled;
  if (standing.status == v1::STATUS_SPIKED) return Whereabouts::kSpiked;
  if (progress.unacked > 0) return Whereabouts::kOnItsWay;
  switch (standing.status) {
    case v1::STATUS_PUBLISHED:
    case v1::STATUS_CORRECTED:
      return Whereabouts::kPublished;
    case v1::STATUS_APPROVED:
      return Whereabouts::kApproved;
    case v1::STATUS_IN_REVIEW:
    case v1::STATUS_ASKED:
    case v1::STATUS_HELD:
      return Whereabouts::kBeingReviewed;
    default:
      return Whereabouts::kHeldByTheDesk;
  }
}

std::string ToString(Whereabouts where) {
  switch (where) {
    case Whereabouts::kOnThisPhone:
      return "on this phone";
    case Whereabouts::kOnItsWay:
      return "on its way";
    case Whereabouts::kHeldByTheDesk:
      return "held by the desk";
    case Whereabouts::kBeingReviewed:
      return "being reviewed";
    case Whereabouts::kQuestionForYou:
      return "question for you";
    case Whereabouts::kApproved:
      return "approved";
    case Whereabouts::kPublished:
      return "published";
    case Whereabouts::kKilled:
      return "killed by the desk";
    case Whereabouts::kSpiked:
      return "dropped by the desk";
  }
  return "";
}

}  // namespace dateline::client
