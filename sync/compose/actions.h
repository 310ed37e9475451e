// The actions by noun, as ComposeAction (action.h) hands them out. Private to
// the room.
#ifndef DATELINE_SYNC_COMPOSE_ACTIONS_H_
#define DATELINE_SYNC_COMPOSE_ACTIONS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "sync/compose/action.h"

namespace dateline::sync {

using Parts = absl::StatusOr<std::vector<Part>>;

// review_actions.cc: what is said about a report.
Parts Compose(const v1::Approve& action, const Seen& seen);
Parts Compose(const v1::Ask& action, const Seen& seen);
Parts Compose(const v1::AnswerAsk& action, const Seen& seen);
Parts Compose(const v1::Submit& action, const Seen& seen);
Parts Compose(const v1::TakeBack& action, const Seen& seen);
Parts Compose(const v1::Stop& action, const Seen& seen);
Parts Compose(const v1::Acknowledge& action, const Seen& seen);
Parts Compose(const v1::Delete& action, const Seen& seen);
Parts Compose(const v1::Redact& action, const Seen& seen);
// publish_actions.cc: what home is asked to decide.
Parts Compose(const v1::Publish& action, const Seen& seen);
Parts Compose(const v1::Correct& action, const Seen& seen);
Parts Compose(const v1::Release& action, const Seen& seen);
Parts Compose(const v1::Spike& action, const Seen& seen);
// statement_actions.cc: what becomes of statements and their figures.
Parts Compose(const v1::Withdraw& action, const Seen& seen);
Parts Compose(const v1::Supersede& action, const Seen& seen);
Parts Compose(const v1::AttestFigure& action, const Seen& seen);
Parts Compose(const v1::SameAs& action, const Seen& seen);
Parts Compose(const v1::Settle& action, const Seen& seen);
Parts Compose(const v1::AnswerEvent& action, const Seen& seen);
Parts Compose(const v1::CorrectFigure& action, const Seen& seen);
// resolve_actions.cc: what a person settles or cites in a document.
Parts Compose(const v1::ResolveRegister& action, const Seen& seen);
Parts Compose(const v1::ResolveText& action, const Seen& seen);
Parts Compose(const v1::Cite& action, const Seen& seen);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_ACTIONS_H_
