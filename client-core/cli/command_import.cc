// import: brings in a corpus as reports, in batches, and never twice.
#include <ostream>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/corpus.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/program.h"
#include "client-core/cli/words.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

// One transaction: half a second on a slow phone, and what Ctrl-C waits for.
constexpr size_t kBatchReports = 200;

struct ImportArgs {
  std::string file;
  std::string assignment;
  std::string map;
  std::string name;
};

// One import on its way.
class Import {
 public:
  Import(Invocation& invocation, client::Client* client,
         const client::AssignmentId& assignment, const std::string& file)
      : invocation_(invocation),
        client_(client),
        assignment_(assignment),
        file_(file) {}

  // Learns what is here already.
  absl::Status Begin() {
    client::Query query;
    query.assignment = assignment_;
    query.limit = 0;
    DATELINE_ASSIGN_OR_RETURN(const auto rows, client_->List(query));
    for (const client::Row& row : rows) {
      if (!row.external_id.empty()) known_.insert(row.external_id);
    }
    return absl::OkStatus();
  }

  absl::Status Add(client::ReportEdit edit, uint64_t line) {
    ++read_;
    if (!known_.insert(*edit.external_id).second) return absl::OkStatus();
    batch_.push_back(std::move(edit));
    lines_.push_back(line);
    return batch_.size() < kBatchReports ? absl::OkStatus() : Flush();
  }

  // Keeps the batch. Where it is refused, keeps all up to the line that is at
  // fault, and names that.
  absl::Status Flush() {
    if (batch_.empty()) return absl::OkStatus();
    if (client_->CreateReports(assignment_, batch_).ok()) {
      added_ += batch_.size();
      Clear();
      return absl::OkStatus();
    }
    for (size_t i = 0; i < batch_.size(); ++i) {
      const absl::Status status =
          client_->CreateReport(assignment_, batch_[i]).status();
      if (!status.ok()) return AtLine(status, lines_[i]);
      ++added_;
    }
    Clear();
    return absl::OkStatus();
  }

  // The same error, which says where it is and what is kept.
  absl::Status AtLine(const absl::Status& status, uint64_t line) {
    invocation_.set_saved(absl::StrCat(
        Count(added_, "report"),
        " of this file are on this device; the same command goes on"));
    v1::Error error = sync::ErrorOf(status);
    const std::string where = absl::StrCat("line ", line, " of ", file_, ": ");
    error.set_sentence(absl::StrCat(where, error.sentence()));
    return sync::StatusOf(error);
  }

  void ShowProgress(double fraction) {
    if (!invocation_.terminal().err_is_terminal || invocation_.json()) return;
    constexpr int kCells = 30;
    const int full = static_cast<int>(fraction * kCells);
    *invocation_.terminal().err
        << absl::StreamFormat("\r[%s%s] %3d %%  %s", std::string(full, '#'),
                              std::string(kCells - full, '-'),
                              static_cast<int>(fraction * 100),
                              Count(added_, "report"))
        << std::flush;
    shown_ = true;
  }
  void EndProgress() {
    if (shown_) *invocation_.terminal().err << '\n' << std::flush;
  }

  Json Result(bool stopped) const {
    return {{"read", read_},
            {"added", added_},
            {"already", read_ - added_},
            {"stopped", stopped}};
  }
  std::string Text(bool stopped) const {
    return absl::StrCat("imported ", Count(added_, "report"), "; ",
                        read_ - added_, " were here already",
                        stopped ? "; stopped, the same command goes on" : "",
                        "\n");
  }

 private:
  void Clear() {
    batch_.clear();
    lines_.clear();
  }

  Invocation& invocation_;
  client::Client* const client_;  // not owned
  const client::AssignmentId assignment_;
  const std::string file_;
  absl::btree_set<std::string> known_;
  std::vector<client::ReportEdit> batch_;
  std::vector<uint64_t> lines_;
  uint64_t read_ = 0;
  uint64_t added_ = 0;
  bool shown_ = false;
};

// "data/newswire-6000.jsonl.zst" -> "newswire-6000".
std::string CorpusName(const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  return name.substr(0, name.find('.'));
}

absl::Status ReadAll(CorpusReader& reader, const FieldMap& map,
                     const std::string& corpus, Invocation& invocation,
                     Import& import) {
  while (!invocation.interrupted()) {
    DATELINE_ASSIGN_OR_RETURN(const std::optional<std::string> line,
                              reader.NextLine());
    if (!line) break;
    if (line->empty()) continue;
    auto edit = ParseCorpusLine(*line, map, corpus);
    if (!edit.ok()) {
      DATELINE_RETURN_IF_ERROR(import.Flush());
      return import.AtLine(edit.status(), reader.line_number());
    }
    DATELINE_RETURN_IF_ERROR(
        import.Add(*std::move(edit), reader.line_number()));
    if (reader.line_number() % kBatchReports == 0) {
      import.ShowProgress(reader.Fraction());
    }
  }
  return import.Flush();
}

absl::StatusOr<int> RunImport(const ImportArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const FieldMap map, ParseFieldMap(args.map));
  DATELINE_ASSIGN_OR_RETURN(const v1::Assignment assignment,
                            invocation.FindAssignment(args.assignment));
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<CorpusReader> reader,
                            CorpusReader::Open(args.file));
  Import import(invocation, client, IdOf(assignment), args.file);
  DATELINE_RETURN_IF_ERROR(import.Begin());
  const std::string corpus =
      args.name.empty() ? CorpusName(args.file) : args.name;
  const absl::Status status = ReadAll(*reader, map, corpus, invocation, import);
  import.EndProgress();
  DATELINE_RETURN_IF_ERROR(status);
  const bool stopped = invocation.interrupted();
  invocation.Print(import.Result(stopped), import.Text(stopped));
  return stopped ? kConflictOrPartial : kDone;
}

}  // namespace

void AddImportCommand(CommandTree::Group root) {
  root.Add<ImportArgs>(
      "import", "Bring in a corpus as reports; again, it adds nothing",
      "dateline import wire.jsonl.zst --assignment archive \\\n"
      "      --map headline=title,located=dateline,subjects=topics",
      [](Arguments& arguments, ImportArgs& args) {
        arguments.Required("FILE", &args.file,
                           ".jsonl or .jsonl.zst, one JSON object a line");
        arguments.Option("--assignment", &args.assignment,
                         "The story they belong to; needed if there are more");
        arguments.Option("--map", &args.map,
                         "FIELD=KEY,... where a key of the file is not named "
                         "as the field (externalId is taken from id)");
        arguments.Option("--name", &args.name,
                         "The corpus' name, part of every externalId "
                         "(default: the file's)");
      },
      RunImport);
}

}  // namespace dateline::cli
