#include "client-core/cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client-core/cli/width.h"
#include "sync/base/check.h"

namespace dateline::cli {
namespace {

constexpr int kGap = 2;           // cells between columns
constexpr int kFlexibleMin = 12;  // a cut title still says something
constexpr absl::string_view kIsolate = "\u2068";
constexpr absl::string_view kEndIsolate = "\u2069";

}  // namespace

void Table::AddRow(std::vector<std::string> cells, bool withdrawn) {
  DATELINE_CHECK(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back({std::move(cells), withdrawn});
}

std::vector<int> Table::Widths(const Style& style) const {
  std::vector<int> widths;
  for (const Column& column : columns_) {
    widths.push_back(DisplayWidth(column.header));
  }
  for (const Row& row : rows_) {
    for (size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row.cells[i]));
    }
  }
  if (style.columns == 0) return widths;
  int total = kGap * (static_cast<int>(widths.size()) - 1);
  for (const int width : widths) total += width;
  for (size_t i = widths.size(); i-- > 0 && total > style.columns;) {
    if (!columns_[i].flexible) continue;
    const int cut =
        std::min(total - style.columns, std::max(0, widths[i] - kFlexibleMin));
    widths[i] -= cut;
    total -= cut;
  }
  return widths;
}

std::string Table::Line(const std::vector<std::string>& cells,
                        const std::vector<int>& widths,
                        const Style& style) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = Elide(cells[i], widths[i]);
    const std::string space(widths[i] - DisplayWidth(cell), ' ');
    const bool isolated = style.isolate && RunsRightToLeft(cell);
    if (columns_[i].right) line += space;
    absl::StrAppend(&line, isolated ? kIsolate : "", cell,
                    isolated ? kEndIsolate : "");
    if (i + 1 == cells.size()) break;
    if (!columns_[i].right) line += space;
    line.append(kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string Table::Render(const Style& style) const {
  if (rows_.empty()) return "";
  const std::vector<int> widths = Widths(style);
  std::vector<std::string> headers;
  for (const Column& column : columns_) headers.push_back(column.header);
  std::string out = absl::StrCat(style.Dim(Line(headers, widths, style)), "\n");
  for (const Row& row : rows_) {
    const std::string line = Line(row.cells, widths, style);
    absl::StrAppend(&out, row.withdrawn ? style.Struck(line) : line, "\n");
  }
  return out;
}

}  // namespace dateline::cli
