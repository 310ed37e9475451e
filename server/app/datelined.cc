// datelined: the server of a newsroom. One process owns one data directory.
#include <pthread.h>
#include <sodium.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/app/admin_client.h"
#include "server/app/core.h"
#include "server/app/failure.h"
#include "server/app/log_file.h"
#include "server/log/log.h"
#include "server/services/grpc_log.h"
#include "server/services/server.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/host/os_clock.h"
#include "sync/host/os_random.h"

namespace dateline::server {
namespace {

using nlohmann::ordered_json;

struct Arguments {
  std::string data;
  bool json = false;
  ServerOptions serve;
  std::string role, assignment, name, person;
  std::string expires = "168h";
  std::string backup, change, who;
  std::string enrol_address;
  std::string log = "-";
  bool verbose = false;
};

// Everything that main makes for the others.
struct Machine {
  host::OsClock clock;
  host::OsRandom random;
  std::unique_ptr<Log> log;
};

std::string FullPath(const std::string& path) {
  std::error_code ignored;  // a path that is none fails where it is opened
  return std::filesystem::absolute(path, ignored).lexically_normal().string();
}

DataDirectory DataOf(const Arguments& arguments, Machine& machine) {
  return {.path = FullPath(arguments.data),
          .enrol_address = arguments.enrol_address,
          .clock = &machine.clock,
          .random = &machine.random,
          .log = machine.log.get()};
}

void Print(const ordered_json& json) {
  std::printf("%s\n", json.dump(2).c_str());
}

// Blocks the signals that ask to end, for this thread and all made later.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

absl::Status Serve(const Arguments& arguments, Machine& machine) {
  const sigset_t signals = BlockEndSignals();
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<Core> core,
                            Core::Open({.directory = FullPath(arguments.data),
                                        .create = true,
                                        .clock = &machine.clock,
                                        .random = &machine.random,
                                        .log = machine.log.get()}));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<Server> server,
                            Server::Start(core.get(), arguments.serve));
  machine.log->Note(Severity::kInfo, "serve",
                    absl::StrCat("listens on ", server->sync_address()));
  int signal = 0;
  sigwait(&signals, &signal);
  machine.log->Note(Severity::kInfo, "serve", "ends");
  server->Drain();
  return absl::OkStatus();
}

absl::StatusOr<v1::Role> RoleNamed(const std::string& name) {
  static const auto& roles = *new std::map<std::string, v1::Role>{
      {"stringer", v1::ROLE_STRINGER}, {"reporter", v1::ROLE_REPORTER},
      {"editor", v1::ROLE_EDITOR},     {"custodian", v1::ROLE_CUSTODIAN},
      {"admin", v1::ROLE_ADMIN},       {"auditor", v1::ROLE_AUDITOR}};
  if (const auto role = roles.find(name); role != roles.end()) {
    return role->second;
  }
  return sync::MakeError(
      v1::BAD_REQUEST, "this is not a role",
      {.field = "role",
       .limit = "stringer, reporter, editor, custodian, admin, auditor",
       .got = name});
}

absl::Status Invite(const Arguments& arguments, Machine& machine) {
  v1::InviteRequest request;
  DATELINE_ASSIGN_OR_RETURN(const v1::Role role, RoleNamed(arguments.role));
  request.set_role(role);
  request.set_assignment(arguments.assignment);
  request.set_name(arguments.name);
  request.set_person(absl::HexStringToBytes(arguments.person));
  absl::Duration valid;
  if (!absl::ParseDuration(arguments.expires, &valid) ||
      valid < absl::Seconds(1)) {
    return sync::MakeError(v1::BAD_REQUEST, "this is not a length of time",
                           {.field = "expires",
                            .limit = "like 90m or 48h",
                            .got = arguments.expires});
  }
  request.set_valid_seconds(absl::ToInt64Seconds(valid));
  DATELINE_ASSIGN_OR_RETURN(
      const v1::InviteResponse response,
      server::Invite(DataOf(arguments, machine), request));
  if (!arguments.json) {
    std::printf("%s\n", response.code().c_str());
    return absl::OkStatus();
  }
  const absl::Time expires = absl::FromUnixMillis(response.expires_ms());
  Print({{"code", response.code()},
         {"expires", absl::FormatTime(expires, absl::UTCTimeZone())},
         {"assignment", absl::BytesToHexString(response.assignment())}});
  return absl::OkStatus();
}

absl::Status Backup(const Arguments& arguments, Machine& machine) {
  v1::BackupRequest request;
  request.set_directory(FullPath(arguments.backup));
  DATELINE_ASSIGN_OR_RETURN(
      const v1::BackupResponse response,
      server::Backup(DataOf(arguments, machine), request));
  if (arguments.json) {
    Print(
        {{"directory", request.directory()}, {"changes", response.changes()}});
  }
  return absl::OkStatus();
}

absl::Status RestoreFrom(const Arguments& arguments, Machine& machine) {
  DATELINE_RETURN_IF_ERROR(Restore(FullPath(arguments.backup),
                                   {.directory = FullPath(arguments.data),
                                    .clock = &machine.clock,
                                    .random = &machine.random}));
  std::fprintf(stderr,
               "Phones bring back what came after the backup when they next "
               "sync, members and roles too.\nCodes that were not used yet "
               "are void: datelined invite\n");
  return absl::OkStatus();
}

ordered_json ToJson(const v1::ServerStatus& status) {
  ordered_json assignments = ordered_json::array();
  for (const v1::AssignmentStatus& one : status.assignments()) {
    assignments.push_back({{"id", absl::BytesToHexString(one.id())},
                           {"slugline", one.slugline()},
                           {"documents", one.documents()},
                           {"viewDigest", one.view_digest_hex()}});
  }
  return {{"sync", status.sync_address()},
          {"enrol", status.enrol_address()},
          {"server", absl::BytesToHexString(status.server())},
          {"epoch", absl::BytesToHexString(status.epoch())},
          {"rosterVersion", status.roster_version()},
          {"changes", status.changes()},
          {"held", status.held()},
          {"forks", status.forks()},
          {"documents", status.documents()},
          {"viewBehind", status.view_behind()},
          {"sessions", status.sessions()},
          {"assignments", assignments}};
}

absl::Status ShowStatus(const Arguments& arguments, Machine& machine) {
  DATELINE_ASSIGN_OR_RETURN(const v1::ServerStatus status,
                            GetStatus(DataOf(arguments, machine)));
  if (arguments.json) {
    Print(ToJson(status));
    return absl::OkStatus();
  }
  const bool runs = !status.sync_address().empty();
  std::printf("server     %s\n",
              runs ? absl::StrCat("listens on ", status.sync_address(),
                                  ", devices join on ", status.enrol_address())
                         .c_str()
                   : "is not running");
  std::printf("sessions   %u\n", status.sessions());
  std::printf("changes    %lu (%lu held, %lu forks)\n", status.changes(),
              status.held(), status.forks());
  std::printf("documents  %lu (the view is %lu changes behind)\n",
              status.documents(), status.view_behind());
  for (const v1::AssignmentStatus& one : status.assignments()) {
    std::printf("  %-20s %6lu documents  view %.16s\n", one.slugline().c_str(),
                one.documents(), one.view_digest_hex().c_str());
  }
  return absl::OkStatus();
}

absl::Status Rebuild(const Arguments& arguments, Machine& machine) {
  DATELINE_ASSIGN_OR_RETURN(const v1::RebuildViewResponse response,
                            RebuildView(DataOf(arguments, machine)));
  if (arguments.json) Print({{"documents", response.documents()}});
  return absl::OkStatus();
}

ordered_json ToJson(const v1::HeldRow& row) {
  return {{"change", absl::BytesToHexString(row.change())},
          {"why", absl::AsciiStrToLower(v1::HeldReason_Name(row.why()).substr(
                      sizeof("HELD_REASON_") - 1))},
          {"document", absl::BytesToHexString(row.document())},
          {"assignment", absl::BytesToHexString(row.assignment())},
          {"person", row.person()},
          {"device", row.device()},
          {"deviceSaid", absl::FormatTime(absl::FromUnixMillis(row.wall_ms()),
                                          absl::UTCTimeZone())}};
}

absl::Status ShowHeld(const Arguments& arguments, Machine& machine) {
  DATELINE_ASSIGN_OR_RETURN(const v1::ListHeldResponse response,
                            ListHeld(DataOf(arguments, machine)));
  ordered_json rows = ordered_json::array();
  for (const v1::HeldRow& row : response.rows()) rows.push_back(ToJson(row));
  if (arguments.json) {
    Print(rows);
    return absl::OkStatus();
  }
  for (const ordered_json& row : rows) {
    std::printf("%.12s  %-13s document %.8s  %s, %s, device said %s\n",
                row["change"].get<std::string>().c_str(),
                row["why"].get<std::string>().c_str(),
                row["document"].get<std::string>().c_str(),
                row["person"].get<std::string>().c_str(),
                row["device"].get<std::string>().c_str(),
                row["deviceSaid"].get<std::string>().c_str());
  }
  return absl::OkStatus();
}

absl::Status ReleaseHeld(const Arguments& arguments, Machine& machine) {
  v1::ReleaseRequest request;
  request.set_change_hex(arguments.change);
  DATELINE_ASSIGN_OR_RETURN(const v1::ReleaseResponse response,
                            Release(DataOf(arguments, machine), request));
  if (arguments.json) Print(ToJson(response.released()));
  return absl::OkStatus();
}

std::string RoleName(v1::Role role) {
  if (role == v1::ROLE_UNSPECIFIED) return "none";
  return absl::AsciiStrToLower(v1::Role_Name(role).substr(sizeof("ROLE_") - 1));
}

ordered_json ToJson(const v1::MemberRow& row) {
  ordered_json devices = ordered_json::array();
  for (const v1::Device& device : row.devices()) {
    devices.push_back(
        {{"id", absl::BytesToHexString(device.id())}, {"name", device.name()}});
  }
  return {{"person", absl::BytesToHexString(row.person())},
          {"name", row.name()},
          {"assignment", row.slugline()},
          {"role", RoleName(row.role())},
          {"devices", devices}};
}

absl::Status ShowMembers(const Arguments& arguments, Machine& machine) {
  DATELINE_ASSIGN_OR_RETURN(const v1::ListMembersResponse response,
                            ListMembers(DataOf(arguments, machine)));
  ordered_json rows = ordered_json::array();
  for (const v1::MemberRow& row : response.rows()) rows.push_back(ToJson(row));
  if (arguments.json) {
    Print(rows);
    return absl::OkStatus();
  }
  for (const v1::MemberRow& row : response.rows()) {
    std::printf("%.8s  %-10s %-20s %s, %d device%s\n",
                absl::BytesToHexString(row.person()).c_str(),
                RoleName(row.role()).c_str(), row.slugline().c_str(),
                row.name().c_str(), row.devices_size(),
                row.devices_size() == 1 ? "" : "s");
  }
  return absl::OkStatus();
}

absl::Status ChangeRole(const Arguments& arguments, Machine& machine) {
  v1::SetRoleRequest request;
  request.set_person(arguments.who);
  request.set_assignment(arguments.assignment);
  if (arguments.role != "none") {
    DATELINE_ASSIGN_OR_RETURN(const v1::Role role, RoleNamed(arguments.role));
    request.set_role(role);
  }
  DATELINE_ASSIGN_OR_RETURN(const v1::SetRoleResponse response,
                            SetRole(DataOf(arguments, machine), request));
  if (arguments.json) Print(ToJson(response.member()));
  return absl::OkStatus();
}

// --- the command line ---

using Command = std::function<absl::Status(const Arguments&, Machine&)>;

CLI::App* AddCommand(CLI::App& app, const char* name, const char* help,
                     const char* examples, Arguments& arguments) {
  CLI::App* const command = app.add_subcommand(name, help);
  command->footer(absl::StrCat("Examples:\n", examples));
  command->add_option("--data", arguments.data, "the server's data directory")
      ->required();
  return command;
}

void AddServe(CLI::App& app, Arguments& arguments) {
  CLI::App* const serve = AddCommand(
      app, "serve", "Serve devices until SIGTERM; the first run makes DIR",
      "  datelined serve --data /var/lib/dateline\n"
      "  datelined serve --data ./data --listen 0.0.0.0:7601 "
      "--public-host desk.example.org\n"
      "  datelined serve --data ./data --log ./datelined.log --verbose",
      arguments);
  serve->add_option("--listen", arguments.serve.listen,
                    "where devices sync and editors' tools ask; port 0: any");
  serve->add_option("--enrol-listen", arguments.serve.enrol_listen,
                    "where devices join; port 0: any");
  serve->add_option("--public-host", arguments.serve.public_host,
                    "the host that devices are told, if not that of --listen");
  serve->add_option("--log", arguments.log,
                    "a file to append the log to; - (the default): stderr");
  serve->add_flag("--verbose", arguments.verbose,
                  "log what peers do wrong too, and not our troubles alone");
}

void AddInvite(CLI::App& app, Arguments& arguments) {
  CLI::App* const invite = AddCommand(
      app, "invite", "Print a code that lets one device join, once",
      "  datelined invite --data DIR --role reporter --assignment almaty "
      "--name Aigerim\n"
      "  datelined invite --data DIR --role editor --assignment almaty "
      "--expires 2h --json",
      arguments);
  invite
      ->add_option("--role", arguments.role,
                   "stringer, reporter, editor, custodian, admin or auditor")
      ->required();
  invite
      ->add_option("--assignment", arguments.assignment,
                   "its slugline; made if it is new")
      ->required();
  invite->add_option("--name", arguments.name, "of the person");
  invite->add_option("--person", arguments.person,
                     "one more device of this person (24 hex digits)");
  invite->add_option("--expires", arguments.expires,
                     "how long the code is good, like 90m; a week by default");
  invite->add_option("--enrol-address", arguments.enrol_address,
                     "where devices will join, if no server runs now");
  invite->add_flag("--json", arguments.json, "for programs");
}

void AddCare(CLI::App& app, Arguments& arguments) {
  CLI::App* const backup = AddCommand(
      app, "backup", "Copy everything into a new folder while the server runs",
      "  datelined backup /backups/monday --data DIR", arguments);
  backup->add_option("TO", arguments.backup, "a folder that does not exist")
      ->required();
  backup->add_flag("--json", arguments.json, "for programs");
  CLI::App* const restore = AddCommand(
      app, "restore", "Bring a backup back; phones heal what it lacks",
      "  datelined restore /backups/monday --data DIR", arguments);
  restore->add_option("FROM", arguments.backup, "what `backup` made")
      ->required();
  CLI::App* const status = AddCommand(
      app, "status", "What the server holds and whether it runs",
      "  datelined status --data DIR\n  datelined status --data DIR --json",
      arguments);
  status->add_flag("--json", arguments.json, "for programs");
  CLI::App* const rebuild = AddCommand(
      app, "rebuild-view", "Build what people see again from the truth",
      "  datelined rebuild-view --data DIR", arguments);
  rebuild->add_flag("--json", arguments.json, "for programs");
}

void AddJudging(CLI::App& app, Arguments& arguments) {
  CLI::App* const held = AddCommand(
      app, "held", "What admission holds until a person judges it",
      "  datelined held --data DIR\n  datelined held --data DIR --json",
      arguments);
  held->add_flag("--json", arguments.json, "for programs");
  CLI::App* const release = AddCommand(
      app, "release", "Let a held change have its effect, on every device",
      "  datelined release 3f9a1c02b7d4 --data DIR", arguments);
  release
      ->add_option("CHANGE", arguments.change,
                   "its hash, or a beginning of it as `held` prints it")
      ->required();
  release->add_flag("--json", arguments.json, "for programs");
}

void AddMembers(CLI::App& app, Arguments& arguments) {
  CLI::App* const members = AddCommand(
      app, "members", "Who may do what, and with how many devices",
      "  datelined members --data DIR\n  datelined members --data DIR --json",
      arguments);
  members->add_flag("--json", arguments.json, "for programs");
  CLI::App* const role = AddCommand(
      app, "role", "Give a person another role in an assignment, or none",
      "  datelined role Aigerim --data DIR --assignment almaty --role editor\n"
      "  datelined role 3f9a1c02 --data DIR --assignment almaty --role none",
      arguments);
  role->add_option("PERSON", arguments.who,
                   "a name, or a beginning of the id that `members` prints")
      ->required();
  role->add_option("--assignment", arguments.assignment, "its slugline")
      ->required();
  role->add_option("--role", arguments.role,
                   "stringer, reporter, editor, custodian, admin, auditor; or "
                   "none, which ends the membership: devices keep what they "
                   "hold and get no more")
      ->required();
  role->add_flag("--json", arguments.json, "for programs");
}

absl::Status RunLogged(const Command& command, const Arguments& arguments) {
  Machine machine;
  DATELINE_ASSIGN_OR_RETURN(Log::Sink sink, OpenLogSink(arguments.log));
  machine.log = std::make_unique<Log>(Log::Options{
      .clock = &machine.clock,
      .least = arguments.verbose ? Severity::kInfo : Severity::kWarning,
      .sink = std::move(sink)});
  const LibraryLog libraries(machine.log.get());
  return command(arguments, machine);
}

int Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "datelined serves reporters' devices and the desk of a newsroom.",
      "datelined");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "the help of every command");
  AddServe(app, arguments);
  AddInvite(app, arguments);
  AddCare(app, arguments);
  AddJudging(app, arguments);
  AddMembers(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr,
                 "error: %s\nsaved: nothing was changed\n"
                 "next:  datelined --help\n",
                 error.what());
    return kUsage;
  }
  static const auto& commands = *new std::map<std::string, Command>{
      {"serve", Serve},         {"invite", Invite},
      {"backup", Backup},       {"restore", RestoreFrom},
      {"status", ShowStatus},   {"rebuild-view", Rebuild},
      {"held", ShowHeld},       {"release", ReleaseHeld},
      {"members", ShowMembers}, {"role", ChangeRole}};
  const Command& command =
      commands.at(app.get_subcommands().front()->get_name());
  const absl::Status status = RunLogged(command, arguments);
  if (!status.ok()) std::fputs(FailureText(status).c_str(), stderr);
  return ExitCodeOf(status);
}

}  // namespace
}  // namespace dateline::server

int main(int argc, char** argv) {
  // What the server writes is its own; its directory is private besides.
  umask(S_IRWXG | S_IRWXO);
  // A limit of file sizes is a full disk like any other, and no reason to end.
  std::signal(SIGXFSZ, SIG_IGN);
  if (sodium_init() < 0) return dateline::server::kFailed;
  return dateline::server::Run(argc, argv);
}
