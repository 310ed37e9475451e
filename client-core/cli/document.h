// Reading a v1::Document: its fields, figures and texts. Pure.
#ifndef DATELINE_CLIENT_CORE_CLI_DOCUMENT_H_
#define DATELINE_CLIENT_CORE_CLI_DOCUMENT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/v1/document.pb.h"

namespace dateline::cli {

// nullptr if nobody wrote it.
const v1::Register* FindRegister(const v1::Document& document, uint32_t field);
// The text of a register's provisional winner; "" if there is none.
std::string TextOf(const v1::Document& document, uint32_t field);
int64_t TimeOf(const v1::Document& document, uint32_t field);

// Items of one list in the order they were made: (lamport, change, op). The
// Nth of them, from 1, is what ID#N names.
std::vector<const v1::Item*> ItemsOf(const v1::Document& document,
                                     uint32_t list);
// The first record of a figure or citation; nullptr if it was redacted.
const v1::Figure* RecordOf(const v1::Item& item, uint32_t field);

// What a person writes for a document or figures of it: "3fa9c1",
// "3fa9c1#2", "3fa9c1#1,3", or "3fa9c1#<change prefix>.<op>".
struct Reference {
  std::string document;  // a prefix of its hex id
  std::vector<std::string> figures;
};
Reference ParseReference(const std::string& text);
// The figures that a reference names in its statement. A usage error for a
// number that there is not.
absl::StatusOr<std::vector<v1::ItemId>> FiguresOf(const v1::Document& statement,
                                                  const Reference& reference);
// The number, from 1, of a figure of its statement; 0 if it is not there.
int FigureNumber(const v1::Document& statement, const v1::ItemId& figure);

bool SameItem(const v1::ItemId& a, const v1::ItemId& b);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_DOCUMENT_H_
