/** `sluice policy`: check, test, apply, explain, and what a body of SQL touches. */

import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  analyse,
  analyseJsonLine,
  type Catalog,
  type Crypto,
  parseBundle,
  runTests,
  type StatementFacts,
} from "@sluice/policy-engine";
import type { Command } from "commander";
import { withAccess } from "../access-options.ts";
import { type Access, call } from "../api-client.ts";
import { isPolicyFile, readConfigFiles } from "../config-files.ts";
import { ExitCode, Refusal } from "../exit.ts";
import { bold, dim, effect, type OutputOptions, printJson, printLine, visible } from "../output.ts";
import { type ApplyOptions, applyFiles } from "./apply.ts";

const crypto: Crypto = { sha256Hex: (text) => hash("sha256", text, "hex") };
const DEFAULT_FOLDER = "demo/config";

interface ExplainAnswer {
  readonly effect: "allow" | "hold" | "deny";
  readonly sentence: string;
  readonly statements: readonly { readonly sql: string; readonly explanation: readonly string[] }[];
}

export function addPolicy(program: Command): void {
  const policy = program.command("policy").description("write, test, predict and apply policy");
  policy
    .command("check")
    .argument("[path]", "a folder of documents", DEFAULT_FOLDER)
    .option("--json", "print JSON")
    .description("say what is wrong with the documents")
    .action(check);
  policy
    .command("test")
    .argument("[path]", "a folder of documents with their PolicyTest documents", DEFAULT_FOLDER)
    .option("--json", "print JSON")
    .description("run the policy tests")
    .action(test);
  withAccess(
    policy
      .command("apply")
      .argument("[path]", "a folder of documents", DEFAULT_FOLDER)
      .description("put the policy in force"),
  )
    .option("--dry-run", "check and say what would change")
    .option("--note <text>", "kept with the version")
    .action(async (path: string, options: ApplyOptions) =>
      applyFiles(readConfigFiles(path).filter(isPolicyFile), options, "pia"),
    );
  withAccess(
    policy
      .command("explain")
      .argument("<sql>", "one or more statements")
      .description("what would happen to a statement, and why"),
  )
    .requiredOption("--as <principal>", "who would run it: devin")
    .option("--connection <name>", "on which connection")
    .option("--database <name>", "current database")
    .option("--schema <name>", "current schema")
    .action(explain);
  policy
    .command("analyse")
    .argument("[sql]", "a statement; without it, JSON lines on standard input")
    .option("--jsonl", "one JSON object per line in (id, sql, catalog?, session?), the facts out, one line each")
    .option("--catalog <file>", "a JSON file with the tables, for one statement")
    .option("--json", "print JSON")
    .description("what SQL touches: objects, columns, lineage")
    .action(analyseSql);
}

function check(path: string, options: OutputOptions): void {
  const { diagnostics, bundle } = parseBundle(readConfigFiles(path).filter(isPolicyFile), crypto);
  if (bundle === null) process.exitCode = ExitCode.failed;
  if (options.json === true) return printJson({ ok: bundle !== null, digest: bundle?.digest ?? null, diagnostics });
  for (const one of diagnostics) printLine(`${one.path}:${one.line}:${one.column} ${one.severity} ${one.message}`);
  if (bundle !== null) printLine(`The documents are valid: policy ${bundle.digest.slice(0, 12)}.`);
}

function test(path: string, options: OutputOptions): void {
  const files = readConfigFiles(path).filter(isPolicyFile);
  const { bundle, diagnostics } = parseBundle(files, crypto);
  if (bundle === null) {
    process.exitCode = ExitCode.failed;
    if (options.json === true) return printJson({ ok: false, diagnostics });
    for (const one of diagnostics) printLine(`${one.path}:${one.line}:${one.column} ${one.severity} ${one.message}`);
    return;
  }
  const report = runTests(bundle, crypto);
  // A suite without a case proves nothing.
  if (!report.ok || report.results.length === 0) process.exitCode = ExitCode.failed;
  if (options.json === true) return printJson(report);
  for (const one of report.results.filter((result) => !result.ok)) {
    printLine(`${bold("failed")} ${one.name} ${dim(`${one.path}:${one.line}`)}`);
    for (const line of [...one.failures, ...one.explanation]) printLine(`    ${visible(line)}`);
  }
  printLine(`${report.passed} passed, ${report.failed} failed`);
}

async function explain(
  sql: string,
  options: Access & OutputOptions & { as: string; connection?: string; database?: string; schema?: string },
): Promise<void> {
  const { as, connection, database, schema } = options;
  const body = {
    sql,
    as,
    ...(connection === undefined ? {} : { connection }),
    ...(database === undefined ? {} : { database }),
    ...(schema === undefined ? {} : { schema }),
  };
  const answer = await call<ExplainAnswer>(options, "pia", "POST", "/v1/explain", body);
  if (answer.effect === "deny") process.exitCode = ExitCode.failed;
  if (options.json === true) return printJson(answer);
  printLine(`${effect(answer.effect)}${answer.sentence === "" ? "" : ` · ${visible(answer.sentence)}`}`);
  for (const one of answer.statements) for (const line of one.explanation) printLine(`  ${visible(line)}`);
}

async function analyseSql(
  sql: string | undefined,
  options: OutputOptions & { jsonl?: boolean; catalog?: string },
): Promise<void> {
  if (options.jsonl === true || sql === undefined) return await analyseLines();
  const catalog = readCatalog(options.catalog);
  const session = { database: catalog.defaultDatabase ?? null, schema: catalog.defaultSchema ?? null };
  const { statements } = analyse(sql, { dialect: "snowflake", catalog, session });
  if (statements.some((one) => !one.facts.complete)) process.exitCode = ExitCode.failed;
  if (options.json === true) return printJson(statements);
  for (const one of statements) printFacts(one.sql, one.facts);
}

function readCatalog(path: string | undefined): Catalog {
  if (path === undefined) return { tables: [] };
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new Refusal(ExitCode.usage, "CLI_CATALOG", `${path} is not a JSON file with tables.`);
  }
}

async function analyseLines(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    if (!process.stdout.write(`${analyseJsonLine(line)}\n`))
      await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}

function printFacts(sql: string, facts: StatementFacts): void {
  printLine(bold(visible(sql.trim())));
  printLine(
    `  ${facts.class}, ${facts.complete ? "fully understood" : `not fully understood: ${facts.reasons.map((one) => `${one.code} ${one.text}`).join("; ")}`}`,
  );
  for (const access of facts.accesses)
    printLine(`  ${access.action.padEnd(9)} ${access.object} ${dim(access.columns.join(", "))}`);
  for (const [index, output] of facts.outputs.entries())
    printLine(
      `  ${dim("output")}    ${output.name ?? `#${index + 1}`} ${dim("from")} ${output.from.map((edge) => `${edge.column}${edge.via === "bare" ? "" : ` (${edge.via})`}`).join(", ") || "nothing"}`,
    );
  for (const use of facts.indirect) printLine(`  ${dim("used in")}   ${use.used.join(", ")}: ${use.column}`);
}
