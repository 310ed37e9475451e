#include "client-core/store/schema.h"

#include "sync/host/change_rows.h"

namespace dateline::client {
namespace {

// Who this device is, and its counters. One row each.
constexpr char kIdentity[] = R"sql(
CREATE TABLE device (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  device BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  lamport INTEGER NOT NULL,
  save INTEGER NOT NULL
);
CREATE TABLE enrolment (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  device_name TEXT NOT NULL,
  server BLOB NOT NULL,
  epoch BLOB NOT NULL,
  address TEXT NOT NULL,
  ca_pem TEXT NOT NULL,
  home_key BLOB NOT NULL
);
CREATE TABLE roster (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,
  signed BLOB NOT NULL
);
)sql";

// Truth: never trimmed, never rewritten once it may have left.
constexpr char kTruth[] = R"sql(
CREATE TABLE feeds (
  number INTEGER PRIMARY KEY,
  feed BLOB NOT NULL UNIQUE,
  assignment BLOB NOT NULL,
  own INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  sent INTEGER NOT NULL,
  acked INTEGER NOT NULL,
  acked_hash BLOB NOT NULL,
  forked INTEGER NOT NULL
);
CREATE TABLE changes (
  number INTEGER PRIMARY KEY,
  here INTEGER NOT NULL,
  )sql" DATELINE_CHANGE_COLUMNS_SQL_ R"sql(
);
CREATE UNIQUE INDEX changes_by_hash ON changes (hash);
CREATE INDEX changes_by_place ON changes (feed, seq);
CREATE INDEX changes_by_document ON changes (document, feed, seq);
CREATE TABLE forks (
  feed INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (feed, seq, hash)
) WITHOUT ROWID;
CREATE TABLE cursors (
  assignment BLOB NOT NULL,
  lane INTEGER NOT NULL,
  position INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (assignment, lane)
) WITHOUT ROWID;
CREATE TABLE drafts (
  document BLOB NOT NULL,
  field INTEGER NOT NULL,
  text TEXT NOT NULL,
  heads BLOB NOT NULL,
  strokes INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (document, field)
) WITHOUT ROWID;
CREATE TABLE told (
  change BLOB NOT NULL,
  op INTEGER NOT NULL,
  PRIMARY KEY (change, op)
) WITHOUT ROWID;
)sql";

// View: can be built again from the truth at any time.
constexpr char kView[] = R"sql(
CREATE TABLE view_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
);
CREATE TABLE documents (
  number INTEGER PRIMARY KEY,
  document BLOB NOT NULL UNIQUE,
  assignment BLOB NOT NULL,
  kind INTEGER NOT NULL,
  slugline TEXT NOT NULL,
  headline TEXT NOT NULL,
  external_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  updated_lamport INTEGER NOT NULL,
  conflicts INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  mine INTEGER NOT NULL,
  held INTEGER NOT NULL,
  in_ledger INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL,
  probably_withdrawn INTEGER NOT NULL
);
CREATE INDEX documents_by_update
  ON documents (kind, updated_lamport, number);
CREATE INDEX documents_by_ledger
  ON documents (assignment) WHERE in_ledger;
CREATE INDEX documents_held ON documents (number) WHERE held;
CREATE INDEX documents_in_conflict
  ON documents (assignment) WHERE conflicts;
CREATE TABLE views (
  number INTEGER PRIMARY KEY,
  view BLOB NOT NULL
);
CREATE TABLE ledgers (
  assignment BLOB PRIMARY KEY,
  ledger BLOB NOT NULL
) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5 (
  words, content = '', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE unindexed (
  number INTEGER PRIMARY KEY,
  words TEXT NOT NULL
);
INSERT INTO view_state VALUES (1, 0);
)sql";

// A save writes fewer pages: the heads of feeds are those of `changes`, hashes
// and words are entered many at once.
constexpr char kFewerPages[] = R"sql(
ALTER TABLE feeds DROP COLUMN seq;
ALTER TABLE feeds DROP COLUMN hash;
CREATE TABLE hashes (
  hash BLOB PRIMARY KEY,
  number INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO hashes SELECT hash, number FROM changes ORDER BY hash;
DROP INDEX changes_by_hash;
CREATE TABLE hashed (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  up_to INTEGER NOT NULL
);
INSERT INTO hashed SELECT 1, coalesce(max(number), 0) FROM changes;
ALTER TABLE view_state ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
UPDATE view_state
  SET indexed = (SELECT coalesce(max(number), 0) FROM documents);
)sql";

}  // namespace

std::vector<std::string> Migrations() {
  return {std::string(kIdentity) + kTruth + kView, kFewerPages};
}

}  // namespace dateline::client
