// The product's views as JSON for programs. Fields are named as IPTC ninjs
// names them (headline, edNote, versionCreated ...), ids are hex, an op is
// "<change hex>.<op>", times are RFC 3339 UTC, enums camelCase words. Keys
// are only ever added. client-core/cli/README.md says so to users.
#ifndef DATELINE_CLIENT_CORE_CLI_VIEW_JSON_H_
#define DATELINE_CLIENT_CORE_CLI_VIEW_JSON_H_

#include <string>

#include "client-core/cli/invocation.h"

namespace dateline::cli {

// "<change hex>.<op>"; "" if it names nothing.
std::string ItemName(const v1::ItemId& id);

Json ToJson(const v1::Value& value);
Json ToJson(const v1::Figure& figure);
// `invocation` names people.
Json ToJson(const v1::Authored& by, Invocation& invocation);
Json ToJson(const v1::Write& write, Invocation& invocation);
Json ToJson(const client::Row& row, Invocation& invocation);
// A report or a statement, whole.
Json ToJson(const v1::Document& document, Invocation& invocation);
Json ToJson(const client::View& view, Invocation& invocation);
Json ToJson(const v1::WithdrawalView& withdrawal, Invocation& invocation);
Json ToJson(const v1::LedgerRow& row, Invocation& invocation);
Json ToJson(const v1::Warning& warning);
Json ToJson(const v1::ConflictRow& conflict, Invocation& invocation);
Json ToJson(const v1::VersionRow& version, Invocation& invocation);
Json ToJson(const v1::FieldDiff& diff);

std::string Hex(const std::string& bytes);
template <typename Ids>
Json HexList(const Ids& ids) {
  Json out = Json::array();
  for (const std::string& id : ids) out.push_back(Hex(id));
  return out;
}
template <typename Items>
Json ItemNames(const Items& items) {
  Json out = Json::array();
  for (const v1::ItemId& id : items) out.push_back(ItemName(id));
  return out;
}
template <typename List, typename... More>
Json ListOf(const List& list, More&... more) {
  Json out = Json::array();
  for (const auto& one : list) out.push_back(ToJson(one, more...));
  return out;
}

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_VIEW_JSON_H_
