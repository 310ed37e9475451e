// People who write changes in tests: devices with feeds of their own, that
// know what they have been given, and seal what they write against it. Builds
// on sync/model alone, so that the rooms above can be tested with it.
#ifndef DATELINE_TESTS_SUPPORT_AUTHOR_H_
#define DATELINE_TESTS_SUPPORT_AUTHOR_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dateline/v1/change.pb.h"
#include "sync/model/change.h"
#include "sync/text/draft.h"

namespace dateline::testing {

using ChangePtr = std::shared_ptr<const sync::Change>;

v1::Value TextValue(const std::string& text);
v1::Value NumberValue(int64_t number);
v1::Value IdValue(const std::string& id);
v1::Value TimeValue(int64_t ms);
// An exact figure, or a floor.
v1::Value FigureValue(const std::string& counted, const std::string& place,
                      int64_t best, bool at_least = false);
v1::ItemId IdOf(const sync::Change& change, uint32_t op = 0);

// One lane's part of a save, op by op.
class LanePart {
 public:
  explicit LanePart(sync::Lane lane) : lane(lane) {}

  // The index of `hash` in the names, from 1.
  uint32_t Name(const sync::Hash& hash);
  v1::OpRef Ref(const v1::ItemId& id);
  v1::OpRef Ref(const sync::Change& change, uint32_t op = 0) {
    return Ref(IdOf(change, op));
  }
  v1::Op& Op() { return *structure.add_ops(); }
  void Value(const v1::Value& value) { *content.add_values() = value; }

  LanePart& Put(uint32_t field, const v1::Value& value);
  LanePart& Put(uint32_t field, const std::string& text) {
    return Put(field, TextValue(text));
  }
  LanePart& Add(uint32_t field, const std::string& text);
  LanePart& Remove(uint32_t field, const std::vector<v1::ItemId>& adds);
  LanePart& AddItem(uint32_t list,
                    const std::vector<std::pair<uint32_t, v1::Value>>& values);
  LanePart& PutItem(const v1::ItemId& item, uint32_t field,
                    const v1::Value& value);
  LanePart& RemoveItem(const v1::ItemId& item);
  LanePart& Cite(const std::string& statement, const v1::ItemId& figure);
  // The edit from what the author saw; touches whole words.
  LanePart& Edit(uint32_t field, const std::string& from,
                 const std::string& to);
  LanePart& Write(uint32_t field, const sync::text::NetEdit& edit);
  LanePart& Class(sync::PermissionClass permission);

  sync::Lane lane;
  sync::PermissionClass permission = sync::PermissionClass::kContent;
  v1::Structure structure;
  v1::Content content;
  std::vector<sync::Hash> names;
  uint32_t ignorable_from = 0;  // oldest reader that may ignore unknown ops
};

// A device and the person who uses it. Knows its own changes and what Learn
// gave it.
class Author {
 public:
  explicit Author(uint8_t number, uint64_t lamport = 0);

  // Seals one change a part; deps are the heads of the document that this
  // author knows, per lane.
  std::vector<ChangePtr> Save(const sync::DocumentId& document,
                              sync::DocumentKind kind,
                              const std::vector<LanePart>& parts);
  ChangePtr SaveOne(const sync::DocumentId& document, sync::DocumentKind kind,
                    const LanePart& part) {
    return Save(document, kind, {part})[0];
  }
  void Learn(const ChangePtr& change);
  void Learn(const Author& other);
  // Leaves held changes out of deps, as a device does that knows the verdict.
  void LeaveOut(const sync::Hash& held) { left_out_.insert(held); }

  // Heads of the document in the lane, ascending.
  std::vector<sync::Hash> Heads(const sync::DocumentId& document,
                                sync::Lane lane) const;
  std::vector<const sync::Change*> Known(
      const sync::DocumentId& document) const;
  const std::map<sync::Hash, ChangePtr>& all() const { return known_; }

  sync::DeviceId device;
  sync::PersonId person;
  uint64_t lamport = 0;
  int64_t wall_ms = 1641600000000;  // the week of STORY.md

 private:
  uint8_t number_;
  uint64_t save_ = 0;
  std::map<sync::Lane, sync::FeedHead> feeds_;
  std::map<sync::Hash, ChangePtr> known_;
  std::set<sync::Hash> left_out_;
};

template <typename Id>
Id IdNumber(uint8_t number) {
  Id id;
  id.data()[0] = number;
  id.data()[11] = 1;
  return id;
}

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SUPPORT_AUTHOR_H_
