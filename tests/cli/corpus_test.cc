#include "client-core/cli/corpus.h"

#include <zstd.h>

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/errors.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline::cli {
namespace {

using ::testing::ElementsAre;
using testing::TempDir;

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string Compressed(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

absl::StatusOr<std::vector<std::string>> Lines(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(const auto reader, CorpusReader::Open(path));
  std::vector<std::string> lines;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const auto line, reader->NextLine());
    if (!line) return lines;
    lines.push_back(*line);
  }
}

TEST(CorpusTest, ReadsPlainLinesWithAndWithoutALastBreak) {
  TempDir dir;
  Write(dir / "a.jsonl", "one\ntwo\n\nfour");
  ASSERT_OK_AND_ASSIGN(const auto lines, Lines(dir / "a.jsonl"));
  EXPECT_THAT(lines, ElementsAre("one", "two", "", "four"));
}

TEST(CorpusTest, ReadsZstdOfSeveralFrames) {
  TempDir dir;
  Write(dir / "a.jsonl.zst",
        Compressed(std::string(300000, 'x') + "\n") + Compressed("two\n"));
  ASSERT_OK_AND_ASSIGN(const auto lines, Lines(dir / "a.jsonl.zst"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].size(), 300000u);
  EXPECT_EQ(lines[1], "two");
}

TEST(CorpusTest, SaysThatACutFileIsCut) {
  TempDir dir;
  const std::string whole = Compressed(std::string(1000, 'x') + "y\n");
  Write(dir / "a.jsonl.zst", whole.substr(0, whole.size() / 2));
  const auto lines = Lines(dir / "a.jsonl.zst");
  ASSERT_FALSE(lines.ok());
  EXPECT_NE(lines.status().message().find("ends too early"),
            absl::string_view::npos);
}

TEST(CorpusTest, SaysThatAFileIsNoZstd) {
  TempDir dir;
  Write(dir / "a.jsonl.zst", "{\"id\": 1}\n");
  EXPECT_FALSE(Lines(dir / "a.jsonl.zst").ok());
}

TEST(CorpusTest, RefusesALineWithoutEnd) {
  TempDir dir;
  Write(dir / "a.jsonl", std::string(kCorpusLineBytesMax + 1, 'x'));
  EXPECT_FALSE(Lines(dir / "a.jsonl").ok());
}

TEST(CorpusTest, MapsKeysToFields) {
  ASSERT_OK_AND_ASSIGN(
      const FieldMap map,
      ParseFieldMap("headline=title,located=dateline,subjects=topics"));
  ASSERT_OK_AND_ASSIGN(
      const client::ReportEdit edit,
      ParseCorpusLine(R"({"id": 7, "title": "Cocoa", "dateline": "SALVADOR",
                          "topics": ["cocoa", "trade"], "body": "Showers"})",
                      map, "wire"));
  EXPECT_EQ(edit.headline, "Cocoa");
  EXPECT_EQ(edit.located->name(), "SALVADOR");
  EXPECT_THAT(*edit.subjects, ElementsAre("cocoa", "trade"));
  EXPECT_EQ(edit.body, "Showers");
  EXPECT_EQ(edit.external_id, "wire:7");
  EXPECT_FALSE(edit.byline.has_value());
}

TEST(CorpusTest, NamesALineWithoutIdByItsHash) {
  ASSERT_OK_AND_ASSIGN(const FieldMap map, ParseFieldMap(""));
  ASSERT_OK_AND_ASSIGN(const auto one,
                       ParseCorpusLine(R"({"body": "a"})", map, "w"));
  ASSERT_OK_AND_ASSIGN(const auto again,
                       ParseCorpusLine(R"({"body": "a"})", map, "w"));
  ASSERT_OK_AND_ASSIGN(const auto other,
                       ParseCorpusLine(R"({"body": "b"})", map, "w"));
  EXPECT_EQ(one.external_id, again.external_id);
  EXPECT_NE(one.external_id, other.external_id);
}

TEST(CorpusTest, RefusesWhatIsNoObject) {
  ASSERT_OK_AND_ASSIGN(const FieldMap map, ParseFieldMap(""));
  for (const char* line : {"", "[1]", "{", "7", "{\"id\": \"\xff\"}"}) {
    EXPECT_FALSE(ParseCorpusLine(line, map, "w").ok()) << line;
  }
  EXPECT_FALSE(ParseFieldMap("title=headline").ok());
  EXPECT_FALSE(ParseFieldMap("headline").ok());
}

// What a line holds and a report cannot is told, never dropped.
TEST(CorpusTest, AValueOfTheWrongKindNamesItsField) {
  ASSERT_OK_AND_ASSIGN(const FieldMap map, ParseFieldMap(""));
  const struct {
    const char* line;
    const char* field;
    v1::ErrorReason reason;
  } kCases[] = {
      {R"({"body": {}})", "body", v1::BAD_REQUEST},
      {R"({"body": {"html": "x"}})", "body", v1::BAD_REQUEST},
      {R"({"headline": [["x"]]})", "headline", v1::BAD_REQUEST},
      {R"({"headline": true})", "headline", v1::BAD_REQUEST},
      {R"({"subjects": {"a": 1}})", "subjects", v1::BAD_REQUEST},
      {R"({"subjects": ["x", null]})", "subjects", v1::BAD_REQUEST},
      {R"({"located": false})", "located", v1::BAD_REQUEST},
      {R"({"urgency": "high"})", "urgency", v1::BAD_REQUEST},
      {R"({"urgency": 0})", "urgency", v1::OUT_OF_RANGE_VALUE},
      {R"({"urgency": 10})", "urgency", v1::OUT_OF_RANGE_VALUE},
      {R"({"urgency": 4294967297})", "urgency", v1::OUT_OF_RANGE_VALUE},
      {R"({"urgency": 18446744073709551615})", "urgency",
       v1::OUT_OF_RANGE_VALUE},
  };
  for (const auto& one : kCases) {
    const auto edit = ParseCorpusLine(one.line, map, "wire");
    EXPECT_EQ(sync::ReasonOf(edit.status()), one.reason) << one.line;
    EXPECT_EQ(sync::ErrorOf(edit.status()).field(), one.field) << one.line;
  }
}

TEST(CorpusTest, NothingIsNoValueOfTheWrongKind) {
  ASSERT_OK_AND_ASSIGN(const FieldMap map, ParseFieldMap(""));
  ASSERT_OK_AND_ASSIGN(
      const client::ReportEdit edit,
      ParseCorpusLine(R"({"id": 7, "headline": null, "body": [], "notes": "",
                          "subjects": "unrest", "urgency": 1})",
                      map, "wire"));
  EXPECT_FALSE(edit.headline || edit.body || edit.notes);
  EXPECT_THAT(*edit.subjects, ElementsAre("unrest"));
  EXPECT_EQ(edit.urgency, 1);
}

}  // namespace
}  // namespace dateline::cli
