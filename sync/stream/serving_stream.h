// One stream of the serving end: gRPC's callbacks, commits and notices queue
// events; the events of one stream run one at a time on the service's threads.
#ifndef DATELINE_SYNC_STREAM_SERVING_STREAM_H_
#define DATELINE_SYNC_STREAM_SERVING_STREAM_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sync/base/mutex.h"
#include "sync/stream/server_host.h"
#include "sync/stream/work_threads.h"

namespace dateline::sync {

class ServingStream
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public std::enable_shared_from_this<ServingStream> {
 public:
  // What the service does with a stream.
  struct Registry {
    // The counter of this stream's device is committed: ends older streams.
    // On the writer's thread, in the order of the commits.
    std::function<void(ServingStream*, const DeviceId&)> admitted;
    // gRPC is through with the stream; forgets it.
    std::function<void(ServingStream*)> gone;
  };
  // Borrows *context, *host and *threads.
  ServingStream(grpc::CallbackServerContext* context, ServerHost* host,
                WorkThreads* threads, Registry registry);

  // Begins to read. The caller keeps a reference until `gone`.
  void Start();
  // From any thread; each comes in its turn.
  void Notify();  // new positions or a new roster
  void Tick();
  void Fence();
  void Drain();

 private:
  using Event = std::function<void()>;

  // --- any thread ---
  void Post(Event event);
  void RunEvents();
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // --- in its turn ---
  void Do(ServerActions actions);
  void Carry(const SendMessage<v1::ServerMessage>& send);
  void Carry(const HealRoster& heal);
  void Carry(const CommitCounter& commit);
  void Carry(StorePushed& store);
  void Carry(const CommitNow&) { host_->CommitNow(); }
  void Carry(const CloseSession& close);
  void Message(const std::string& bytes);
  void MaybeRead();
  void MaybeWrite();
  void MaybeFinish();

  grpc::CallbackServerContext* const context_;  // not owned
  ServerHost* const host_;                      // not owned
  WorkThreads* const threads_;                  // not owned
  const Registry registry_;
  const std::unique_ptr<ServingLog> log_;
  ServerSession session_;

  grpc::ByteBuffer incoming_;
  bool reading_ = false;
  bool no_more_to_read_ = false;
  std::deque<grpc::ByteBuffer> outgoing_;
  bool writing_ = false;
  bool link_lost_ = false;
  bool finished_ = false;
  std::optional<absl::Status> closing_;
  absl::Time closing_since_;

  Mutex mu_;
  // Callbacks, at most kStoresPendingMax commits; notices and ticks folded.
  std::deque<Event> events_ ABSL_GUARDED_BY(mu_);
  bool scheduled_ ABSL_GUARDED_BY(mu_) = false;
  bool notified_ ABSL_GUARDED_BY(mu_) = false;
  bool ticked_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_SERVING_STREAM_H_
