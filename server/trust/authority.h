// The server's own identity, made at its first run: a private certificate
// authority, the server's TLS key under it, and home's signing key.
#ifndef DATELINE_SERVER_TRUST_AUTHORITY_H_
#define DATELINE_SERVER_TRUST_AUTHORITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "dateline/v1/admin.pb.h"
#include "sync/base/ids.h"
#include "sync/base/random.h"
#include "sync/base/signature.h"

namespace dateline::server {

// Every certificate names this host, wherever the server stands: devices ask
// for it, and their trust is the pinned authority, not a name or a date.
constexpr char kTlsName[] = "dateline";

// ECDSA P-256, valid from 1970 to 9999 (no clock is trusted). INTERNAL_ERROR
// where OpenSSL fails.
absl::StatusOr<v1::ServerIdentity> MakeIdentity(sync::Random& random);

// What the rest of the server uses of it.
struct Identity {
  sync::OrganizationId organization;
  sync::DeviceId server;  // home's device
  sync::SigningKey home_key;
  std::string ca_pem, tls_pem, tls_key_pem;
};
// STORAGE_DAMAGED where a part is missing or has the wrong size.
absl::StatusOr<Identity> ReadIdentity(const v1::ServerIdentity& stored);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_TRUST_AUTHORITY_H_
