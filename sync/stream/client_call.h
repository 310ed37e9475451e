// The gRPC half of one client session: callbacks only queue events, which one
// thread takes; that thread alone reads and writes.
#ifndef DATELINE_SYNC_STREAM_CLIENT_CALL_H_
#define DATELINE_SYNC_STREAM_CLIENT_CALL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "dateline/v1/session.pb.h"
#include "sync/base/mutex.h"

namespace dateline::sync {

// A channel to `address` that trusts `ca_pem` alone. Connects when first used.
std::shared_ptr<grpc::Channel> Dial(const std::string& address,
                                    const std::string& ca_pem);

class ClientCall
    : private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  struct Message {
    std::string bytes;
  };
  struct Written {};
  struct Ended {};  // nothing more comes; Close says why
  struct News {};   // queued by Wake
  using Event = std::variant<Message, Written, Ended, News>;

  // Opens the stream. `deadline` is by SteadyNow.
  ClientCall(const std::shared_ptr<grpc::Channel>& channel,
             absl::Time deadline);
  // Closes it and says how the call ended: as the server did if `gently`, no
  // later than kGoodbye, else at once. Then only the destructor may be called.
  absl::Status Close(bool gently);

  // The next event, or nothing after `patience`. A Message stops reading until
  // Read is called.
  std::optional<Event> Next(absl::Duration patience);
  void Read();
  // Queues a message; the size of its bytes. Each gives one Written.
  size_t Write(const v1::ClientMessage& message);

  // From any thread.
  void Cancel() { context_.TryCancel(); }
  void Wake() { Queue(News{}); }

 private:
  void Queue(Event event);
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  bool reading_ = false;
  bool read_all_ = false;
  std::deque<grpc::ByteBuffer> outgoing_;  // the first is being written
  Mutex mu_;
  CondVar arrived_;
  std::optional<absl::Status> done_ ABSL_GUARDED_BY(mu_);
  // At most one Message, one Written and one Ended; News are folded.
  std::deque<Event> events_ ABSL_GUARDED_BY(mu_);
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_CLIENT_CALL_H_
