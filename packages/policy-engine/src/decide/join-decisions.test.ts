/** A request with several statements is decided as one. */
import { describe, expect, test } from "vitest";
import { access, bundleOf, facts, PLAIN_CRYPTO, selectOf, statement } from "../testing/example-facts.ts";
import { decide } from "./decide.ts";
import { joinDecisions } from "./join-decisions.ts";

const BUNDLE = bundleOf(`
grants:
  - { id: g, who: { groups: [agents] }, may: [read, delete, create], on: ["snowflake:*"] }
guardrails:
  - { id: hold-delete, to: [delete], require: { from: [stewards] } }
  - { id: hold-create, to: [create], require: { from: [dba] } }
  - { id: deny-drop, to: [drop], deny: "No." }
  - { id: mask, columns: { tagged: [pii] }, mask: redact }
  - { id: few, to: [read], limit: { rows: 5 } }
`);
const of = (action: Parameters<typeof access>[0]) =>
  decide(BUNDLE, facts(statement({ accesses: [access(action, "A.B.C")] })), "statement", PLAIN_CRYPTO);
const join = (...actions: readonly Parameters<typeof access>[0][]) => joinDecisions(actions.map(of), PLAIN_CRYPTO);

describe("joinDecisions", () => {
  test("one denial refuses all of it, and only what denied is named", () => {
    const joined = join("read", "delete", "drop");
    expect([joined.effect, joined.because.map((ref) => ref.rule), joined.approvals]).toEqual([
      "deny",
      ["deny-drop"],
      [],
    ]);
  });
  test("one hold holds all of it, and every group is asked", () => {
    const joined = join("read", "delete", "create");
    expect([joined.effect, joined.approvals.map((one) => one.from)]).toEqual(["hold", [["dba"], ["stewards"]]]);
  });
  test("whatever comes first", () =>
    expect([join("drop", "read").effect, join("delete", "read").effect, join("drop", "delete").effect]).toEqual([
      "deny",
      "hold",
      "deny",
    ]));
  test("limits of one bind all", () => expect(join("read", "delete").limits).toEqual({ rows: 5 }));
  test("one decision is itself", () => expect(join("read")).toEqual(of("read")));
  test("masks stay with their statements", () => {
    const masked = decide(BUNDLE, facts(selectOf("EMAIL")), "statement", PLAIN_CRYPTO);
    expect(joinDecisions([of("read"), masked], PLAIN_CRYPTO).masks).toEqual({
      outputs: null,
      columns: [],
      scans: [],
      hideErrors: true,
    });
  });
  test("no statement is no decision", () => expect(() => joinDecisions([], PLAIN_CRYPTO)).toThrow(TypeError));
});
