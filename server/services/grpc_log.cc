#include "server/services/grpc_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sync/base/mutex.h"

namespace dateline::server {
namespace {

// Neither library hands its function a pointer of ours, and both may call from
// threads that outlive the log: hence a static, behind a lock.
struct Target {
  sync::Mutex mu;
  Log* log ABSL_GUARDED_BY(mu) = nullptr;
};
Target& TheTarget() {
  static Target& target = *new Target;
  return target;
}

void Write(Severity severity, const char* operation, absl::string_view file,
           int line) {
  const size_t slash = file.rfind('/');
  if (slash != absl::string_view::npos) file.remove_prefix(slash + 1);
  const sync::MutexLock lock(&TheTarget().mu);
  LogNote(TheTarget().log, severity, operation, absl::StrCat(file, ":", line));
}

// Of gRPC: what a peer did to a connection, mostly.
void OfGrpc(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
  Write(Severity::kInfo, "grpc", args->file, args->line);
}

// Of protobuf: a message that we write or read in a wrong way.
void OfProtobuf(google::protobuf::LogLevel level, const char* file, int line,
                const std::string&) {
  if (level < google::protobuf::LOGLEVEL_ERROR) return;
  Write(Severity::kError, "protobuf", file, line);
}

}  // namespace

LibraryLog::LibraryLog(Log* log) {
  {
    const sync::MutexLock lock(&TheTarget().mu);
    TheTarget().log = log;
  }
  gpr_set_log_function(OfGrpc);
  google::protobuf::SetLogHandler(OfProtobuf);
}

LibraryLog::~LibraryLog() {
  const sync::MutexLock lock(&TheTarget().mu);
  TheTarget().log = nullptr;
}

}  // namespace dateline::server
