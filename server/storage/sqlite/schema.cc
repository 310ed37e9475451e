#include "server/storage/sqlite/schema.h"

#include "sync/host/change_rows.h"

namespace dateline::server {
namespace {

constexpr char kTruth1[] =
    "CREATE TABLE tenants ("
    "  tenant INTEGER PRIMARY KEY, organization BLOB NOT NULL UNIQUE,"
    "  epoch BLOB NOT NULL, incarnation INTEGER NOT NULL,"
    "  lamport INTEGER NOT NULL, save INTEGER NOT NULL);"
    "CREATE TABLE feeds ("
    "  tenant INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  feed BLOB NOT NULL, device BLOB NOT NULL, assignment BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, number)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX feeds_by_feed ON feeds (tenant, feed);"
    "CREATE INDEX feeds_by_assignment ON feeds (tenant, assignment);"
    "CREATE TABLE changes ("
    "  number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL,"
    "  received_ms INTEGER NOT NULL, " DATELINE_CHANGE_COLUMNS_SQL_
    ");"
    "CREATE UNIQUE INDEX changes_by_hash ON changes (tenant, hash);"
    "CREATE INDEX changes_by_place ON changes (tenant, feed, seq);"
    "CREATE INDEX changes_by_document ON changes (tenant, document)"
    "  WHERE document IS NOT NULL;"
    "CREATE TABLE heads ("
    "  tenant INTEGER NOT NULL, feed INTEGER NOT NULL,"
    "  branch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, feed, branch)) WITHOUT ROWID;"
    "CREATE TABLE forks ("
    "  tenant INTEGER NOT NULL, feed INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL, held BLOB NOT NULL, other BLOB NOT NULL,"
    "  noticed_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (tenant, feed, seq, other)) WITHOUT ROWID;"
    "CREATE TABLE documents ("
    "  tenant INTEGER NOT NULL, document BLOB NOT NULL,"
    "  assignment BLOB NOT NULL, kind INTEGER NOT NULL,"
    "  creator BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, document, assignment)) WITHOUT ROWID;"
    "CREATE TABLE positions ("
    "  tenant INTEGER NOT NULL, assignment BLOB NOT NULL,"
    "  lane INTEGER NOT NULL, position INTEGER NOT NULL,"
    "  change INTEGER NOT NULL, digest BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, assignment, lane, position)) WITHOUT ROWID;"
    "CREATE TABLE counters ("
    "  tenant INTEGER NOT NULL, assignment BLOB NOT NULL,"
    "  lane INTEGER NOT NULL, position INTEGER NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, assignment, lane)) WITHOUT ROWID;"
    "CREATE TABLE verdicts ("
    "  tenant INTEGER NOT NULL, change BLOB NOT NULL,"
    "  what INTEGER NOT NULL, why INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  PRIMARY KEY (tenant, change)) WITHOUT ROWID;"
    "CREATE TABLE requests ("
    "  tenant INTEGER NOT NULL, change BLOB NOT NULL, op INTEGER NOT NULL,"
    "  assignment BLOB NOT NULL, document BLOB NOT NULL, decision BLOB,"
    "  PRIMARY KEY (tenant, change, op)) WITHOUT ROWID;"
    "CREATE INDEX requests_open ON requests (tenant)"
    "  WHERE decision IS NULL;"
    "CREATE TABLE approved ("
    "  tenant INTEGER NOT NULL, change BLOB NOT NULL, op INTEGER NOT NULL,"
    "  rendering INTEGER NOT NULL, bytes BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, change, op));"
    "CREATE TABLE sessions ("
    "  tenant INTEGER NOT NULL, device BLOB NOT NULL,"
    "  incarnation INTEGER NOT NULL, counter INTEGER NOT NULL,"
    "  PRIMARY KEY (tenant, device, incarnation)) WITHOUT ROWID;"
    "CREATE TABLE rosters ("
    "  tenant INTEGER NOT NULL, version INTEGER NOT NULL,"
    "  roster BLOB NOT NULL, signature BLOB NOT NULL, signer BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, version));"
    "CREATE TABLE invitations ("
    "  tenant INTEGER NOT NULL, secret_hash BLOB NOT NULL,"
    "  role INTEGER NOT NULL, assignment BLOB NOT NULL,"
    "  person BLOB NOT NULL, name TEXT NOT NULL,"
    "  expires_ms INTEGER NOT NULL, used_by BLOB,"
    "  PRIMARY KEY (tenant, secret_hash)) WITHOUT ROWID;";

constexpr char kTruth2[] =
    "CREATE TABLE redactions ("
    "  tenant INTEGER NOT NULL, change BLOB NOT NULL,"
    "  assignment BLOB NOT NULL, document BLOB NOT NULL,"
    "  in_force INTEGER NOT NULL,"
    "  PRIMARY KEY (tenant, change, assignment, document)) WITHOUT ROWID;"
    "CREATE INDEX redactions_open"
    "  ON redactions (tenant, assignment, document) WHERE in_force = 0;";

// Rosters of several epochs, which may count alike.
constexpr char kTruth3[] =
    "ALTER TABLE rosters RENAME TO rosters_before;"
    "CREATE TABLE rosters ("
    "  tenant INTEGER NOT NULL, version INTEGER NOT NULL,"
    "  epoch BLOB NOT NULL, roster BLOB NOT NULL, signature BLOB NOT NULL,"
    "  signer BLOB NOT NULL, PRIMARY KEY (tenant, version, epoch));"
    "INSERT INTO rosters SELECT tenant, version, x'', roster, signature,"
    "  signer FROM rosters_before;"
    "DROP TABLE rosters_before;";

// One organization a view; the tenant is here for the day there are more.
constexpr char kView1[] =
    "CREATE TABLE applied ("
    "  tenant INTEGER NOT NULL, assignment BLOB NOT NULL,"
    "  lane INTEGER NOT NULL, position INTEGER NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, assignment, lane)) WITHOUT ROWID;"
    "CREATE TABLE marks ("
    "  tenant INTEGER PRIMARY KEY, touched INTEGER NOT NULL);"
    "CREATE TABLE documents ("
    "  number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL,"
    "  assignment BLOB NOT NULL, document BLOB NOT NULL,"
    "  kind INTEGER NOT NULL, in_ledger INTEGER NOT NULL,"
    "  conflicts INTEGER NOT NULL, received_ms INTEGER NOT NULL,"
    "  bytes BLOB NOT NULL);"
    "CREATE UNIQUE INDEX documents_by_id"
    "  ON documents (tenant, assignment, document);"
    "CREATE INDEX documents_in_ledger ON documents (tenant, assignment)"
    "  WHERE in_ledger = 1;"
    "CREATE INDEX documents_in_conflict ON documents (tenant, assignment)"
    "  WHERE conflicts > 0;"
    "CREATE TABLE queue ("
    "  tenant INTEGER NOT NULL, assignment BLOB NOT NULL,"
    "  document BLOB NOT NULL, kind INTEGER NOT NULL,"
    "  deleted INTEGER NOT NULL, status INTEGER NOT NULL,"
    "  creator BLOB NOT NULL, conflicts INTEGER NOT NULL,"
    "  withdrawn INTEGER NOT NULL, received_ms INTEGER NOT NULL,"
    "  touched INTEGER NOT NULL, row BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, assignment, document));"
    "CREATE INDEX queue_newest"
    "  ON queue (tenant, received_ms DESC, document DESC);"
    "CREATE INDEX queue_touched ON queue (tenant, touched);"
    "CREATE TABLE ledgers ("
    "  tenant INTEGER NOT NULL, assignment BLOB NOT NULL,"
    "  touched INTEGER NOT NULL, bytes BLOB NOT NULL,"
    "  PRIMARY KEY (tenant, assignment));"
    // rowid = documents.number. No prefix index: words are few and short.
    "CREATE VIRTUAL TABLE search USING fts5 ("
    "  title, words, tokenize = 'unicode61 remove_diacritics 2');";

}  // namespace

const std::vector<std::string>& TruthMigrations() {
  static const auto& migrations =
      *new std::vector<std::string>{kTruth1, kTruth2, kTruth3};
  return migrations;
}

const std::vector<std::string>& ViewMigrations() {
  static const auto& migrations = *new std::vector<std::string>{kView1};
  return migrations;
}

}  // namespace dateline::server
