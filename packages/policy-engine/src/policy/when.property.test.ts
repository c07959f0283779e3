/** Where every fact is known, our evaluation and the CEL library's own agree. */
import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { facts, statement } from "../testing/example-facts.ts";
import { factorSchemas } from "./factors.ts";
import { compileWhen } from "./when.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const number = fc.oneof(
  fc.constantFrom("stmt.limit", "stmt.rowsMax", "batch.count"),
  fc.integer({ min: 0, max: 20 }).map(String),
);
const sum = fc.oneof(
  number,
  fc.tuple(number, fc.constantFrom("+", "-", "*"), number).map(([a, op, b]) => `(${a} ${op} ${b})`),
);
const text = fc.oneof(
  fc.constantFrom("stmt.class", "connection", "principal.id"),
  fc.constantFrom("'select'", "'demo'", "'de'"),
);
const atom = fc.oneof(
  fc.constantFrom(
    "true",
    "false",
    "stmt.complete",
    "stmt.hasWhere",
    "session.inTransaction",
    "'read' in stmt.actions",
    "size(stmt.actions) == 1",
  ),
  fc.tuple(sum, fc.constantFrom("<", "<=", ">", ">=", "==", "!="), sum).map((parts) => parts.join(" ")),
  fc.tuple(text, fc.constantFrom("==", "!="), text).map((parts) => parts.join(" ")),
  fc
    .tuple(text, fc.constantFrom("startsWith", "endsWith", "contains"), text)
    .map(([a, method, b]) => `${a}.${method}(${b})`),
  text.map((one) => `${one} in ['select', 'demo']`),
);
const expression = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    atom,
    fc
      .tuple(tie("node"), fc.constantFrom("&&", "||"), tie("node"))
      .map(([a, op, b]) => `(${String(a)} ${op} ${String(b)})`),
    tie("node").map((one) => `!(${String(one)})`),
    fc.tuple(tie("node"), tie("node"), tie("node")).map(([a, b, c]) => `(${String(a)} ? ${String(b)} : ${String(c)})`),
  ),
})).node;

const library = new Environment();
for (const [name, schema] of Object.entries(factorSchemas())) {
  if (typeof schema === "string") library.registerVariable(name, schema);
  else library.registerVariable({ name, schema });
}

test("our evaluation agrees with the CEL library's", () => {
  const reached = { true: 0, false: 0 };
  fc.assert(
    fc.property(expression, fc.nat(20), fc.boolean(), (source, limit, hasWhere) => {
      const asked = facts(statement({ limit, rowsMax: 7, hasWhere }));
      const context = {
        connection: "demo",
        stmt: { class: "select", complete: true, hasWhere, limit: BigInt(limit), rowsMax: 7n, actions: ["read"] },
        batch: { count: 1n },
        principal: { id: "devin-1" },
        session: { inTransaction: false },
      };
      const compiled = compileWhen(String(source));
      expect(compiled.ok).toBe(true);
      if (!compiled.ok) return;
      const answer = compiled.when.evaluate(asked);
      expect(answer).toBe(library.evaluate(String(source), context));
      reached[answer === true ? "true" : "false"]++;
    }),
    { numRuns: 500 },
  );
  expect(Math.min(reached.true, reached.false)).toBeGreaterThan(50);
});

test("an unknown fact never turns into a certain answer that some value of it would contradict", () => {
  fc.assert(
    fc.property(expression, (source) => {
      const compiled = compileWhen(String(source));
      if (!compiled.ok) throw new Error(compiled.message);
      const { evaluate } = compiled.when;
      const unsure = evaluate(facts(statement({ limit: null, rowsMax: 7, hasWhere: null })));
      if (unsure === null) return;
      for (const limit of [0, 1, 7, 20])
        for (const hasWhere of [true, false])
          expect(evaluate(facts(statement({ limit, rowsMax: 7, hasWhere })))).toBe(unsure);
    }),
    { numRuns: 500 },
  );
});

test.each([
  `${"(".repeat(30)}true${")".repeat(30)}`,
  Array.from({ length: 300 }, () => "true").join(" && "),
  `stmt.class in [${Array.from({ length: 300 }, () => "'a'").join(",")}]`,
  "x".repeat(3000),
])("an expression that is too large is refused (%#)", (source) => expect(compileWhen(source).ok).toBe(false));
