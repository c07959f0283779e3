/** Guarantee: a record whose chains and tree are whole still fails when what it says was not allowed to happen. */
import { describe, expect, it } from "vitest";
import { nodeCrypto, signerOf } from "../test/crypto.ts";
import { D, KEY, LOG, NO_FACTS, SIGNER, TestRecord } from "../test/record.ts";
import { encodeEntry } from "./entry.ts";
import { noteKey, renderCheckpoint, signNote } from "./note.ts";
import { type VerifyInput, type VerifyReport, verify } from "./verify.ts";

function verifyRecord(build: (record: TestRecord) => void, more: Partial<VerifyInput> = {}): VerifyReport {
  const record = new TestRecord();
  record.start("s1");
  build(record);
  record.checkpoint();
  return verify({ entries: record.entries, checkpoints: record.checkpoints, keys: [KEY], ...more }, nodeCrypto);
}

const failures = (report: VerifyReport): string[] =>
  report.findings.map(({ failure, entry }) => `${failure} ${entry.type}`);

describe("a statement", () => {
  it.each<[string, (record: TestRecord) => void, string[]]>([
    ["decided allow and forwarded is fine", (r) => r.statement("s1", "a"), []],
    ["forwarded without a decision", (r) => r.forwarded("s1", "a"), ["not-decided statement.forwarded"]],
    [
      "forwarded before its decision",
      (r) => {
        r.forwarded("s1", "a");
        r.decided("s1", "a", "allow");
      },
      ["not-decided statement.forwarded"],
    ],
    [
      "forwarded after deny",
      (r) => {
        r.decided("s1", "a", "deny");
        r.forwarded("s1", "a");
      },
      ["not-decided statement.forwarded"],
    ],
    [
      "decided for another session",
      (r) => {
        r.start("s2");
        r.decided("s2", "a", "allow");
        r.forwarded("s1", "a");
      },
      ["not-decided statement.forwarded"],
    ],
    [
      "forwarded with one of two statements undecided",
      (r) => {
        r.add("statement.decided", "s1", {
          statement: "a",
          textDigest: D("a"),
          moment: "statement",
          effect: "allow",
          facts: {},
          decision: {},
          factsDigest: NO_FACTS,
          bundleDigest: D("b"),
          engine: "t",
          index: 0,
          count: 2,
        });
        r.forwarded("s1", "a");
      },
      ["not-decided statement.forwarded"],
    ],
    [
      "forwarded with another text than was decided",
      (r) => {
        r.decided("s1", "a", "allow");
        r.forwarded("s1", "a", D("e"));
      },
      ["digest-mismatch statement.forwarded"],
    ],
    [
      "decided on other facts than its digest says",
      (r) => {
        r.add("statement.decided", "s1", {
          statement: "a",
          textDigest: D("a"),
          moment: "statement",
          effect: "allow",
          facts: { at: "2026-11-21T08:00:00Z" },
          decision: { effect: "allow" },
          factsDigest: NO_FACTS,
          bundleDigest: D("b"),
          engine: "t",
        });
      },
      ["digest-mismatch statement.decided"],
    ],
    [
      "decided otherwise than the decision it holds",
      (r) => {
        r.add("statement.decided", "s1", {
          statement: "a",
          textDigest: D("a"),
          moment: "statement",
          effect: "allow",
          facts: {},
          decision: { effect: "deny" },
          factsDigest: NO_FACTS,
          bundleDigest: D("b"),
          engine: "t",
        });
      },
      ["digest-mismatch statement.decided"],
    ],
  ])("%s", (_name, build, expected) => {
    expect(failures(verifyRecord(build))).toEqual(expected);
  });
});

describe("a held statement", () => {
  const held =
    (act: (record: TestRecord) => void, requested: Parameters<TestRecord["requested"]>[4] = {}) =>
    (record: TestRecord) => {
      record.decided("s1", "a", "hold");
      record.requested("s1", "a", "r1", D("a"), requested);
      act(record);
    };
  const forward = (record: TestRecord): void => record.forwarded("s1", "a", D("a"), { request: "r1" });
  const two = { requirements: [{ from: ["stewards"], count: 2, never: ["requester" as const, "delegator" as const] }] };

  it.each<[string, (record: TestRecord) => void, string[]]>([
    [
      "approved and forwarded is fine",
      held((r) => {
        r.granted("s1", "a", "r1");
        forward(r);
      }),
      [],
    ],
    ["forwarded without an approval", held(forward), ["not-approved statement.forwarded"]],
    [
      "forwarded naming no request",
      held((r) => {
        r.granted("s1", "a", "r1");
        r.forwarded("s1", "a");
      }),
      ["not-approved statement.forwarded"],
    ],
    [
      "forwarded before its approval",
      held((r) => {
        forward(r);
        r.granted("s1", "a", "r1");
      }),
      ["not-approved statement.forwarded"],
    ],
    [
      "forwarded under another statement's approval",
      (r) => {
        r.decided("s1", "b", "hold");
        r.requested("s1", "b", "r2");
        r.granted("s1", "b", "r2");
        r.decided("s1", "a", "hold");
        r.forwarded("s1", "a", D("a"), { request: "r2" });
      },
      ["not-approved statement.forwarded"],
    ],
    [
      "approved by one where two are needed",
      held((r) => {
        r.granted("s1", "a", "r1");
        forward(r);
      }, two),
      ["not-approved statement.forwarded"],
    ],
    [
      "approved twice by one where two are needed",
      held((r) => {
        r.granted("s1", "a", "r1");
        r.granted("s1", "a", "r1");
        forward(r);
      }, two),
      ["not-approved statement.forwarded"],
    ],
    [
      "approved by two is fine",
      held((r) => {
        r.granted("s1", "a", "r1");
        r.granted("s1", "a", "r1", "max");
        forward(r);
      }, two),
      [],
    ],
    [
      "approved by its requester",
      held((r) => {
        r.granted("s1", "a", "r1", "agent-1");
        forward(r);
      }),
      ["approved-by-requester approval.granted"],
    ],
    [
      "approved by its delegator",
      held((r) => {
        r.granted("s1", "a", "r1", "ana");
        forward(r);
      }),
      ["approved-by-requester approval.granted"],
    ],
    [
      "approved by its delegator where policy lets that is fine",
      held(
        (r) => {
          r.granted("s1", "a", "r1", "ana");
          forward(r);
        },
        {
          requirements: [{ from: ["x"], count: 1, never: ["requester"] }],
        },
      ),
      [],
    ],
    [
      "approved for another text",
      held((r) => {
        r.granted("s1", "a", "r1", "sam", D("e"));
        forward(r);
      }),
      ["digest-mismatch statement.forwarded"],
    ],
    [
      "forwarded after the approval expired",
      held((r) => {
        r.granted("s1", "a", "r1");
        r.timeMs += 3_700_000;
        forward(r);
      }),
      ["approval-expired statement.forwarded"],
    ],
    [
      "denied by another after it was forwarded is fine",
      held((r) => {
        r.granted("s1", "a", "r1");
        forward(r);
        r.add("approval.denied", "s1", { statement: "a", textDigest: D("a"), request: "r1", approver: "max" });
      }),
      [],
    ],
    [
      "forwarded after the approval was withdrawn",
      held((r) => {
        r.granted("s1", "a", "r1");
        r.add("approval.withdrawn", "s1", { statement: "a", request: "r1" });
        forward(r);
      }),
      ["not-approved statement.forwarded"],
    ],
    ["described before its approval is fine", held((r) => r.forwarded("s1", "a", D("a"), { describeOnly: true })), []],
    ["approved without a request", (r) => r.granted("s1", "a", "r9"), ["not-approved approval.granted"]],
  ])("%s", (_name, build, expected) => {
    expect(failures(verifyRecord(build))).toEqual(expected);
  });
});

describe("outcomes", () => {
  it("a forwarded statement without an outcome is noted as unknown, not failed", () => {
    const report = verifyRecord((r) => {
      r.decided("s1", "a", "allow");
      r.forwarded("s1", "a");
    });
    expect(report.ok).toBe(true);
    expect(report.notes.map(({ kind }) => kind)).toContain("outcome-unknown");
  });

  it("silence longer than heartbeats allow is noted", () => {
    const report = verifyRecord((r) => {
      r.timeMs += 600_000;
      r.add("heartbeat", null, {});
    });
    expect(report.notes.map(({ kind }) => kind)).toContain("silence");
  });
});

describe("chains", () => {
  it("an end that counts other entries than there are is a failure", () => {
    const record = new TestRecord();
    record.start("s1");
    const [first] = record.entries;
    if (first === undefined) throw new Error("no entry");
    const end = {
      ...first.entry,
      id: "e_1",
      index: 1,
      n: 2,
      prev: first.hash,
      type: "session.end" as const,
      body: { count: 3, reason: "x" },
    };
    const encoded = encodeEntry(end, nodeCrypto);
    if (!encoded.ok) throw new Error(encoded.problem);
    const report = verify({ entries: [first, encoded.stored] }, nodeCrypto);
    expect(failures(report)).toEqual(["wrong-count session.end"]);
  });

  it("an adoption that names another last entry is a change", () => {
    const report = verifyRecord((r) => r.add("session.adopted", "s1", { fromEpoch: 1, fromN: 1, fromHash: D("0") }));
    expect(failures(report)).toEqual(["changed session.adopted"]);
  });
});

describe("checkpoints", () => {
  const record = new TestRecord();
  record.start("s1");
  record.statement("s1", "a");
  const note = record.checkpoint();
  const run = (checkpoints: readonly string[], keys = [KEY]): VerifyReport =>
    verify({ entries: record.entries, checkpoints, keys }, nodeCrypto);
  const other = signerOf(5);

  it("signed by another key is a failure", () => {
    const forged = signNote(`${note.split("\n\n")[0]}\n`, LOG, other, nodeCrypto);
    expect(run([forged]).first?.failure).toBe("bad-checkpoint");
  });

  it("signed by a known key that is not this log's is a failure", () => {
    const stranger = noteKey("other.example/log", other.publicKey, nodeCrypto);
    const forged = signNote(`${note.split("\n\n")[0]}\n`, stranger.name, other, nodeCrypto);
    expect(run([forged], [KEY, stranger]).first?.failure).toBe("bad-checkpoint");
  });

  it("of another root for the same size is a failure", () => {
    const forged = signNote(
      renderCheckpoint({ origin: LOG, size: 5, root: new Uint8Array(32) }),
      LOG,
      SIGNER,
      nodeCrypto,
    );
    expect(run([note, forged]).first?.failure).toBe("bad-checkpoint");
  });

  it("none at all is noted: the tail is not protected", () => {
    const report = run([]);
    expect(report.ok).toBe(true);
    expect(report.notes.map(({ kind }) => kind)).toContain("no-checkpoint");
  });

  it("of a log that is wholly gone is a failure, unless a recorded retention run took it", () => {
    const empty = (entries: TestRecord): VerifyReport =>
      verify({ entries: entries.entries, checkpoints: record.checkpoints, keys: [KEY] }, nodeCrypto);
    const next = new TestRecord("sluice.example/gw-1/2026-12");
    next.add("heartbeat", null, {});
    expect(empty(next).first?.failure).toBe("tail-missing");
    next.add("retention.ran", null, { class: "decisions", before: "2026-12-01T00:00:00Z", logs: [LOG] });
    expect(empty(next).ok).toBe(true);
  });
});

describe("payloads", () => {
  const payload = Buffer.from("ciphertext");
  const digest = Buffer.from(nodeCrypto.sha256(payload)).toString("hex");
  const run = (found: Uint8Array | null): VerifyReport =>
    verifyRecord(
      (r) => r.add("heartbeat", null, {}, { payload: { digest, size: payload.length, alg: "A256GCM", key: "k" } }),
      { payload: () => found },
    );

  it("the one recorded is fine", () => {
    expect(run(payload)).toMatchObject({ ok: true, counts: { payloadsChecked: 1, payloadsAbsent: 0 } });
  });

  it("another one is a failure", () => {
    expect(failures(run(Buffer.from("Ciphertext")))).toEqual(["payload-mismatch heartbeat"]);
  });

  it("one that was erased is noted and leaves every proof valid", () => {
    const report = run(null);
    expect(report.ok).toBe(true);
    expect(report.notes.map(({ kind }) => kind)).toContain("payload-erased");
  });
});
