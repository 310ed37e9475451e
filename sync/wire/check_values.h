// Values and their fields, as CheckChange (check.h) judges them. Private to
// the room.
#ifndef DATELINE_SYNC_WIRE_CHECK_VALUES_H_
#define DATELINE_SYNC_WIRE_CHECK_VALUES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dateline/v1/change.pb.h"
#include "sync/model/fields.h"

namespace dateline::sync {

// OUT_OF_RANGE_VALUE naming the field, the limit and what was got.
absl::Status OutOfRange(absl::string_view field, absl::string_view limit,
                        absl::string_view got);
// BAD_REQUEST likewise: not a value that is off, but a shape.
absl::Status BadShape(absl::string_view field, absl::string_view limit,
                      absl::string_view got);
// 0 passes if `may_be_empty`.
absl::Status CheckBytes(absl::string_view bytes, size_t size,
                        absl::string_view field, bool may_be_empty = false);

// The name of a field for an error; "field 999" if this reader has none.
std::string FieldName(uint32_t field);

// A value of a field; any kind passes for a field that this reader does not
// know, but never a number or size that no field may have.
absl::Status CheckValue(uint32_t field, const v1::Value& value);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_CHECK_VALUES_H_
