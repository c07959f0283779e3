/**
 * Guarantees over random texts: nothing throws; spelling doesn't change meaning; what an accepted text mentions is
 * in its facts. Seeds are printed by the runner on failure; a case found becomes a row of `corpus/lineage`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Catalog, StatementFacts } from "../facts.ts";
import { analyse, analyseJsonLine, lex } from "./index.ts";
import { OP, WORD } from "./token.ts";

const folder = fileURLToPath(new URL("../../corpus/lineage/", import.meta.url));
const catalog = parse(readFileSync(`${folder}catalog.yaml`, "utf8")) as Catalog;
const rows = ["queries.yaml", "statements.yaml"].flatMap((file) =>
  (parse(readFileSync(folder + file, "utf8")) as { sql: string }[]).map((row) => row.sql),
);
const run = (sql: string, tables: Catalog = catalog) =>
  analyse(sql, { dialect: "snowflake", catalog: tables, session: { database: null, schema: null } }).statements;

const pieces = (sql: string): string[] => {
  const lexed = lex(sql);
  return lexed.ok ? lexed.tokens.slice(0, -1).map((token) => sql.slice(token.start, token.end)) : [];
};
const vocabulary = [...new Set(rows.flatMap(pieces)), "'", '"', "$$", "/*", "*/", "--", "\n", "\\", "\u2028", "#", "("];

describe("no text throws", () => {
  const checkTotal = (sql: string): void => {
    const statements = run(sql);
    expect(statements.length).toBeGreaterThan(0);
    for (const { facts, start, end, sql: own } of statements) {
      expect(sql.slice(start, end)).toBe(own);
      expect(facts.accesses.length).toBeGreaterThan(0);
      expect(facts.complete).toBe(facts.reasons.length === 0);
      expect(() => JSON.stringify(facts)).not.toThrow();
    }
  };

  it(
    "neither any characters",
    () => fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), checkTotal), { numRuns: 2000 }),
    60_000,
  );

  it(
    "nor any tokens in a row",
    () =>
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom(...vocabulary), { maxLength: 40 }).map((parts) => parts.join(" ")),
          checkTotal,
        ),
        { numRuns: 4000 },
      ),
    60_000,
  );

  it("nor a statement with tokens removed, doubled, moved or replaced", () => {
    const mutant = fc
      .tuple(
        fc.constantFrom(...rows),
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.nat(),
            fc.constantFrom("drop", "double", "swap", "replace"),
            fc.constantFrom(...vocabulary),
          ),
          { minLength: 1, maxLength: 4 },
        ),
      )
      .map(([sql, edits]) => {
        const parts = pieces(sql);
        for (const [i, j, edit, word] of edits) {
          const at = i % Math.max(parts.length, 1);
          if (edit === "drop") parts.splice(at, 1);
          else if (edit === "double") parts.splice(at, 0, parts[at] ?? "");
          else if (edit === "replace") parts[at] = word;
          else
            [parts[at], parts[j % Math.max(parts.length, 1)]] = [
              parts[j % Math.max(parts.length, 1)] ?? "",
              parts[at] ?? "",
            ];
        }
        return parts.join(" ");
      });
    fc.assert(fc.property(mutant, checkTotal), { numRuns: 4000 });
  }, 60_000);

  it("nor any line of JSON", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.json(),
      fc
        .record({ id: fc.anything(), sql: fc.anything(), catalog: fc.anything(), session: fc.anything() })
        .map((value) => JSON.stringify(value) ?? ""),
    );
    fc.assert(
      fc.property(line, (text) => void expect(JSON.parse(analyseJsonLine(text))).toBeTypeOf("object")),
      { numRuns: 2000 },
    );
  }, 60_000);
});

describe("spelling doesn't change meaning", () => {
  const separators = [
    " ",
    "\n",
    "\t",
    "\r\n",
    " /* select ssn from t; */ ",
    " -- drop table t\n",
    " // ;'\"\n",
    " /**/ ",
  ];
  const meaning = (facts: StatementFacts): unknown => ({
    ...facts,
    spans: null,
    reasons: facts.reasons.map((reason) => [reason.code, reason.text]),
  });
  // The keys of paths keep their case; `:1` and `x'41'` are what they are only without a space.
  const plain = rows.filter((sql) => !/:\w|->>|x'/.test(sql));

  it("white space, comments and the case of bare words", () => {
    const respelled = fc.tuple(
      fc.constantFrom(...plain),
      fc.infiniteStream(fc.constantFrom(...separators)),
      fc.infiniteStream(fc.boolean()),
    );
    fc.assert(
      fc.property(respelled, ([sql, gaps, cases]) => {
        const lexed = lex(sql);
        if (!lexed.ok) throw new Error(sql);
        let text = "";
        for (const token of lexed.tokens.slice(0, -1)) {
          const piece = sql.slice(token.start, token.end);
          const spelled =
            token.kind !== WORD ? piece : cases.next().value === true ? piece.toUpperCase() : piece.toLowerCase();
          text += spelled + (gaps.next().value ?? " ");
        }
        expect(run(text).map((each) => meaning(each.facts))).toEqual(run(sql).map((each) => meaning(each.facts)));
      }),
      { numRuns: 2000 },
    );
  }, 60_000);

  it("parentheses around an operand", () => {
    for (const sql of [
      "select id from customers where ssn = 'x'",
      "select (id) from customers where ((ssn) = ('x'))",
      "(select id from customers where (ssn = 'x'))",
    ])
      expect(run(sql)[0]?.facts.indirect).toEqual([{ column: "PROD.ANALYTICS.CUSTOMERS.SSN", used: ["predicate"] }]);
  });
});

describe("what an accepted query mentions is in its facts", () => {
  const names = Array.from({ length: 12 }, (_, i) => `C${i}`);
  const tables: Catalog = {
    defaultDatabase: "D",
    defaultSchema: "S",
    tables: [
      { name: "D.S.T1", columns: names.slice(0, 6).map((name) => ({ name, type: "VARCHAR" })) },
      { name: "D.S.T2", columns: names.slice(6).map((name) => ({ name, type: "VARCHAR" })) },
    ],
  };
  const tree = fc.letrec<{ value: string; query: string; item: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.constantFrom(...names, "1", "'x'", "null"),
      fc
        .tuple(
          tie("value"),
          fc.constantFrom("+", "||", "=", "<>", "and", "or", "like", "is distinct from", "in"),
          tie("value"),
        )
        .map(([a, op, b]) => (op === "in" ? `(${a} in (${b}, 1))` : `(${a} ${op} ${b})`)),
      fc
        .tuple(
          fc.constantFrom("upper", "max", "count", "coalesce", "count_if", "f.g.h", "array_construct"),
          tie("value"),
          tie("value"),
        )
        .map(([f, a, b]) => `${f}(${a}, ${b})`),
      fc.tuple(tie("value"), tie("value"), tie("value")).map(([a, b, c]) => `case when ${a} then ${b} else ${c} end`),
      fc
        .tuple(tie("value"), tie("value"), tie("value"))
        .map(([a, b, c]) => `sum(${a}) over (partition by ${b} order by ${c} desc)`),
      fc.tuple(tie("value"), tie("value")).map(([a, b]) => `listagg(${a}) within group (order by ${b})`),
      tie("value").map((a) => `(${a})::varchar`),
      fc.tuple(tie("value"), tie("value")).map(([a, b]) => `${`(${a})`}[${b}]`),
      fc.tuple(tie("value"), tie("value")).map(([a, b]) => `filter(${a}, p -> p = ${b})`),
      fc.tuple(tie("value"), tie("value"), tie("value")).map(([a, b, c]) => `(${a} between ${b} and ${c})`),
      tie("query").map((query) => `(${query})`),
      tie("query").map((query) => `exists (${query})`),
      fc.tuple(tie("value"), tie("query")).map(([a, query]) => `(${a} in (${query}))`),
    ),
    item: fc.tuple(tie("value"), fc.constantFrom("", " as a1", " a2")).map(([value, alias]) => value + alias),
    query: fc
      .record({
        item: tie("item"),
        from: fc.constantFrom(
          "t1, t2",
          "t1 join t2 on c0 = c6",
          "t1 cross join t2",
          "(t1 left join t2 on c1 = c7)",
          "t1, lateral (select * from t2 where c8 = c2) l",
        ),
        where: fc.option(tie("value")),
        group: fc.option(tie("value")),
        qualify: fc.option(tie("value")),
        order: fc.option(tie("value")),
      })
      .map(({ item, from, where, group, qualify, order }) =>
        [
          `select ${item} from ${from}`,
          where === null ? "" : `where ${where}`,
          group === null ? "" : `group by ${group}`,
          qualify === null ? "" : `qualify ${qualify}`,
          order === null ? "" : `order by ${order}`,
        ].join(" "),
      ),
  }));

  it("every column, as an output, a use or an access", () => {
    let accepted = 0;
    fc.assert(
      fc.property(tree.query, (sql) => {
        const facts = run(sql, tables)[0]?.facts;
        if (facts === undefined || facts.reasons.some((reason) => reason.code === "LIMIT")) return;
        expect(facts.reasons).toEqual([]);
        accepted++;
        const touched = new Set(facts.accesses.flatMap((access) => access.columns));
        const mentioned = new Set(sql.toUpperCase().match(/\bC\d+\b/g));
        expect([...mentioned].filter((name) => !touched.has(name))).toEqual([]);
        if (/exists|lateral/.test(sql)) return;
        const flowing = new Set(
          [
            ...facts.outputs.flatMap((output) => output.from.map((edge) => edge.column)),
            ...facts.indirect.map((use) => use.column),
          ].map((ref) => ref.split(":")[0]?.split(".").pop()),
        );
        expect([...mentioned].filter((name) => !flowing.has(name))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(2000);
  }, 60_000);
});

it("a pipe is never part of an accepted statement", () => {
  for (const sql of rows) {
    const lexed = lex(sql);
    if (lexed.ok && lexed.tokens.some((token) => token.kind === OP && token.text === "->>"))
      expect(run(sql)[0]?.facts.complete).toBe(false);
  }
});
