#include "client-core/cli/corpus.h"

#include <zstd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/times.h"
#include "sync/base/digest.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

using InputJson = nlohmann::json;

constexpr size_t kChunkBytes = 256 << 10;
constexpr absl::string_view kFields[] = {
    "slugline", "headline",   "located",        "byline",   "urgency", "edNote",
    "language", "externalId", "contentCreated", "subjects", "body",    "notes"};

// What a field of the map holds in one line; null if nothing.
const InputJson& ValueAt(const InputJson& line, const FieldMap& map,
                         const std::string& field) {
  static const InputJson none;
  const auto found = line.find(map.at(field));
  return found == line.end() ? none : *found;
}

absl::Status WrongKind(const std::string& field, absl::string_view wanted,
                       const InputJson& got) {
  return sync::MakeError(
      v1::BAD_REQUEST,
      absl::StrCat(field, " should be ", wanted, ", not ", got.type_name()),
      {.field = field, .limit = std::string(wanted), .got = got.type_name()});
}

// Numbers become words.
absl::StatusOr<std::string> WordsOf(const std::string& field,
                                    const InputJson& value) {
  if (value.is_number()) return value.dump();
  if (!value.is_string()) return WrongKind(field, "words", value);
  return value.get<std::string>();
}

// Of a list, its first; nullopt if there is nothing.
absl::StatusOr<std::optional<std::string>> TextAt(const InputJson& line,
                                                  const FieldMap& map,
                                                  const std::string& field) {
  const InputJson& value = ValueAt(line, map, field);
  const bool in_list = value.is_array();
  if (value.is_null() || (in_list && value.empty())) return std::nullopt;
  DATELINE_ASSIGN_OR_RETURN(std::string text,
                            WordsOf(field, in_list ? value.front() : value));
  if (text.empty()) return std::nullopt;
  return text;
}

absl::StatusOr<std::vector<std::string>> TextsAt(const InputJson& line,
                                                 const FieldMap& map,
                                                 const std::string& field) {
  std::vector<std::string> out;
  const InputJson& value = ValueAt(line, map, field);
  if (value.is_null()) return out;
  if (!value.is_array()) {
    DATELINE_ASSIGN_OR_RETURN(out.emplace_back(), WordsOf(field, value));
    return out;
  }
  for (const InputJson& one : value) {
    DATELINE_ASSIGN_OR_RETURN(out.emplace_back(), WordsOf(field, one));
  }
  return out;
}

absl::Status SetUrgency(const InputJson& value, client::ReportEdit* edit) {
  if (value.is_null()) return absl::OkStatus();
  if (!value.is_number_integer()) return WrongKind("urgency", "1 to 9", value);
  const int64_t urgency = value.get<int64_t>();
  if (urgency < sync::kUrgencyMin || urgency > sync::kUrgencyMax) {
    return sync::MakeError(
        v1::OUT_OF_RANGE_VALUE, "urgency should be 1 to 9",
        {.field = "urgency", .limit = "1 to 9", .got = value.dump()});
  }
  edit->urgency = static_cast<int>(urgency);
  return absl::OkStatus();
}

absl::Status SetSpecial(const InputJson& line, const FieldMap& map,
                        client::ReportEdit* edit) {
  DATELINE_ASSIGN_OR_RETURN(const auto place, TextAt(line, map, "located"));
  if (place) edit->located.emplace().set_name(*place);
  DATELINE_ASSIGN_OR_RETURN(const auto created,
                            TextAt(line, map, "contentCreated"));
  if (created) {
    DATELINE_ASSIGN_OR_RETURN(edit->content_created, ParseTime(*created));
  }
  DATELINE_RETURN_IF_ERROR(SetUrgency(ValueAt(line, map, "urgency"), edit));
  DATELINE_ASSIGN_OR_RETURN(std::vector<std::string> subjects,
                            TextsAt(line, map, "subjects"));
  if (!subjects.empty()) edit->subjects = std::move(subjects);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<CorpusReader>> CorpusReader::Open(
    const std::string& path) {
  auto reader = std::unique_ptr<CorpusReader>(new CorpusReader(path));
  reader->file_.open(path, std::ios::binary | std::ios::ate);
  if (!reader->file_) {
    return FileError(path, errno);
  }
  reader->size_ = static_cast<uint64_t>(reader->file_.tellg());
  reader->file_.seekg(0);
  if (absl::EndsWith(path, ".zst")) reader->zstd_ = ZSTD_createDCtx();
  return reader;
}

CorpusReader::~CorpusReader() { ZSTD_freeDCtx(zstd_); }

double CorpusReader::Fraction() const {
  return size_ == 0 ? 1 : static_cast<double>(read_) / size_;
}

absl::Status CorpusReader::Decompress(const std::string& bytes) {
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  std::string out(ZSTD_DStreamOutSize(), '\0');
  while (in.pos < in.size) {
    ZSTD_outBuffer chunk = {out.data(), out.size(), 0};
    const size_t left = ZSTD_decompressStream(zstd_, &chunk, &in);
    if (ZSTD_isError(left)) {
      return FailedError(
          v1::BAD_REQUEST,
          absl::StrCat(path_, " is damaged: ", ZSTD_getErrorName(left)));
    }
    mid_frame_ = left != 0;
    buffer_.append(out.data(), chunk.pos);
  }
  return absl::OkStatus();
}

absl::Status CorpusReader::ReadMore() {
  std::string bytes(kChunkBytes, '\0');
  file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file_.gcount()));
  read_ += bytes.size();
  at_end_ = bytes.empty();
  if (file_.bad()) return FileError(path_, EIO);
  if (at_end_ && mid_frame_) {
    return FailedError(v1::BAD_REQUEST, absl::StrCat(path_, " ends too early"));
  }
  buffer_.erase(0, used_);
  used_ = 0;
  if (zstd_ != nullptr) return Decompress(bytes);
  buffer_ += bytes;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> CorpusReader::NextLine() {
  while (true) {
    const size_t end = buffer_.find('\n', used_);
    const size_t size =
        (end == std::string::npos ? buffer_.size() : end) - used_;
    if (size > kCorpusLineBytesMax) {
      return sync::TooLarge(
          absl::StrCat("line ", line_number_ + 1, " of ", path_),
          "kCorpusLineBytesMax", kCorpusLineBytesMax, size);
    }
    if (end != std::string::npos || (at_end_ && size > 0)) {
      std::string line = buffer_.substr(used_, size);
      used_ += size + (end == std::string::npos ? 0 : 1);
      ++line_number_;
      return line;
    }
    if (at_end_) return std::nullopt;
    DATELINE_RETURN_IF_ERROR(ReadMore());
  }
}

absl::StatusOr<FieldMap> ParseFieldMap(const std::string& text) {
  FieldMap map;
  for (const absl::string_view field : kFields) {
    map[std::string(field)] = std::string(field);
  }
  map["externalId"] = "id";
  for (const absl::string_view pair :
       absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const auto found = map.find(parts.first);
    if (found == map.end() || parts.second.empty()) {
      return UsageError(absl::StrCat("--map ", pair,
                                     ": write FIELD=KEY; fields are ",
                                     absl::StrJoin(kFields, ", ")));
    }
    found->second = parts.second;
  }
  return map;
}

absl::StatusOr<client::ReportEdit> ParseCorpusLine(const std::string& line,
                                                   const FieldMap& map,
                                                   const std::string& corpus) {
  const InputJson json = InputJson::parse(line, nullptr,
                                          /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return FailedError(v1::BAD_REQUEST, "this is no JSON object");
  }
  client::ReportEdit edit;
  const std::pair<const char*, std::optional<std::string>*> words[] = {
      {"slugline", &edit.slugline}, {"headline", &edit.headline},
      {"byline", &edit.byline},     {"edNote", &edit.ed_note},
      {"language", &edit.language}, {"body", &edit.body},
      {"notes", &edit.notes}};
  for (const auto& [field, value] : words) {
    DATELINE_ASSIGN_OR_RETURN(*value, TextAt(json, map, field));
  }
  DATELINE_RETURN_IF_ERROR(SetSpecial(json, map, &edit));
  DATELINE_ASSIGN_OR_RETURN(const auto id, TextAt(json, map, "externalId"));
  edit.external_id = absl::StrCat(
      corpus, ":",
      id ? *id : sync::Digest("dateline/import/1").Add(line).Finish().ToHex());
  return edit;
}

}  // namespace dateline::cli
