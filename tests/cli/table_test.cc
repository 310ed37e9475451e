#include "client-core/cli/table.h"

#include "client-core/cli/width.h"
#include "gtest/gtest.h"

namespace dateline::cli {
namespace {

// The cell at which the last column of each line begins.
std::vector<int> LastColumns(const std::string& text,
                             const std::string& marker) {
  std::vector<int> out;
  size_t line = 0;
  for (size_t end; (end = text.find('\n', line)) != std::string::npos;
       line = end + 1) {
    const std::string one = text.substr(line, end - line);
    const size_t at = one.find(marker);
    if (at != std::string::npos) out.push_back(DisplayWidth(one.substr(0, at)));
  }
  return out;
}

TEST(WidthTest, CountsCellsAndNotBytes) {
  EXPECT_EQ(DisplayWidth("Almaty"), 6);
  EXPECT_EQ(DisplayWidth("Алматы"), 6);
  EXPECT_EQ(DisplayWidth("ألماتي"), 6);
  EXPECT_EQ(DisplayWidth("阿拉木图"), 8);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);  // a letter and its accent
  EXPECT_EQ(DisplayWidth("مُحَمَّد"), 4);     // vowel marks take no cell
  EXPECT_EQ(DisplayWidth(""), 0);
}

TEST(WidthTest, CutsAtCellsWithoutBreakingALetter) {
  EXPECT_EQ(Elide("Алматы", 6), "Алматы");
  EXPECT_EQ(Elide("Алматы", 4), "Алм…");
  EXPECT_EQ(Elide("阿拉木图", 4), "阿…");  // the second would need 5 cells
  EXPECT_LE(DisplayWidth(Elide("阿拉木图", 4)), 4);
}

TEST(WidthTest, LetsNoReportMoveTheCursor) {
  EXPECT_EQ(Printable("a\x1b[2Jb"), "a\uFFFD[2Jb");
  EXPECT_EQ(Printable("two\nlines"), "two lines");
  EXPECT_EQ(PrintableLines("two\nlines"), "two\nlines");
  EXPECT_EQ(Printable("\u202Eevil"), "\uFFFDevil");
  EXPECT_EQ(Printable("bad \xff byte"), "bad \uFFFD byte");
}

TEST(TableTest, AlignsCyrillicArabicAndChinese) {
  Table table({{"PLACE"}, {"N", true}, {"MARK"}});
  table.AddRow({"Almaty", "103", "@"});
  table.AddRow({"Қызылорда", "21", "@"});
  table.AddRow({"ألماتي", "8", "@"});
  table.AddRow({"阿拉木图", "2500", "@"});
  const std::vector<int> columns = LastColumns(table.Render({}), "@");
  ASSERT_EQ(columns.size(), 4u);
  for (const int column : columns) EXPECT_EQ(column, columns[0]);
}

TEST(TableTest, IsolatesRightToLeftCellsOnATerminal) {
  Table table({{"PLACE"}, {"MARK"}});
  table.AddRow({"ألماتي", "@"});
  Style style;
  EXPECT_EQ(table.Render(style).find("\u2068"), std::string::npos);
  style.isolate = true;
  EXPECT_NE(table.Render(style).find("\u2068ألماتي\u2069"), std::string::npos);
}

TEST(TableTest, CutsOnlyFlexibleColumnsAndOnlyOnATerminal) {
  Table table({{"ID"}, {"HEADLINE", false, true}, {"FLAGS"}});
  table.AddRow({"3fa9c1d2", std::string(200, 'x'), "WITHDRAWN"});
  Style style;
  EXPECT_NE(table.Render(style).find(std::string(200, 'x')), std::string::npos);
  style.columns = 60;
  const std::string cut = table.Render(style);
  EXPECT_EQ(cut.find(std::string(200, 'x')), std::string::npos);
  EXPECT_NE(cut.find("3fa9c1d2"), std::string::npos);
  EXPECT_NE(cut.find("WITHDRAWN"), std::string::npos);
}

TEST(TableTest, StrikesWithdrawnRowsOnlyWithColour) {
  Table table({{"VALUE"}});
  table.AddRow({"164 ✗ RETRACTED"}, /*withdrawn=*/true);
  EXPECT_EQ(table.Render({}).find('\x1b'), std::string::npos);
  Style style;
  style.colour = true;
  EXPECT_NE(table.Render(style).find("\x1b[9m164"), std::string::npos);
}

TEST(TableTest, PrintsNothingForNoRows) {
  EXPECT_EQ(Table({{"ID"}}).Render({}), "");
}

}  // namespace
}  // namespace dateline::cli
