// A report and its versions as text for people.
#ifndef DATELINE_CLIENT_CORE_CLI_REPORT_TEXT_H_
#define DATELINE_CLIENT_CORE_CLI_REPORT_TEXT_H_

#include <string>
#include <vector>

#include "client-core/cli/invocation.h"

namespace dateline::cli {

// One page: status, what stops it, withdrawn figures first, fields with all
// values of a conflict, the body with its open spans.
std::string ReportText(const client::View& view, Invocation& invocation);

// A line for every change that admission holds: whose, which and why.
std::string HeldText(const v1::Document& document, Invocation& invocation);

// [-removed-] and {+added+}, coloured where the style allows.
std::string DiffText(const std::vector<v1::FieldDiff>& fields,
                     const Style& style);

// "12 bodies" for text, "Almaty" for a place, "at least 164" for a figure.
std::string ValueText(const v1::Value& value);

// "✗ RETRACTED killed, Almaty: 103 (Health Ministry): posted in error".
std::string WithdrawalText(const v1::WithdrawalView& withdrawal,
                           const Style& style);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_REPORT_TEXT_H_
