/** Guarantee: an entry has one form, its body is one of a closed table, and nothing else is taken. */
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../test/crypto.ts";
import { D, TestRecord } from "../test/record.ts";
import { BODIES, ENTRY_TYPES } from "./bodies.ts";
import { utf8, utf8Text } from "./bytes.ts";
import { chooseChain } from "./chain.ts";
import { checkBody, decodeEntry, type EntryDraft, entryHash, statementOf } from "./entry.ts";

const record = new TestRecord();
record.start("s1");
record.statement("s1", "st1");
record.add("session.end", "s1", { reason: "closed" });
const stored = record.entries[0];
const text = utf8Text(stored?.bytes ?? new Uint8Array(0)) ?? "";

describe("the form", () => {
  it("version 1 hashes as it did when it was published", () => {
    expect(text).toBe(
      '{"body":{"delegator":"ana","groups":["agents"],"kind":"agent","method":"token"},"connection":"demo","epoch":1,"id":"e_0","index":0,"log":"sluice.example/gw-1/2026-11","n":1,"payload":null,"prev":null,"principal":"agent-1","session":"s1","time":"2026-11-21T08:00:00.010Z","type":"session.start","v":1}',
    );
    expect(stored?.hash).toBe(entryHash(utf8(text), nodeCrypto));
  });

  it("comes back", () => {
    for (const { bytes, entry } of record.entries) expect(decodeEntry(bytes)).toEqual({ ok: true, entry });
  });

  it.each([
    ["white space", text.replace(",", ", ")],
    [
      "other order",
      text.replace('"index":0,"log":"sluice.example/gw-1/2026-11"', '"log":"sluice.example/gw-1/2026-11","index":0'),
    ],
    ["another version", text.replace('"v":1', '"v":2')],
    ["an unknown type", text.replace("session.start", "session.began")],
    ["an unknown member", text.replace('"body":{', '"body":{"aaa":1,')],
    ["an unknown member of the envelope", text.replace('{"body"', '{"aaa":1,"body"')],
    ["a missing member", text.replace('"payload":null,', "")],
    ["a member of the wrong kind", text.replace('"kind":"agent"', '"kind":"root"')],
    ["n 0", text.replace('"n":1', '"n":0')],
    ["a first entry with a predecessor", text.replace('"prev":null', `"prev":"${D("a")}"`)],
    ["a time that is none", text.replace("08:00:00.010Z", "08:00:00.010")],
    ["two members of one name", text.replace('"epoch":1', '"epoch":1,"epoch":1')],
    ["bytes that are no UTF-8", `${text}\ud800`],
  ])("refuses %s", (_name, changed) => {
    expect(changed).not.toBe(text);
    expect(decodeEntry(Buffer.from(changed, "utf8")).ok).toBe(false);
  });
});

describe("the clear part", () => {
  it("every type refuses a member that it does not know, so no text of a statement slips in", () => {
    for (const type of ENTRY_TYPES) {
      const problem = checkBody(type, { sqlText: "select 'secret'" });
      expect(problem, type).not.toBeNull();
      expect(problem).not.toContain("secret");
    }
  });

  it("has no field by which the text of a statement could be recorded", () => {
    const forbidden = /sql|binding|literal|message|comment|sentence|value/i;
    const body = { statement: "a", textDigest: D("a") };
    for (const field of ["sql", "sqlText", "binds", "message", "comment", "value", "note"]) {
      for (const type of ENTRY_TYPES)
        expect(checkBody(type, { ...body, [field]: "x" }), `${type}.${field}`).not.toBeNull();
    }
    expect(Object.keys(BODIES).some((type) => forbidden.test(type))).toBe(false);
  });

  it("names the statement it is about", () => {
    expect(record.entries.map(({ entry }) => statementOf(entry))).toEqual([null, "st1", "st1", "st1", "st1", null]);
  });
});

describe("chains", () => {
  const head = { session: "s1", epoch: 2, n: 5, hash: D("a"), ended: false };
  const draft = (type: EntryDraft["type"], epoch?: number): EntryDraft =>
    ({
      type,
      session: "s1",
      principal: null,
      connection: null,
      body: {},
      ...(epoch === undefined ? {} : { epoch }),
    }) as unknown as EntryDraft;

  it.each([
    ["a second start", draft("session.start"), head],
    ["a start in a later epoch", draft("session.start", 2), null],
    ["an adoption into an epoch that is over", draft("session.adopted", 2), head],
    ["an adoption into epoch 1", draft("session.adopted", 1), null],
    ["a statement in a session that never started", draft("statement.received"), null],
    ["a statement in a session that has ended", draft("statement.forwarded"), { ...head, ended: true }],
    ["a statement under an epoch that is over", draft("statement.forwarded", 1), head],
  ])("refuses %s", (_name, entry, newest) => {
    expect(chooseChain(entry, newest).ok).toBe(false);
  });

  it.each([
    ["a chunk delivered after the end stands outside", draft("chunk.delivered"), { ...head, ended: true }, 0],
    ["an approval given on another gateway stands outside", draft("approval.granted"), null, 0],
    ["an entry without an epoch goes to the open one", draft("statement.received"), head, 2],
    ["an adoption opens the next epoch", draft("session.adopted"), head, 3],
  ])("%s", (_name, entry, newest, epoch) => {
    expect(chooseChain(entry, newest)).toEqual({ ok: true, epoch });
  });

  it("the journal fills in the count of session.end", () => {
    expect(record.entries.at(-1)?.entry.body).toEqual({ count: 6, reason: "closed" });
  });
});
