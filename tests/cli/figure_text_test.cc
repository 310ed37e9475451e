#include "client-core/cli/figure_text.h"

#include "client-core/cli/failure.h"
#include "client-core/cli/times.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace dateline::cli {
namespace {

TEST(FigureTextTest, ReadsCountedPlacePeriodAndValue) {
  ASSERT_OK_AND_ASSIGN(const v1::Figure figure,
                       ParseFigure("killed | Almaty | until Sunday | 103"));
  EXPECT_EQ(figure.counted(), "killed");
  EXPECT_EQ(figure.place(), "Almaty");
  EXPECT_EQ(figure.period(), "until Sunday");
  EXPECT_EQ(figure.low(), 103);
  EXPECT_EQ(figure.best(), 103);
  EXPECT_EQ(figure.high(), 103);
  EXPECT_FALSE(figure.at_least());
  EXPECT_FALSE(figure.has_part_of());
}

TEST(FigureTextTest, ReadsFloorsRangesAndBestValues) {
  ASSERT_OK_AND_ASSIGN(const v1::Figure floor,
                       ParseFigure("killed | | | >=164"));
  EXPECT_TRUE(floor.at_least());
  EXPECT_EQ(FigureValue(floor), "at least 164");
  ASSERT_OK_AND_ASSIGN(const v1::Figure range,
                       ParseFigure("injured | | | 1,000..2,500~2,000"));
  EXPECT_EQ(range.low(), 1000);
  EXPECT_EQ(range.best(), 2000);
  EXPECT_EQ(range.high(), 2500);
  EXPECT_EQ(FigureValue(range), "1000 to 2500, best 2000");
}

TEST(FigureTextTest, ReadsMoreByName) {
  ASSERT_OK_AND_ASSIGN(
      const auto figures,
      ParseFigures({"killed | whole country | | >=164",
                    "killed | Almaty | | 103 | part-of=1 | as-of=Sunday",
                    "counted=troops | value=2500 | unit=soldiers"}));
  ASSERT_EQ(figures.size(), 3u);
  EXPECT_FALSE(figures[0].has_part_of());
  EXPECT_TRUE(figures[1].part_of().change().empty());
  EXPECT_EQ(figures[1].part_of().op(), 0u);
  EXPECT_EQ(figures[1].as_of(), "Sunday");
  EXPECT_EQ(FigurePhrase(figures[2]), "troops: 2500 soldiers");
}

TEST(FigureTextTest, SaysWhatIsWrongWithEachPart) {
  const struct {
    const char* spec;
    const char* words;
  } kBad[] = {
      {"killed | Almaty", "says not how many"},
      {" | Almaty | | 103", "says not what is counted"},
      {"killed | | | many", "is no count"},
      {"killed | | | 120..100", "runs backwards"},
      {"killed | | | 100..120~90", "outside its range"},
      {"killed | | | 5 | 6", "more only by name"},
      {"killed | | | 5 | colour=red", "has no \"colour\""},
      {"killed | | | 5 | part-of=0", "from 1"},
      {"killed | | | 99999999999999999999", "is no count"},
  };
  for (const auto& bad : kBad) {
    const auto figure = ParseFigure(bad.spec);
    ASSERT_FALSE(figure.ok()) << bad.spec;
    EXPECT_EQ(ExitCodeOf(figure.status()), kUsage);
    EXPECT_NE(figure.status().message().find(bad.words),
              absl::string_view::npos)
        << figure.status();
  }
}

TEST(FigureTextTest, NoFigureIsPartOfItselfOrOfNone) {
  EXPECT_FALSE(ParseFigures({"killed | | | 5 | part-of=1"}).ok());
  EXPECT_FALSE(ParseFigures({"killed | | | 5 | part-of=2"}).ok());
}

TEST(TimesTest, ATimeNeedsAZone) {
  ASSERT_OK_AND_ASSIGN(const absl::Time time,
                       ParseTime("2022-01-09T12:00+06:00"));
  EXPECT_EQ(JsonTime(absl::ToUnixMillis(time)), "2022-01-09T06:00:00Z");
  EXPECT_OK(ParseTime("2022-01-09 12:00:30Z"));
  EXPECT_FALSE(ParseTime("2022-01-09T12:00").ok());
  EXPECT_FALSE(ParseTime("Sunday").ok());
}

}  // namespace
}  // namespace dateline::cli
