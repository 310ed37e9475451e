#include "sync/wire/op_rules.h"

#include <algorithm>

#include "sync/wire/check.h"

namespace dateline::sync {
namespace {

using enum PermissionClass;

constexpr OpRule kRules[] = {
    {v1::Op::kPut, Lane::kFact, kContent, kAnyDocumentKind},
    {v1::Op::kAdd, Lane::kFact, kContent, kAnyDocumentKind},
    {v1::Op::kRemove, Lane::kFact, kContent, kAnyDocumentKind},
    {v1::Op::kItemAdd, Lane::kFact, kContent, kAnyDocumentKind},
    {v1::Op::kItemPut, Lane::kFact, kContent, kAnyDocumentKind},
    {v1::Op::kItemRemove, Lane::kFact, kContent, kAnyDocumentKind},
    {v1::Op::kLife, Lane::kFact, kContent, kAnyDocumentKind},
    {v1::Op::kText, Lane::kText, kContent, kAnyDocumentKind},
    {v1::Op::kTextResolve, Lane::kText, kContent, kAnyDocumentKind},
    {v1::Op::kWithdraw, Lane::kNotice, kContent, DocumentKind::kStatement},
    {v1::Op::kSupersede, Lane::kFact, kContent, DocumentKind::kStatement},
    {v1::Op::kAnswer, Lane::kFact, kAttest, DocumentKind::kStatement},
    {v1::Op::kSameAs, Lane::kFact, kAttest, DocumentKind::kStatement},
    {v1::Op::kSettle, Lane::kFact, kAttest, DocumentKind::kStatement},
    {v1::Op::kAttest, Lane::kFact, kAttest, kAnyDocumentKind},
    {v1::Op::kRequest, Lane::kFact, kContent, kAnyDocumentKind},  // see NeedsOf
    {v1::Op::kStop, Lane::kNotice, kStop, kAnyDocumentKind},
    {v1::Op::kDecision, Lane::kFact, kDecide, kAnyDocumentKind},
    {v1::Op::kVerdict, Lane::kNotice, kAdminister, kAnyDocumentKind},
    {v1::Op::kRedact, Lane::kNotice, kAdminister, kAnyDocumentKind},
    {v1::Op::kAck, Lane::kReceipt, kContent, kAnyDocumentKind},
};

PermissionClass NeedsOf(const v1::RequestOp& request) {
  switch (request.what()) {
    case v1::REQUEST_KIND_SUBMIT:
    case v1::REQUEST_KIND_ANSWER:
    case v1::REQUEST_KIND_TAKE_BACK:
      return kContent;
    case v1::REQUEST_KIND_ASK:
      return kAttest;
    case v1::REQUEST_KIND_PUBLISH:
    case v1::REQUEST_KIND_RELEASE:
    case v1::REQUEST_KIND_CORRECT:
    case v1::REQUEST_KIND_SPIKE:
      return kDecide;
    default:
      return PermissionClass{};
  }
}

}  // namespace

const OpRule* FindRule(const v1::Op& op) {
  for (const OpRule& rule : kRules) {
    if (rule.op == op.kind_case()) return &rule;
  }
  return nullptr;
}

PermissionClass RequiredClass(const v1::Structure& structure, DocumentKind) {
  PermissionClass needs = kContent;
  for (const v1::Op& op : structure.ops()) {
    const OpRule* rule = FindRule(op);
    if (rule == nullptr) continue;
    needs =
        std::max(needs, op.has_request() ? NeedsOf(op.request()) : rule->needs);
  }
  return needs;
}

}  // namespace dateline::sync
