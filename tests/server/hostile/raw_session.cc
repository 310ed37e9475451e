#include "tests/server/hostile/raw_session.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sync/base/check.h"
#include "sync/stream/raw_bytes.h"

namespace dateline::testing {
namespace {

constexpr absl::Duration kSessionTime = absl::Seconds(60);
constexpr char kMethod[] = "/dateline.v1.SyncService/Session";

}  // namespace

RawSession::RawSession(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(channel) {
  context_.set_deadline(absl::ToChronoTime(absl::Now() + kSessionTime));
  call_ = stub_.PrepareCall(&context_, kMethod, &queue_);
  call_->StartCall(this);
  Next();
}

RawSession::~RawSession() {
  if (!finished_) {
    context_.TryCancel();
    Finish();
  }
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

bool RawSession::Next() {
  void* tag = nullptr;
  bool ok = false;
  DATELINE_CHECK(queue_.Next(&tag, &ok));
  return ok;
}

bool RawSession::Write(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  call_->Write(grpc::ByteBuffer(&slice, 1), this);
  return Next();
}

void RawSession::WritesDone() {
  call_->WritesDone(this);
  Next();
}

std::optional<v1::ServerMessage> RawSession::Read() {
  grpc::ByteBuffer buffer;
  call_->Read(&buffer, this);
  if (!Next()) return std::nullopt;
  v1::ServerMessage message;
  DATELINE_CHECK(message.ParseFromString(sync::ToBytes(buffer)));
  return message;
}

Answer RawSession::Finish() {
  while (Read()) {
  }
  Answer answer;
  call_->Finish(&answer.status, this);
  Next();
  finished_ = true;
  const auto& trailer = context_.GetServerTrailingMetadata();
  if (const auto found = trailer.find(sync::kErrorMetadata);
      found != trailer.end()) {
    DATELINE_CHECK(answer.error.ParseFromArray(
        found->second.data(), static_cast<int>(found->second.size())));
  }
  return answer;
}

}  // namespace dateline::testing
