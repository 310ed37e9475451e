#include "server/trust/authority.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

constexpr int kSerialBytes = 16;

absl::Status OpenSslFailed(absl::string_view what) {
  return sync::MakeError(v1::INTERNAL_ERROR,
                         absl::StrCat("OpenSSL cannot ", what));
}

absl::Status AddExtension(X509* certificate, int nid, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  if (extension == nullptr ||
      X509_add_ext(certificate, extension.get(), -1) != 1) {
    return OpenSslFailed("add a certificate's extension");
  }
  return absl::OkStatus();
}

absl::Status SetNames(X509* certificate, X509_NAME* issuer, const char* name) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(name),
                                 -1, -1, 0) != 1 ||
      X509_set_issuer_name(certificate, issuer == nullptr ? subject : issuer) !=
          1) {
    return OpenSslFailed("name a certificate");
  }
  return absl::OkStatus();
}

// A certificate for `key` with everything but its extensions and signature.
absl::StatusOr<Certificate> Blank(EVP_PKEY* key, sync::Random& random) {
  Certificate certificate(X509_new());
  unsigned char serial[kSerialBytes];
  random.Fill(serial, sizeof serial);
  serial[0] &= 0x7F;  // positive
  BIGNUM* const number = BN_bin2bn(serial, sizeof serial, nullptr);
  const bool ok =
      certificate != nullptr && X509_set_version(certificate.get(), 2) == 1 &&
      BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get())) !=
          nullptr &&
      ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()),
                           "19700101000000Z") == 1 &&
      ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()),
                           "99991231235959Z") == 1 &&
      X509_set_pubkey(certificate.get(), key) == 1;
  BN_free(number);
  if (!ok) return OpenSslFailed("make a certificate");
  return certificate;
}

template <typename Write>
absl::StatusOr<std::string> ToPem(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1)
    return OpenSslFailed("write PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(size));
}

absl::StatusOr<std::string> KeyPem(EVP_PKEY* key) {
  return ToPem([key](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr,
                                         nullptr);
  });
}

absl::StatusOr<std::string> CertificatePem(X509* certificate) {
  return ToPem(
      [certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

absl::Status SignWith(EVP_PKEY* key, X509* certificate) {
  if (X509_sign(certificate, key, EVP_sha256()) == 0) {
    return OpenSslFailed("sign a certificate");
  }
  return absl::OkStatus();
}

absl::StatusOr<Certificate> MakeCa(EVP_PKEY* key, sync::Random& random) {
  DATELINE_ASSIGN_OR_RETURN(Certificate ca, Blank(key, random));
  DATELINE_RETURN_IF_ERROR(SetNames(ca.get(), nullptr, "Dateline authority"));
  DATELINE_RETURN_IF_ERROR(
      AddExtension(ca.get(), NID_basic_constraints, "critical,CA:TRUE"));
  DATELINE_RETURN_IF_ERROR(
      AddExtension(ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign"));
  DATELINE_RETURN_IF_ERROR(SignWith(key, ca.get()));
  return ca;
}

absl::StatusOr<Certificate> MakeTls(EVP_PKEY* key, EVP_PKEY* ca_key, X509* ca,
                                    sync::Random& random) {
  DATELINE_ASSIGN_OR_RETURN(Certificate tls, Blank(key, random));
  DATELINE_RETURN_IF_ERROR(
      SetNames(tls.get(), X509_get_subject_name(ca), kTlsName));
  DATELINE_RETURN_IF_ERROR(
      AddExtension(tls.get(), NID_basic_constraints, "critical,CA:FALSE"));
  DATELINE_RETURN_IF_ERROR(
      AddExtension(tls.get(), NID_ext_key_usage, "serverAuth"));
  const std::string name = absl::StrCat("DNS:", kTlsName);
  DATELINE_RETURN_IF_ERROR(
      AddExtension(tls.get(), NID_subject_alt_name, name.c_str()));
  DATELINE_RETURN_IF_ERROR(SignWith(ca_key, tls.get()));
  return tls;
}

}  // namespace

absl::StatusOr<v1::ServerIdentity> MakeIdentity(sync::Random& random) {
  const Key ca_key(EVP_EC_gen("P-256"));
  const Key tls_key(EVP_EC_gen("P-256"));
  if (ca_key == nullptr || tls_key == nullptr) {
    return OpenSslFailed("make a key");
  }
  DATELINE_ASSIGN_OR_RETURN(const Certificate ca, MakeCa(ca_key.get(), random));
  DATELINE_ASSIGN_OR_RETURN(
      const Certificate tls,
      MakeTls(tls_key.get(), ca_key.get(), ca.get(), random));
  v1::ServerIdentity out;
  out.set_organization(sync::OrganizationId::Make(random).str());
  out.set_server(sync::DeviceId::Make(random).str());
  out.set_home_seed(sync::SigningKey::Make(random).seed().str());
  DATELINE_ASSIGN_OR_RETURN(*out.mutable_ca_key_pem(), KeyPem(ca_key.get()));
  DATELINE_ASSIGN_OR_RETURN(*out.mutable_tls_key_pem(), KeyPem(tls_key.get()));
  DATELINE_ASSIGN_OR_RETURN(*out.mutable_ca_pem(), CertificatePem(ca.get()));
  DATELINE_ASSIGN_OR_RETURN(*out.mutable_tls_pem(), CertificatePem(tls.get()));
  return out;
}

absl::StatusOr<Identity> ReadIdentity(const v1::ServerIdentity& stored) {
  const auto organization =
      sync::OrganizationId::FromBytes(stored.organization());
  const auto server = sync::DeviceId::FromBytes(stored.server());
  const auto seed = sync::KeySeed::FromBytes(stored.home_seed());
  if (!organization.ok() || !server.ok() || !seed.ok() ||
      stored.ca_pem().empty() || stored.tls_pem().empty() ||
      stored.tls_key_pem().empty()) {
    return sync::MakeError(v1::STORAGE_DAMAGED,
                           "the server's identity file cannot be read",
                           {.field = "identity.pb"});
  }
  return Identity{.organization = *organization,
                  .server = *server,
                  .home_key = sync::SigningKey::FromSeed(*seed),
                  .ca_pem = stored.ca_pem(),
                  .tls_pem = stored.tls_pem(),
                  .tls_key_pem = stored.tls_key_pem()};
}

}  // namespace dateline::server
