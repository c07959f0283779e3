/**
 * Guarantee: an honest record verifies, and no single change, removal, swap or insertion of an entry, anywhere,
 * goes unnoticed; the report names it. Both attackers are tried: one who edits bytes, and one who recomputes
 * the hash beside them.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../test/crypto.ts";
import { D, KEY, TestRecord } from "../test/record.ts";
import { utf8, utf8Text } from "./bytes.ts";
import { canonicalJson } from "./canonical.ts";
import { entryHash } from "./entry.ts";
import type { RawEntry } from "./segment.ts";
import { type VerifyReport, verify } from "./verify.ts";

type Step = "start" | "end" | "allow" | "approve" | "deny" | "fail" | "late" | "system" | "checkpoint" | "adopt";

/** Weighted, so that sessions live long enough for something to happen in them. */
const steps = fc.array(
  fc.record({
    what: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Step>("allow") },
      { weight: 4, arbitrary: fc.constant<Step>("approve") },
      { weight: 3, arbitrary: fc.constant<Step>("start") },
      { weight: 2, arbitrary: fc.constantFrom<Step>("deny", "fail", "system", "checkpoint") },
      { weight: 2, arbitrary: fc.constantFrom<Step>("end", "adopt") },
      { weight: 2, arbitrary: fc.constant<Step>("late") },
    ),
    session: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 3, maxLength: 25 },
);

function write(script: readonly { readonly what: Step; readonly session: number }[]): TestRecord {
  const record = new TestRecord();
  record.add("gateway.started", null, { version: "1", clean: true });
  const open = new Set<string>();
  const ended = new Set<string>();
  let count = 0;
  for (const { what, session: slot } of script) {
    const session = `s${slot}`;
    count++;
    const st = `st${count}`;
    const [gone] = ended;
    if (what === "checkpoint") record.checkpoint();
    else if (what === "system") record.add("heartbeat", null, { sessions: open.size });
    else if (what === "late" && gone !== undefined)
      record.add("chunk.delivered", gone, { statement: "st0", chunk: 1, bytes: 5, delivered: D("c") });
    else if (ended.has(session)) continue;
    else if (!open.has(session)) {
      record.start(session);
      open.add(session);
    } else if (what === "allow") record.statement(session, st);
    else if (what === "approve") {
      record.decided(session, st, "hold");
      record.requested(session, st, `r${count}`);
      record.granted(session, st, `r${count}`);
      record.forwarded(session, st, D("a"), { request: `r${count}` });
      record.add("result.end", session, { statement: st, chunks: [] });
    } else if (what === "deny") record.decided(session, st, "deny");
    else if (what === "fail") {
      record.decided(session, st, "allow");
      record.forwarded(session, st);
      record.add("error", session, { statement: st, outcome: "unknown", code: "X" });
    } else if (what === "adopt") {
      const epoch = Math.max(...[1, 2, 3, 4, 5, 6, 7, 8, 9].filter((e) => record.head(session, e) !== null));
      const head = record.head(session, epoch);
      if (head !== null && epoch < 9)
        record.add("session.adopted", session, { fromEpoch: epoch, fromN: head.n, fromHash: head.hash });
    } else if (what === "end") {
      record.add("session.end", session, { reason: "closed" });
      ended.add(session);
      open.delete(session);
    }
  }
  record.checkpoint();
  return record;
}

const check = (record: TestRecord, entries: readonly RawEntry[]): VerifyReport =>
  verify({ entries, checkpoints: record.checkpoints, keys: [KEY] }, nodeCrypto);

/** Does the report name index `index` (or a range that holds it) as the first thing wrong? */
function names(report: VerifyReport, index: number): boolean {
  const { first } = report;
  if (report.ok || first === null) return false;
  return first.entry.index === index || (first.until !== null && first.entry.index <= index && index <= first.until);
}

/** Another entry in its place: `principal` replaced, canonical again; `hash` recomputed if the attacker is careful. */
function forged(raw: RawEntry, careful: boolean, edit: (entry: Record<string, unknown>) => void): RawEntry {
  const entry = JSON.parse(utf8Text(raw.bytes) ?? "");
  edit(entry);
  const canonical = canonicalJson(entry);
  if (!canonical.ok) throw new Error(canonical.problem);
  const bytes = utf8(canonical.text);
  return { bytes, hash: careful ? entryHash(bytes, nodeCrypto) : raw.hash };
}

const scenario = fc.record({ script: steps, at: fc.nat(), to: fc.nat(), careful: fc.boolean() });
const runs = { numRuns: 300 };

describe("any record", () => {
  it("an honest one verifies, whatever happened in it", () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(steps, (script) => {
        const record = write(script);
        const report = check(record, record.entries);
        expect(report.findings).toEqual([]);
        expect(report.ok).toBe(true);
        for (const { entry } of record.entries) reached.add(entry.type);
      }),
      runs,
    );
    for (const type of ["session.end", "session.adopted", "approval.granted", "chunk.delivered", "error"])
      expect(reached).toContain(type);
  });

  it("a changed entry is noticed and named", () => {
    fc.assert(
      fc.property(scenario, ({ script, at, careful }) => {
        const record = write(script);
        const index = at % record.entries.length;
        const entries = record.entries.map((raw, i) =>
          i === index ? forged(raw, careful, (entry) => (entry["principal"] = "mallory")) : raw,
        );
        const report = check(record, entries);
        expect(names(report, index)).toBe(true);
        expect(report.first?.failure).toMatch(/^(changed|approved-by-requester)$/);
        if (!careful) expect(report.first).toMatchObject({ failure: "changed", until: null, entry: { index } });
      }),
      runs,
    );
  });

  it("a changed byte is noticed and named", () => {
    fc.assert(
      fc.property(scenario, fc.integer({ min: 1, max: 255 }), ({ script, at, to }, flip) => {
        const record = write(script);
        const index = at % record.entries.length;
        const entries = record.entries.map((raw, i) => {
          if (i !== index) return raw;
          const bytes = Uint8Array.from(raw.bytes);
          const place = to % bytes.length;
          bytes[place] = (bytes[place] ?? 0) ^ flip;
          return { bytes, hash: raw.hash };
        });
        expect(check(record, entries).ok).toBe(false);
      }),
      runs,
    );
  });

  it("a removed entry is noticed and named, even where the rest is renumbered", () => {
    fc.assert(
      fc.property(scenario, ({ script, at, careful }) => {
        const record = write(script);
        const index = at % record.entries.length;
        const rest = record.entries.filter((_, i) => i !== index);
        const entries = careful
          ? rest.map((raw, i) => (i < index ? raw : forged(raw, true, (entry) => (entry["index"] = i))))
          : rest;
        const report = check(record, entries);
        expect(report.ok).toBe(false);
        if (careful) return;
        expect(names(report, index)).toBe(true);
        expect(report.first?.failure).toMatch(/^(removed|tail-missing)$/);
      }),
      runs,
    );
  });

  it("two entries swapped are noticed, and one of them is named", () => {
    fc.assert(
      fc.property(scenario, ({ script, at, to, careful }) => {
        const record = write(script);
        const size = record.entries.length;
        const [a, b] = [at % size, to % size].sort((x, y) => x - y);
        fc.pre(a !== b && a !== undefined && b !== undefined);
        const entries: RawEntry[] = [...record.entries];
        const [first, second] = [entries[a], entries[b]];
        if (first === undefined || second === undefined) return;
        entries[a] = careful ? forged(second, true, (entry) => (entry["index"] = a)) : second;
        entries[b] = careful ? forged(first, true, (entry) => (entry["index"] = b)) : first;
        const report = check(record, entries);
        expect(report.ok).toBe(false);
        if (!careful)
          expect(report.first?.failure).toMatch(/^(reordered|removed|inserted|not-decided|not-approved|changed)$/);
        if (!careful)
          expect(
            report.findings.some(
              ({ failure, entry }) => failure === "reordered" && entry.index >= a && entry.index <= b,
            ),
          ).toBe(true);
      }),
      runs,
    );
  });

  it("an inserted entry is noticed and named", () => {
    fc.assert(
      fc.property(scenario, ({ script, at, to, careful }) => {
        const record = write(script);
        const size = record.entries.length;
        const [from, index] = [at % size, to % (size + 1)];
        const copied = record.entries[from];
        if (copied === undefined) return;
        const extra = forged(copied, true, (entry) =>
          Object.assign(entry, { id: "e_extra", ...(careful ? { index } : {}) }),
        );
        const moved = record.entries.map((raw, i) =>
          careful && i >= index ? forged(raw, true, (entry) => (entry["index"] = i + 1)) : raw,
        );
        const report = check(record, [...moved.slice(0, index), extra, ...moved.slice(index)]);
        expect(report.ok).toBe(false);
        if (!careful)
          expect(
            report.findings.some(
              ({ failure, entry }) => (failure === "inserted" || failure === "reordered") && entry.index === from,
            ),
          ).toBe(true);
      }),
      runs,
    );
  });

  it("a shortened tail is noticed where a checkpoint covers it", () => {
    fc.assert(
      fc.property(scenario, ({ script, at }) => {
        const record = write(script);
        const keep = at % record.entries.length;
        const report = check(record, record.entries.slice(0, keep));
        expect(report.findings.map(({ failure }) => failure)).toContain("tail-missing");
        expect(names(report, keep) || report.first?.failure === "not-approved").toBe(true);
      }),
      runs,
    );
  });

  it("one who rewrites everything behind a change and holds no key is caught by the checkpoint", () => {
    fc.assert(
      fc.property(scenario, ({ script }) => {
        const record = write(script);
        const other = write(script.map(({ what, session }) => ({ what, session: 3 - session })));
        fc.pre(record.entries.at(-1)?.hash !== other.entries.at(-1)?.hash);
        expect(check(record, other.entries).ok).toBe(false);
      }),
      runs,
    );
  });
});
