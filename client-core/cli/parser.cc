#include "client-core/cli/parser.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client-core/cli/failure.h"

namespace dateline::cli {
namespace {

constexpr char kAbout[] =
    "Dateline: reports that survive the network going down.\n"
    "What you write is safe on this device when a command returns; `dateline "
    "sync` brings it to the desk when a link opens.";
constexpr char kRootFooter[] =
    "Everywhere: ids may be cut to any prefix that is unique; ID#2 is the "
    "second figure of statement ID; times carry a zone "
    "(2022-01-09T12:00+06:00); `-` reads standard input.\n"
    "Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 denied, "
    "5 unreachable (a retry may help), 6 conflict or partial, 7 integrity.\n\n"
    "Examples:\n"
    "  dateline init dl1.CgkxMjcuMC4wLjE...\n"
    "  dateline report new --headline \"Airport closed\" --text story.txt\n"
    "  dateline sync --watch";

std::string Footer(const char* examples) {
  std::string footer = "Examples:";
  for (const absl::string_view line : absl::StrSplit(examples, '\n')) {
    absl::StrAppend(&footer, "\n  ", line);
  }
  return absl::StrCat(footer,
                      "\n\nEverywhere: --home DIR, --json (see dateline "
                      "--help).");
}

void Collect(const CLI::App* app, std::vector<std::string> words,
             std::vector<std::vector<std::string>>* out) {
  for (const CLI::App* child :
       app->get_subcommands([](const CLI::App*) { return true; })) {
    std::vector<std::string> all = words;
    all.push_back(child->get_name());
    out->push_back(all);
    Collect(child, all, out);
  }
}

}  // namespace

void Arguments::Required(const char* name, std::string* value,
                         const char* help) {
  app_->add_option(name, *value, help)->required();
}

void Arguments::Optional(const char* name, std::string* value,
                         const char* help) {
  app_->add_option(name, *value, help);
}

void Arguments::Rest(const char* name, std::vector<std::string>* values,
                     const char* help) {
  app_->add_option(name, *values, help);
}

void Arguments::Option(const char* flag, std::string* value, const char* help) {
  app_->add_option(flag, *value, help);
}

void Arguments::Option(const char* flag, std::optional<std::string>* value,
                       const char* help) {
  app_->add_option_function<std::string>(
      flag, [value](const std::string& text) { *value = text; }, help);
}

void Arguments::Option(const char* flag, std::optional<int>* value,
                       const char* help) {
  app_->add_option_function<int>(
      flag, [value](const int& number) { *value = number; }, help);
}

void Arguments::Repeated(const char* flag, std::vector<std::string>* values,
                         const char* help) {
  app_->add_option(flag, *values, help)->allow_extra_args(false);
}

void Arguments::Flag(const char* flag, bool* value, const char* help) {
  app_->add_flag(flag, *value, help);
}

CommandTree::CommandTree()
    : app_(std::make_unique<CLI::App>(kAbout, "dateline")) {
  app_->set_help_flag("-h,--help", "Print this help and exit");
  app_->set_version_flag("--version", "dateline 0.1.0");
  app_->option_defaults()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  app_->add_option("--home", globals_.home,
                   "Folder of this device's store (default: $DATELINE_HOME, "
                   "else ~/.local/share/dateline)");
  app_->add_option("--via", globals_.via,
                   "HOST:PORT to dial in the server's place, for tunnels; the "
                   "server's certificate is still the pinned one");
  app_->add_flag("--json", globals_.json, "Print JSON, for programs");
  app_->add_flag("--verbose", globals_.verbose,
                 "Log on stderr what happens below; never what was written");
  app_->require_subcommand(1);
  app_->footer(kRootFooter);
}

CommandTree::~CommandTree() = default;

CommandTree::Group CommandTree::root() { return Group(this, app_.get()); }

CommandTree::Group CommandTree::Group::AddGroup(const char* name,
                                                const char* help) {
  CLI::App* const group = app_->add_subcommand(name, help);
  group->fallthrough();
  group->require_subcommand(1);
  group->footer(absl::StrCat("dateline ", name,
                             " COMMAND --help says more about one of them."));
  return Group(tree_, group);
}

CLI::App* CommandTree::Group::AddCommand(const char* name, const char* help,
                                         const char* examples,
                                         RunFunction run) {
  CLI::App* const command = app_->add_subcommand(name, help);
  command->fallthrough();
  command->footer(Footer(examples));
  command->callback(
      [tree = tree_, run = std::move(run)] { tree->chosen_ = run; });
  return command;
}

absl::StatusOr<RunFunction> CommandTree::Parse(
    const std::vector<std::string>& line, Globals* globals, std::string* help) {
  std::vector<std::string> reversed(line.rbegin(), line.rend());
  try {  // CLI11 speaks in exceptions; they end here
    app_->parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    *help = app_->help();
  } catch (const CLI::CallForAllHelp&) {
    *help = app_->help("", CLI::AppFormatMode::All);
  } catch (const CLI::CallForVersion& version) {
    *help = absl::StrCat(version.what(), "\n");
  } catch (const CLI::ParseError& error) {
    *globals = globals_;
    return UsageError(error.what());
  }
  *globals = globals_;
  return chosen_;
}

std::vector<std::vector<std::string>> CommandTree::AllCommands() const {
  std::vector<std::vector<std::string>> out;
  Collect(app_.get(), {}, &out);
  return out;
}

}  // namespace dateline::cli
