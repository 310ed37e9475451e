// A desk and two reporters who write one report and some statements.
#ifndef DATELINE_TESTS_SYNC_MERGE_FIXTURE_H_
#define DATELINE_TESTS_SYNC_MERGE_FIXTURE_H_

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/merge/document.h"
#include "sync/merge/ledger.h"
#include "sync/model/fields.h"
#include "tests/support/author.h"
#include "tests/support/status_matchers.h"

namespace dateline::testing {

using sync::DocumentId;
using sync::DocumentKind;
using sync::Hash;
using sync::Lane;
using sync::PermissionClass;

inline LanePart Notice() { return LanePart(Lane::kNotice); }
inline LanePart Fact() { return LanePart(Lane::kFact); }
inline LanePart Text() { return LanePart(Lane::kText); }
inline LanePart Receipt() { return LanePart(Lane::kReceipt); }

class MergeFixture : public ::testing::Test {
 protected:
  MergeFixture() { authority.homes.insert(home.device); }

  // What somebody who knows what `author` knows is shown.
  v1::Document See(const Author& author, const DocumentId& id) const {
    return sync::MergeDocument(id, author.Known(id), authority);
  }
  v1::Document Report(const Author& author) const {
    return See(author, report);
  }
  v1::Ledger LedgerOf(const Author& author) const {
    std::vector<v1::Document> documents;
    std::set<DocumentId> ids;
    for (const auto& [hash, change] : author.all()) {
      ids.insert(change->header.document);
    }
    for (const DocumentId& id : ids) documents.push_back(See(author, id));
    std::vector<const v1::Document*> pointers;
    for (const v1::Document& document : documents) {
      pointers.push_back(&document);
    }
    return sync::MergeLedger(pointers);
  }
  // Everybody gets everything.
  void SyncAll() {
    for (int round = 0; round < 2; ++round) {
      for (Author* a : {&home, &editor, &almaty, &aktau}) {
        for (const Author* b : {&home, &editor, &almaty, &aktau}) {
          if (a != b) a->Learn(*b);
        }
      }
    }
  }
  ChangePtr Write(Author& author, const LanePart& part) {
    return author.SaveOne(report, DocumentKind::kReport, part);
  }
  ChangePtr Write(Author& author, const DocumentId& id, const LanePart& part) {
    return author.SaveOne(id, DocumentKind::kStatement, part);
  }

  Author home{1}, editor{2}, almaty{3}, aktau{4};
  sync::Authority authority;
  const DocumentId report = IdNumber<DocumentId>(50);
  const DocumentId ministry = IdNumber<DocumentId>(60);
  const DocumentId radio = IdNumber<DocumentId>(61);
};

inline const v1::Register* FindRegister(const v1::Document& document,
                                        uint32_t field) {
  for (const v1::Register& one : document.registers()) {
    if (one.field() == field) return &one;
  }
  return nullptr;
}
// The values of a register, the one shown first in front.
inline std::vector<std::string> Values(const v1::Document& document,
                                       uint32_t field) {
  std::vector<std::string> values;
  const v1::Register* const found = FindRegister(document, field);
  if (found == nullptr) return values;
  for (const v1::Write& write : found->writes()) {
    values.push_back(write.has_value() ? write.value().text() : "(redacted)");
  }
  return values;
}
// Plain text as it is; an open span as its originals: "{12|14}".
inline std::string Body(const v1::Document& document,
                        uint32_t field = sync::kBody) {
  std::string body;
  for (const v1::Text& text : document.texts()) {
    if (text.field() != field) continue;
    for (const v1::Segment& segment : text.segments()) {
      body += segment.text();
      if (!segment.has_open()) continue;
      std::string between = "{";
      for (const v1::Original& original : segment.open().originals()) {
        body += between + original.text();
        between = "|";
      }
      body += "}";
    }
  }
  return body;
}

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_MERGE_FIXTURE_H_
