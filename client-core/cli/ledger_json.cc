#include "absl/strings/str_cat.h"
#include "client-core/cli/figure_text.h"
#include "client-core/cli/times.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/words.h"

namespace dateline::cli {
namespace {

Json UseJson(const v1::Use& use, Invocation& invocation) {
  return {{"report", Hex(use.report())},
          {"citation", ItemName(use.citation())},
          {"slugline", use.slugline()},
          {"headline", use.headline()},
          {"status", Camel(Word(use.status()))},
          {"state", Camel(Word(use.state()))},
          {"probable", use.probable()},
          {"unaware", use.unaware()},
          {"inApproved", use.in_approved()},
          {"inPublished", use.in_published()},
          {"author", invocation.PersonName(use.author())}};
}

Json UsesJson(const google::protobuf::RepeatedPtrField<v1::Use>& uses,
              Invocation& invocation) {
  Json out = Json::array();
  for (const v1::Use& use : uses) out.push_back(UseJson(use, invocation));
  return out;
}

Json EntryJson(const v1::LedgerEntry& entry, Invocation& invocation) {
  Json conflicting = Json::array();
  for (const v1::Figure& record : entry.conflicting()) {
    conflicting.push_back(ToJson(record));
  }
  Json out = {{"statement", Hex(entry.statement())},
              {"figure", ItemName(entry.figure())},
              {"record", ToJson(entry.record())},
              {"conflicting", conflicting},
              {"source", entry.source()},
              {"channel", entry.channel()}};
  if (entry.said_ms() != 0) out["said"] = JsonTime(entry.said_ms());
  if (entry.heard_ms() != 0) out["heard"] = JsonTime(entry.heard_ms());
  out["by"] = ToJson(entry.by(), invocation);
  out["current"] = entry.current();
  out["stands"] = entry.stands();
  out["retracted"] = entry.retracted();
  out["disavowed"] = entry.disavowed();
  out["superseded"] = entry.superseded();
  out["disputed"] = entry.disputed();
  out["confirmed"] = entry.confirmed();
  out["probablyWithdrawn"] = entry.probably_withdrawn();
  out["uses"] = UsesJson(entry.uses(), invocation);
  return out;
}

}  // namespace

Json ToJson(const v1::WithdrawalView& withdrawal, Invocation& invocation) {
  Json acknowledged = Json::array(), owed = Json::array();
  for (const v1::Acknowledgement& one : withdrawal.acknowledged()) {
    acknowledged.push_back({{"person", invocation.PersonName(one.person())},
                            {"device", invocation.DeviceName(one.device())},
                            {"time", JsonTime(one.wall_ms())}});
  }
  for (const std::string& person : withdrawal.owed()) {
    owed.push_back(invocation.PersonName(person));
  }
  return {{"id", ItemName(withdrawal.id())},
          {"statement", Hex(withdrawal.statement())},
          {"kind", Camel(Word(withdrawal.kind()))},
          {"figures", ItemNames(withdrawal.figures())},
          {"value", withdrawal.value()},
          {"source", withdrawal.source()},
          {"reason", withdrawal.reason()},
          {"answered", withdrawal.answered()},
          {"by", ToJson(withdrawal.by(), invocation)},
          {"uses", UsesJson(withdrawal.uses(), invocation)},
          {"acknowledged", acknowledged},
          {"owed", owed}};
}

Json ToJson(const v1::LedgerRow& row, Invocation& invocation) {
  Json entries = Json::array();
  for (const v1::LedgerEntry& entry : row.entries()) {
    entries.push_back(EntryJson(entry, invocation));
  }
  Json current = Json::array();
  for (const uint32_t index : row.current()) {
    if (index < row.entries_size()) {
      current.push_back(ToJson(row.entries(index).record()));
    }
  }
  return {{"counted", row.counted()},
          {"place", row.place()},
          {"period", row.period()},
          {"current", current},
          {"rivals", row.rivals()},
          {"settled", row.settled()},
          {"independentOrigins", row.independent_origins()},
          {"entries", entries}};
}

Json ToJson(const v1::Warning& warning) {
  Json parts = Json::array();
  for (const int64_t part : warning.parts()) parts.push_back(part);
  return {
      {"kind", warning.kind() == v1::WARNING_KIND_PARTS_DIFFER ? "partsDiffer"
                                                               : "falling"},
      {"statement", Hex(warning.statement())},
      {"figure", ItemName(warning.figure())},
      {"expected", warning.expected()},
      {"got", warning.got()},
      {"parts", parts}};
}

Json ToJson(const v1::ConflictRow& conflict, Invocation& invocation) {
  Json out = {{"document", Hex(conflict.document())},
              {"slugline", conflict.slugline()},
              {"field", conflict.field_name()},
              {"item", ItemName(conflict.item())}};
  Json values = Json::array();
  for (const v1::Write& write : conflict.writes()) {
    values.push_back(ToJson(write, invocation));
  }
  for (const v1::Original& original : conflict.span().originals()) {
    values.push_back({{"value", original.text()},
                      {"by", ListOf(original.by(), invocation)},
                      {"edits", ItemNames(original.edits())}});
  }
  out["values"] = values;
  if (conflict.has_span()) out["base"] = conflict.span().base();
  return out;
}

}  // namespace dateline::cli
