/**
 * Whether the warehouse takes a statement for what analysis took it for (architecture §5). A tripwire: an unknown
 * kind on the warehouse's side proves nothing and passes for reads only.
 */
import type { StatementClass } from "@sluice/policy-engine";
import { type StatementKind, statementKind } from "@sluice/snowflake-wire";

const EXPECTED: Partial<Record<StatementClass, readonly StatementKind[]>> = {
  select: ["select"],
  insert: ["insert", "dml"],
  update: ["update", "dml"],
  delete: ["delete", "dml"],
  merge: ["merge", "dml"],
  truncate: ["ddl", "delete", "dml"],
  "copy-load": ["copy"],
  "copy-unload": ["unload"],
  create: ["ddl"],
  alter: ["ddl", "session"],
  drop: ["ddl"],
  undrop: ["ddl"],
};

/** For a statement that was held: anything but a known, matching kind disagrees. */
export function agreesBefore(found: StatementClass, statementTypeId: number): boolean {
  const expected = EXPECTED[found];
  return expected === undefined || expected.includes(statementKind(statementTypeId));
}

/** For a result that has arrived: a data change or definition where a read was analysed disagrees. */
export function agreesAfter(found: StatementClass, statementTypeId: number): boolean {
  const kind = statementKind(statementTypeId);
  const expected = EXPECTED[found];
  return expected === undefined || kind === "unknown" || kind === "misc" || expected.includes(kind);
}
