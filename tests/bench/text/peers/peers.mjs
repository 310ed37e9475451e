// Replays traces in other text engines: node peers.mjs [--skip NAME]... TRACE...
// Prints one JSON object. Each is timed to the point where ours is:
//   local   every patch a local edit, a transaction each 500 keystrokes (as our
//           devices seal), until the bytes of all of it are ready to send
//   remote  these bytes in an empty document, until its text is readable
// The median of up to five rounds, of fewer where one takes seconds.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

const KEYSTROKES_PER_SEAL = 500;
const ROUNDS_MAX = 5;
const ROUNDS_MS_MAX = 1500;

// From the folder that it runs in, where tests/bench/run installs them.
const require = createRequire(`${process.cwd()}/`);

function versionOf(name) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  return lock.packages[`node_modules/${name}`].version;
}

function readTrace(path) {
  const bytes = readFileSync(path);
  const json = JSON.parse(path.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  const trace = {
    name: basename(path).replace(/\.json(\.gz)?$/, ""),
    end: json.endContent,
    concurrent: "numAgents" in json,
    txns: json.txns,
  };
  if (!trace.concurrent) {
    const patches = json.txns.flatMap((txn) => txn.patches);
    trace.batches = [];
    for (let i = 0; i < patches.length; i += KEYSTROKES_PER_SEAL) {
      trace.batches.push(patches.slice(i, i + KEYSTROKES_PER_SEAL));
    }
  }
  return trace;
}

// Calls type(agent, txn, seen) for each transaction, where seen[b] is how many
// of agent b's transactions its author had before him.
function playConcurrent(txns, type) {
  const seenBy = [];
  const counts = [0, 0];
  txns.forEach((txn, i) => {
    const seen = [0, 0];
    for (const parent of txn.parents) {
      seenBy[parent].forEach((n, b) => (seen[b] = Math.max(seen[b], n)));
    }
    if (seen[txn.agent] !== counts[txn.agent]) {
      throw new Error("an author of the trace went back");
    }
    type(txn.agent, txn, seen);
    seen[txn.agent] = ++counts[txn.agent];
    seenBy[i] = seen;
  });
}

// Two documents that hand each other what their authors have seen; the bytes
// of all that was done.
function mergeConcurrent(txns, { open, edit, apply, bytes }) {
  const docs = [open(0), open(1)];
  const updates = [[], []];
  const held = [0, 0];  // of the other one's
  const catchUp = (agent, until) => {
    const other = 1 - agent;
    if (until <= held[agent]) return;
    docs[agent] = apply(docs[agent], updates[other].slice(held[agent], until));
    held[agent] = until;
  };
  playConcurrent(txns, (agent, txn, seen) => {
    catchUp(agent, seen[1 - agent]);
    const [doc, update] = edit(docs[agent], txn.patches);
    docs[agent] = doc;
    updates[agent].push(update);
  });
  catchUp(0, updates[1].length);
  return bytes(docs[0]);
}

function yjs() {
  const Y = require("yjs");
  const type = (text, patches) => {
    for (const [at, removed, added] of patches) {
      if (removed > 0) text.delete(at, removed);
      if (added) text.insert(at, added);
    }
  };
  return {
    name: "yjs",
    version: versionOf("yjs"),
    local(batches) {
      const doc = new Y.Doc();
      const text = doc.getText("t");
      for (const batch of batches) doc.transact(() => type(text, batch));
      return [Y.encodeStateAsUpdate(doc), text.toString()];
    },
    concurrent: (txns) =>
      mergeConcurrent(txns, {
        open(agent) {
          const doc = new Y.Doc();
          doc.clientID = agent + 1;
          doc.on("update", (update, origin) => {
            if (origin !== "peer") doc.last = update;
          });
          return doc;
        },
        edit(doc, patches) {
          doc.transact(() => type(doc.getText("t"), patches));
          return [doc, doc.last];
        },
        apply(doc, updates) {
          for (const update of updates) Y.applyUpdate(doc, update, "peer");
          return doc;
        },
        bytes: (doc) => Y.encodeStateAsUpdate(doc),
      }),
    remote(bytes) {
      const doc = new Y.Doc();
      Y.applyUpdate(doc, bytes);
      return doc.getText("t").toString();
    },
  };
}

function loro() {
  const { LoroDoc } = require("loro-crdt");
  const type = (text, patches) => {
    for (const [at, removed, added] of patches) {
      if (removed > 0) text.delete(at, removed);
      if (added) text.insert(at, added);
    }
  };
  const all = (doc) => doc.export({ mode: "update" });
  return {
    name: "loro-crdt",
    version: versionOf("loro-crdt"),
    local(batches) {
      const doc = new LoroDoc();
      const text = doc.getText("t");
      for (const batch of batches) {
        type(text, batch);
        doc.commit();
      }
      return [all(doc), text.toString()];
    },
    concurrent: (txns) =>
      mergeConcurrent(txns, {
        open(agent) {
          const doc = new LoroDoc();
          doc.setPeerId(String(agent + 1));
          return doc;
        },
        edit(doc, patches) {
          const from = doc.version();
          type(doc.getText("t"), patches);
          doc.commit();
          return [doc, doc.export({ mode: "update", from })];
        },
        apply(doc, updates) {
          doc.importBatch(updates);
          return doc;
        },
        bytes: all,
      }),
    remote(bytes) {
      const doc = new LoroDoc();
      doc.import(bytes);
      return doc.getText("t").toString();
    },
  };
}

function automerge() {
  const A = require("@automerge/automerge");
  const type = (doc, patches) =>
    A.change(doc, (draft) => {
      for (const [at, removed, added] of patches) {
        A.splice(draft, ["t"], at, removed, added);
      }
    });
  // All begin from one change, so that the text is one object.
  const first = A.from({ t: "" }, { actor: "00" });
  const open = (actor) => A.clone(first, { actor });
  return {
    name: "@automerge/automerge",
    version: versionOf("@automerge/automerge"),
    local(batches) {
      let doc = open("01");
      for (const batch of batches) doc = type(doc, batch);
      return [A.save(doc), doc.t];
    },
    concurrent: (txns) =>
      mergeConcurrent(txns, {
        open: (agent) => open(`0${agent + 1}`),
        edit(doc, patches) {
          const after = type(doc, patches);
          return [after, A.getLastLocalChange(after)];
        },
        apply: (doc, updates) => A.applyChanges(doc, updates)[0],
        bytes: (doc) => A.save(doc),
      }),
    remote: (bytes) => A.load(bytes).t,
  };
}

function diamondTypes() {
  const { Doc, OpLog } = require("diamond-types-node");
  return {
    name: "diamond-types-node",
    version: versionOf("diamond-types-node"),
    local(batches) {
      const doc = new Doc("a");
      for (const batch of batches) {
        for (const [at, removed, added] of batch) {
          if (removed > 0) doc.del(at, removed);
          if (added) doc.ins(at, added);
        }
      }
      return [doc.toBytes(), doc.get()];
    },
    concurrent(txns) {
      const log = new OpLog("agent0");
      const last = [];
      txns.forEach((txn, i) => {
        log.setAgent(`agent${txn.agent}`);
        let at = Uint32Array.from(txn.parents.map((parent) => last[parent]));
        for (const [position, removed, added] of txn.patches) {
          if (removed > 0) {
            at = Uint32Array.of(log.del(position, removed, at));
          }
          if (added) at = Uint32Array.of(log.ins(position, added, at));
        }
        last[i] = at[0];
      });
      return log.toBytes();
    },
    remote: (bytes) => OpLog.fromBytes(bytes).checkout().get(),
  };
}

function timed(run) {
  const rounds = [];
  let value;
  for (let spent = 0; rounds.length < ROUNDS_MAX; ) {
    const start = performance.now();
    value = run();
    rounds.push(performance.now() - start);
    spent += rounds.at(-1);
    if (spent > ROUNDS_MS_MAX) break;
  }
  rounds.sort((a, b) => a - b);
  return [rounds[rounds.length >> 1], value];
}

function measure(peer, trace) {
  const out = { trace: trace.name };
  let bytes;
  if (trace.concurrent) {
    bytes = peer.concurrent(trace.txns);
  } else {
    const [ms, [sent, text]] = timed(() => peer.local(trace.batches));
    if (text !== trace.end) throw new Error(`${peer.name}: wrong end text`);
    out.local_ms = ms;
    bytes = sent;
  }
  out.bytes = bytes.length;
  const [ms, text] = timed(() => peer.remote(bytes));
  // Peers order concurrent words each in their way.
  if (text.length !== trace.end.length) {
    throw new Error(`${peer.name}: wrong merged text`);
  }
  out.remote_ms = ms;
  return out;
}

const skipped = new Set();
const traces = [];
for (let i = 2; i < process.argv.length; ++i) {
  if (process.argv[i] === "--skip") skipped.add(process.argv[++i]);
  else traces.push(readTrace(process.argv[i]));
}
const result = { node: process.version, peers: [] };
for (const make of [yjs, loro, automerge, diamondTypes]) {
  const found = { name: make.name };
  try {
    const peer = make();
    Object.assign(found, { name: peer.name, version: peer.version });
    if (skipped.has(peer.name)) continue;
    found.traces = traces.map((trace) => measure(peer, trace));
  } catch (error) {
    found.error = String(error);
  }
  result.peers.push(found);
}
console.log(JSON.stringify(result));
