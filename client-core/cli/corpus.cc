#include "client-core/cli/corpus.h"

#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/times.h"
#include "sync/base/digest.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

using InputJson = nlohmann::json;

constexpr size_t kChunkBytes = 256 << 10;
constexpr absl::string_view kFields[] = {
    "slugline", "headline",   "located",        "byline",   "urgency", "edNote",
    "language", "externalId", "contentCreated", "subjects", "body",    "notes"};

// Numbers become words; null and absent are nothing; of a list, its first.
std::optional<std::string> TextAt(const InputJson& line,
                                  const std::string& key) {
  const auto found = line.find(key);
  if (found == line.end()) return std::nullopt;
  const InputJson& value =
      found->is_array() && !found->empty() ? found->front() : *found;
  if (value.is_number()) return value.dump();
  if (!value.is_string()) return std::nullopt;
  std::string text = value.get<std::string>();
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<std::string> TextsAt(const InputJson& line,
                                 const std::string& key) {
  std::vector<std::string> out;
  const auto found = line.find(key);
  if (found == line.end()) return out;
  if (found->is_string()) out.push_back(found->get<std::string>());
  if (!found->is_array()) return out;
  for (const InputJson& one : *found) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

absl::Status SetSpecial(const InputJson& line, const FieldMap& map,
                        client::ReportEdit* edit) {
  if (const auto name = TextAt(line, map.at("located"))) {
    edit->located.emplace().set_name(*name);
  }
  if (const auto created = TextAt(line, map.at("contentCreated"))) {
    DATELINE_ASSIGN_OR_RETURN(edit->content_created, ParseTime(*created));
  }
  if (const auto found = line.find(map.at("urgency"));
      found != line.end() && found->is_number_integer()) {
    edit->urgency = found->get<int>();
  }
  if (std::vector<std::string> subjects = TextsAt(line, map.at("subjects"));
      !subjects.empty()) {
    edit->subjects = std::move(subjects);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<CorpusReader>> CorpusReader::Open(
    const std::string& path) {
  auto reader = std::unique_ptr<CorpusReader>(new CorpusReader(path));
  reader->file_.open(path, std::ios::binary | std::ios::ate);
  if (!reader->file_) {
    return FailedError(
        absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
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
  if (file_.bad()) return FailedError(absl::StrCat("cannot read ", path_));
  if (at_end_ && mid_frame_) {
    return FailedError(absl::StrCat(path_, " ends too early"));
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
      return FailedError(absl::StrCat("line ", line_number_ + 1, " of ", path_,
                                      " is longer than ", kCorpusLineBytesMax,
                                      " bytes"));
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
  if (!json.is_object()) return FailedError("is no JSON object");
  client::ReportEdit edit;
  edit.slugline = TextAt(json, map.at("slugline"));
  edit.headline = TextAt(json, map.at("headline"));
  edit.byline = TextAt(json, map.at("byline"));
  edit.ed_note = TextAt(json, map.at("edNote"));
  edit.language = TextAt(json, map.at("language"));
  edit.body = TextAt(json, map.at("body"));
  edit.notes = TextAt(json, map.at("notes"));
  DATELINE_RETURN_IF_ERROR(SetSpecial(json, map, &edit));
  const auto id = TextAt(json, map.at("externalId"));
  edit.external_id = absl::StrCat(
      corpus, ":",
      id ? *id : sync::Digest("dateline/import/1").Add(line).Finish().ToHex());
  return edit;
}

}  // namespace dateline::cli
