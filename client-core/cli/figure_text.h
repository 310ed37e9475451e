// Figures as people type and read them (help of `statement add`):
//   killed | Almaty | until 9 January | 103 | part-of=1
//   counted, place, period, value, in this order; more by name.
// Values: 103, 2,500, >=164 (at least), 100..120, 100..120~110 (best of a
// range). Pure.
#ifndef DATELINE_CLIENT_CORE_CLI_FIGURE_TEXT_H_
#define DATELINE_CLIENT_CORE_CLI_FIGURE_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dateline/v1/change.pb.h"

namespace dateline::cli {

// A usage error says what is wrong with which part. `part-of=N` names the Nth
// --figure of the same command, from 1: part_of {no change, op N - 1}.
absl::StatusOr<v1::Figure> ParseFigure(absl::string_view spec);
// All --figure options of one command; part-of must name one of them.
absl::StatusOr<std::vector<v1::Figure>> ParseFigures(
    const std::vector<std::string>& specs);

// "at least 164", "100 to 120", "103 bodies".
std::string FigureValue(const v1::Figure& figure);
// "killed, Almaty: 103".
std::string FigurePhrase(const v1::Figure& figure);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_FIGURE_TEXT_H_
