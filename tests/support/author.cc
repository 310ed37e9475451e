#include "tests/support/author.h"

#include <algorithm>

#include "sync/base/check.h"
#include "sync/model/fields.h"

namespace dateline::testing {

using sync::Change;
using sync::DocumentId;
using sync::DocumentKind;
using sync::Hash;
using sync::Lane;

namespace {

// One deletion and one insertion between what begins and ends alike; touches
// the words around them, as far as the blanks.
sync::text::NetEdit ReplaceMiddle(const std::u32string& from,
                                  const std::u32string& to) {
  sync::text::NetEdit edit;
  const uint32_t shorter = std::min(from.size(), to.size());
  uint32_t head = 0, tail = 0;
  while (head < shorter && from[head] == to[head]) ++head;
  while (tail < shorter - head &&
         from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) {
    ++tail;
  }
  const uint32_t removed = from.size() - head - tail;
  const uint32_t added = to.size() - head - tail;
  if (removed + added == 0) return edit;
  if (removed > 0) {
    edit.runs.push_back({head, removed, sync::text::RunKind::kDelete});
  }
  if (added > 0) {
    edit.runs.push_back({head, added, sync::text::RunKind::kInsert});
  }
  edit.inserted = to.substr(head, added);
  uint32_t start = head, end = head + removed;
  while (start > 0 && from[start - 1] != U' ') --start;
  while (end < from.size() && from[end] != U' ') ++end;
  edit.touched = {{start, end}};
  return edit;
}

}  // namespace

v1::Value TextValue(const std::string& text) {
  v1::Value value;
  value.set_text(text);
  return value;
}
v1::Value NumberValue(int64_t number) {
  v1::Value value;
  value.set_number(number);
  return value;
}
v1::Value IdValue(const std::string& id) {
  v1::Value value;
  value.set_id(id);
  return value;
}
v1::Value TimeValue(int64_t ms) {
  v1::Value value;
  value.set_time_ms(ms);
  return value;
}
v1::Value FigureValue(const std::string& counted, const std::string& place,
                      int64_t best, bool at_least) {
  v1::Value value;
  v1::Figure* const figure = value.mutable_figure();
  figure->set_counted(counted);
  figure->set_place(place);
  figure->set_low(best);
  figure->set_best(best);
  figure->set_high(best);
  figure->set_at_least(at_least);
  return value;
}
v1::ItemId IdOf(const Change& change, uint32_t op) {
  v1::ItemId id;
  id.set_change(change.hash.str());
  id.set_op(op);
  return id;
}

uint32_t LanePart::Name(const Hash& hash) {
  const auto found = std::find(names.begin(), names.end(), hash);
  if (found != names.end()) return found - names.begin() + 1;
  names.push_back(hash);
  return names.size();
}

v1::OpRef LanePart::Ref(const v1::ItemId& id) {
  v1::OpRef ref;
  if (!id.change().empty()) ref.set_change(Name(*Hash::FromBytes(id.change())));
  ref.set_op(id.op());
  return ref;
}

LanePart& LanePart::Put(uint32_t field, const v1::Value& value) {
  Op().mutable_put()->set_field(field);
  Value(value);
  return *this;
}
LanePart& LanePart::Add(uint32_t field, const std::string& text) {
  Op().mutable_add()->set_field(field);
  Value(TextValue(text));
  return *this;
}
LanePart& LanePart::Remove(uint32_t field,
                           const std::vector<v1::ItemId>& adds) {
  v1::RemoveOp* const remove = Op().mutable_remove();
  remove->set_field(field);
  for (const v1::ItemId& add : adds) *remove->add_adds() = Ref(add);
  return *this;
}
LanePart& LanePart::AddItem(
    uint32_t list, const std::vector<std::pair<uint32_t, v1::Value>>& values) {
  v1::ItemAddOp* const add = Op().mutable_item_add();
  add->set_list(list);
  for (const auto& [field, value] : values) {
    add->add_fields(field);
    Value(value);
  }
  return *this;
}
LanePart& LanePart::PutItem(const v1::ItemId& item, uint32_t field,
                            const v1::Value& value) {
  v1::ItemPutOp* const put = Op().mutable_item_put();
  *put->mutable_item() = Ref(item);
  put->add_fields(field);
  Value(value);
  return *this;
}
LanePart& LanePart::RemoveItem(const v1::ItemId& item) {
  *Op().mutable_item_remove()->mutable_item() = Ref(item);
  return *this;
}
LanePart& LanePart::Cite(const std::string& statement,
                         const v1::ItemId& figure) {
  v1::ItemAddOp* const add = Op().mutable_item_add();
  add->set_list(sync::kCitations);
  add->set_target(statement);
  *add->mutable_target_item() = Ref(figure);
  return *this;
}
LanePart& LanePart::Edit(uint32_t field, const std::string& from,
                         const std::string& to) {
  return Write(field, ReplaceMiddle(*sync::text::ToScalars(from),
                                    *sync::text::ToScalars(to)));
}
LanePart& LanePart::Write(uint32_t field, const sync::text::NetEdit& edit) {
  v1::TextOp* const text = Op().mutable_text();
  sync::text::EncodeTextOp(edit, text);
  text->set_field(field);
  content.set_text(content.text() + sync::text::ToUtf8(edit.inserted));
  return *this;
}
LanePart& LanePart::Class(sync::PermissionClass wanted) {
  permission = wanted;
  return *this;
}

Author::Author(uint8_t number, uint64_t lamport)
    : device(IdNumber<sync::DeviceId>(number)),
      person(IdNumber<sync::PersonId>(number)),
      lamport(lamport),
      number_(number) {}

std::vector<ChangePtr> Author::Save(const DocumentId& document,
                                    DocumentKind kind,
                                    const std::vector<LanePart>& parts) {
  std::vector<ChangePtr> sealed;
  ++save_;
  wall_ms += 1000;
  uint8_t lanes = 0;
  for (const LanePart& part : parts) lanes |= 1 << static_cast<int>(part.lane);
  for (const LanePart& part : parts) {
    sync::Sealing sealing;
    sealing.after = feeds_[part.lane];
    sealing.after.feed.device = device;
    sealing.after.feed.incarnation = number_;
    sealing.after.feed.assignment = IdNumber<sync::AssignmentId>(200);
    sealing.after.feed.lane = part.lane;
    sync::Header& header = sealing.header;
    header.lane = part.lane;
    header.kind = kind;
    header.permission = part.permission;
    header.document = document;
    header.actor = person;
    header.signer = device;
    header.lamport = ++lamport;
    header.wall_ms = wall_ms;
    header.save = save_;
    header.save_lanes = lanes;
    header.deps = Heads(document, part.lane);
    header.names = part.names;
    header.ignorable_from = part.ignorable_from;
    sealing.structure = part.structure.SerializeAsString();
    sealing.content = part.content.SerializeAsString();
    sealing.salt = IdNumber<sync::Salt>(static_cast<uint8_t>(save_));
    sealed.push_back(std::make_shared<Change>(sync::Seal(std::move(sealing))));
    feeds_[part.lane] = sealed.back()->head();
    Learn(sealed.back());
  }
  return sealed;
}

void Author::Learn(const ChangePtr& change) {
  ChangePtr& known = known_[change->hash];
  if (known == nullptr || known->holding == sync::Holding::kStub) {
    known = change;
  }
  lamport = std::max(lamport, change->header.lamport);
}

void Author::Learn(const Author& other) {
  for (const auto& [hash, change] : other.known_) Learn(change);
}

std::vector<Hash> Author::Heads(const DocumentId& document, Lane lane) const {
  std::set<Hash> heads;
  std::vector<const Change*> changes;
  for (const auto& [hash, change] : known_) {
    if (change->header.document != document) continue;
    if (change->header.lane != lane || left_out_.contains(hash)) continue;
    heads.insert(hash);
    changes.push_back(change.get());
  }
  for (const Change* change : changes) {
    for (const Hash& dep : change->header.deps) heads.erase(dep);
  }
  return {heads.begin(), heads.end()};
}

std::vector<const Change*> Author::Known(const DocumentId& document) const {
  std::vector<const Change*> changes;
  for (const auto& [hash, change] : known_) {
    if (change->header.document == document) changes.push_back(change.get());
  }
  return changes;
}

}  // namespace dateline::testing
