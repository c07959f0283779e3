/**
 * Reads a `kind: PolicyTest` document: people, and cases of SQL with what must come out.
 */

import { isScalar } from "yaml";
import type { PolicyTestDocument, TestCase, TestExpectation, TestPerson, TestSession } from "./documents.ts";
import {
  anyListOf,
  bool,
  type Cursor,
  type Decode,
  fail,
  lineOf,
  listOf,
  nonEmptyText,
  oneOf,
  readEntries,
  readMap,
  text,
  wholeNumber,
} from "./yaml-reader.ts";

const TEST_KEYS = ["apiVersion", "kind", "name", "catalog", "connection", "people", "session", "cases"];
const EXPECT_KEYS = ["decision", "masks", "scans", "because", "near", "from", "sentence", "complete"];
/** Where a case says no time. A Tuesday noon. */
const DEFAULT_AT = "2026-01-06T12:00:00Z";
const NO_SESSION: TestSession = { database: null, schema: null, role: null, warehouse: null, inTransaction: false };

export function parseTest(node: unknown, cursor: Cursor): PolicyTestDocument | undefined {
  const map = readMap(node, cursor, "a PolicyTest", TEST_KEYS);
  if (map === undefined) return undefined;
  const base = map.optional("session", sessionOver(NO_SESSION)) ?? NO_SESSION;
  const people = map.required("people", peopleTable) ?? {};
  const cases = map.required("cases", listOf(testCase(people, base))) ?? [];
  return {
    kind: "PolicyTest",
    path: cursor.path,
    catalog: map.optional("catalog", nonEmptyText),
    connection: map.optional("connection", nonEmptyText) ?? "demo",
    people,
    cases,
  };
}

function sessionOver(base: TestSession): Decode<TestSession> {
  return (node, cursor) => {
    const map = readMap(node, cursor, "`session`", ["database", "schema", "role", "warehouse", "inTransaction"]);
    if (map === undefined) return undefined;
    return {
      database: map.optional("database", nonEmptyText) ?? base.database,
      schema: map.optional("schema", nonEmptyText) ?? base.schema,
      role: map.optional("role", nonEmptyText) ?? base.role,
      warehouse: map.optional("warehouse", nonEmptyText) ?? base.warehouse,
      inTransaction: map.optional("inTransaction", bool) ?? base.inTransaction,
    };
  };
}

const textTable: Decode<Readonly<Record<string, string>>> = (node, cursor) => {
  const entries = readEntries(node, cursor, "this table");
  if (entries === undefined) return undefined;
  const table = new Map<string, string>();
  for (const [key, , value] of entries) {
    const read = isScalar(value) && value.value === null && value.source === "null" ? "null" : text(value, cursor);
    if (read !== undefined) table.set(key, read);
  }
  return Object.fromEntries(table);
};

const peopleTable: Decode<Readonly<Record<string, TestPerson>>> = (node, cursor) => {
  const entries = readEntries(node, cursor, "`people`");
  if (entries === undefined) return undefined;
  const table = new Map<string, TestPerson>();
  for (const [name, , value] of entries) {
    const person = testPerson(value, cursor);
    if (person !== undefined) table.set(name, person);
  }
  return Object.fromEntries(table);
};

const testPerson: Decode<TestPerson> = (node, cursor) => {
  const map = readMap(node, cursor, "a person", ["kind", "id", "groups", "agent", "issuer", "claims", "delegator"]);
  const kind = map?.required("kind", oneOf(["human", "agent", "job"], "a kind of principal"));
  const id = map?.required("id", nonEmptyText);
  if (map === undefined || kind === undefined || id === undefined) return undefined;
  return {
    kind,
    id,
    groups: map.optional("groups", anyListOf(nonEmptyText)) ?? [],
    agent: map.optional("agent", nonEmptyText),
    issuer: map.optional("issuer", nonEmptyText),
    claims: map.optional("claims", textTable),
    delegator: map.optional("delegator", delegator),
  };
};

/** An id, or an id with groups. */
const delegator: Decode<{ readonly id: string; readonly groups: readonly string[] }> = (node, cursor) => {
  if (isScalar(node)) {
    const id = nonEmptyText(node, cursor);
    return id === undefined ? undefined : { id, groups: [] };
  }
  const map = readMap(node, cursor, "a delegator", ["id", "groups"]);
  const id = map?.required("id", nonEmptyText);
  return map === undefined || id === undefined
    ? undefined
    : { id, groups: map.optional("groups", anyListOf(nonEmptyText)) ?? [] };
};

/** A moment: the YAML reader leaves dates as text. */
const moment: Decode<string> = (node, cursor) => {
  const typed = nonEmptyText(node, cursor);
  if (typed === undefined || Number.isFinite(Date.parse(typed))) return typed;
  return fail(cursor, node, "WRONG_VALUE", `\`${typed}\` is not a moment: write it like 2026-11-20T10:00:00Z.`);
};

function testCase(people: Readonly<Record<string, TestPerson>>, base: TestSession): Decode<TestCase> {
  return (node, cursor) => {
    const map = readMap(node, cursor, "a case", [
      "name",
      "as",
      "at",
      "sql",
      "role",
      "session",
      "result",
      "binds",
      "expect",
    ]);
    if (map === undefined) return undefined;
    const name = map.required("name", nonEmptyText);
    const as = map.required("as", personName(people));
    const sql = map.required("sql", nonEmptyText);
    const expect = map.required("expect", expectation);
    const session = map.optional("session", sessionOver(base)) ?? base;
    const role = map.optional("role", nonEmptyText);
    if (name === undefined || as === undefined || sql === undefined || expect === undefined) return undefined;
    return {
      name,
      line: lineOf(node, cursor),
      as,
      at: map.optional("at", moment) ?? DEFAULT_AT,
      sql,
      session: role === null ? session : { ...session, role },
      result: map.optional("result", resultFacts),
      binds: map.optional("binds", anyListOf(text)) ?? [],
      expect,
    };
  };
}

function personName(people: Readonly<Record<string, TestPerson>>): Decode<string> {
  return (node, cursor) => oneOf(Object.keys(people), "one of `people`")(node, cursor);
}

const resultFacts: Decode<{ readonly rows: number }> = (node, cursor) => {
  const rows = readMap(node, cursor, "`result`", ["rows"])?.required("rows", wholeNumber(0, Number.MAX_SAFE_INTEGER));
  return rows === undefined ? undefined : { rows };
};

const expectation: Decode<TestExpectation> = (node, cursor: Cursor) => {
  const map = readMap(node, cursor, "`expect`", EXPECT_KEYS);
  if (map === undefined) return undefined;
  return {
    decision: map.optional("decision", oneOf(["allow", "hold", "deny"], "an effect")),
    masks: map.optional("masks", textTable),
    scans: map.optional("scans", textTable),
    because: map.optional("because", anyListOf(nonEmptyText)),
    near: map.optional("near", anyListOf(nonEmptyText)),
    from: map.optional("from", anyListOf(nonEmptyText)),
    sentence: map.optional("sentence", nonEmptyText),
    complete: map.optional("complete", bool),
  };
};
