#include "client-core/engine/client_impl.h"
#include "sync/base/errors.h"

namespace dateline::client {

absl::StatusOr<SyncReport> ClientImpl::SyncOnce(const SyncOptions& options) {
  return sync::MakeError(v1::UNAVAILABLE_NOW, "syncing has not landed yet");
}
absl::Status ClientImpl::StartLoop() {
  return sync::MakeError(v1::UNAVAILABLE_NOW, "syncing has not landed yet");
}
void ClientImpl::StopLoop() {}
void ClientImpl::SetHints(const LinkHints& hints) {}
absl::StatusOr<SyncReport> ClientImpl::LastSync() {
  return sync::MakeError(v1::NOT_FOUND, "this device has not synced yet");
}

}  // namespace dateline::client
