// Every limit of the protocol and the model, with its reason. Each is tested
// at the limit and one past it. protos/README.md lists them for other
// languages.
#ifndef DATELINE_SYNC_BASE_LIMITS_H_
#define DATELINE_SYNC_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace dateline::sync {

// --- bytes on the link -----------------------------------------------------
// One gRPC message; a pack is far smaller, Heads of a large newsroom is not.
constexpr size_t kMessageBytesMax = 4 << 20;
// A pack once decompressed: what a phone can hold twice.
constexpr size_t kPackBytesMax = 1 << 20;
// What a sender puts into one frame: a cut loses at most this. On a link that
// has shown that it carries more in kFrameMs, so much, up to kFrameBytesMax.
constexpr size_t kFrameBytesTarget = 16 << 10;
constexpr size_t kFrameBytesMax = 128 << 10;
constexpr int kFrameMs = 100;
// Tables of one pack.
constexpr size_t kPackFeedsMax = 4096;
constexpr size_t kPackIdsMax = 8192;
constexpr size_t kPackChangesMax = 4096;  // one group commit
constexpr size_t kPackRefsMax = 32768;    // 2 bytes sent are 32 once rebuilt
constexpr size_t kHelloHeadsMax = 4096;   // feeds of one device
constexpr size_t kHelloCursorsMax = 4096;
constexpr size_t kProtoDepthMax = 16;
constexpr size_t kAppBytesMax = 200;  // "dateline 0.1.0", for people
// Feeds of one assignment that a comparison may name: 64 MiB at the server.
constexpr size_t kComparedHeadsMax = 1 << 18;

// --- a change --------------------------------------------------------------
constexpr size_t kHeaderBytesMax = 64 << 10;  // 2,000 heads of 32 bytes
constexpr size_t kDepsMax = 512;              // writers of one document at once
constexpr size_t kNamesMax = 1024;  // writes one resolution can answer
constexpr size_t kStructureBytesMax = 64 << 10;
constexpr size_t kContentBytesMax = 256 << 10;  // a long read, one save
// Of the hash of a cited quote: it tells quotes apart, it need not prove them.
constexpr size_t kQuoteHashBytes = 8;
constexpr size_t kOpsPerChangeMax = 1024;
constexpr size_t kNoticeBytesMax = 512;  // lane 0: one packet on any link
constexpr uint64_t kSeqMax = uint64_t{1} << 48;
constexpr uint64_t kLamportMax = uint64_t{1} << 48;
constexpr int64_t kWallMsMin = -62135596800000;  // year 1
constexpr int64_t kWallMsMax = 253402300799999;  // year 9999

// --- a document ------------------------------------------------------------
constexpr size_t kTextScalarsMax = 1 << 20;  // of one text field
constexpr size_t kSluglineBytesMax = 200;
constexpr size_t kHeadlineBytesMax = 1000;
constexpr size_t kShortTextBytesMax = 4000;  // any other register of words
constexpr size_t kLanguageBytesMax = 35;     // BCP 47, RFC 5646 section 4.4.1
constexpr size_t kItemsPerListMax = 1000;
constexpr size_t kSetElementsMax = 200;
constexpr int64_t kUrgencyMin = 1;  // IPTC: 1 most urgent
constexpr int64_t kUrgencyMax = 9;

// --- a device and its session ----------------------------------------------
constexpr size_t kDraftBytesMax = kContentBytesMax;
constexpr size_t kKeystrokesPerSealMax = 500;
constexpr size_t kGroupCommitChangesMax = 4096;
constexpr int kGroupCommitDelayMs = 10;
constexpr int kSessionsPerServerMax = 2000;
// A dead radio link says nothing; 30 s is five times the worst round trip and
// one frame at 20 kbit/s.
constexpr int kNoProgressSecondsMax = 30;
// Messages a session hands to the transport before the first is off its
// hands: one on the link, one behind it, so that lanes stay in order.
constexpr size_t kSendAheadMax = 2;
// Frames of one session that wait to be durable: one group commit.
constexpr size_t kStoresPendingMax = 16;
// Their bytes, but for the last frame: eight of the largest that we send.
constexpr size_t kStoresPendingBytesMax = 1 << 20;
// A second comparison may answer the first one's frames; a third helps nobody.
constexpr int kComparisonsPerAssignmentMax = 2;
// New epoch, then new incarnation, then comparing; more is a loop.
constexpr int kHelloAgainMax = 4;
// Places that a session remembers to have sent, to send refs short: 6 MiB.
constexpr size_t kSessionIndexMax = 1 << 16;
// Pages without a row for this reader that are read for one frame.
constexpr int kPagesPerFrameMax = 64;
// A forked feed is read in one go: what a phone can hold.
constexpr size_t kForkBytesMax = 16 << 20;
constexpr size_t kHeldBytesPerDeviceMax = 1 << 20;

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_LIMITS_H_
