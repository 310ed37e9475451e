// Tables for people: columns aligned by what a terminal shows. The header is
// printed once; an empty table prints nothing. Thread-compatible.
#ifndef DATELINE_CLIENT_CORE_CLI_TABLE_H_
#define DATELINE_CLIENT_CORE_CLI_TABLE_H_

#include <string>
#include <vector>

#include "client-core/cli/style.h"

namespace dateline::cli {

struct Column {
  std::string header;
  bool right = false;     // numbers stand right
  bool flexible = false;  // cut first where a terminal is too narrow
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column. `withdrawn` rows are struck through where the style
  // allows; their words and signs are the caller's.
  void AddRow(std::vector<std::string> cells, bool withdrawn = false);
  size_t size() const { return rows_.size(); }

  // Ends with a line break. Cells are made Printable; none is cut unless
  // style.columns says how wide the terminal is.
  std::string Render(const Style& style) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool withdrawn;
  };

  std::vector<int> Widths(const Style& style) const;
  std::string Line(const std::vector<std::string>& cells,
                   const std::vector<int>& widths, const Style& style) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_TABLE_H_
