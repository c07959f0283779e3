/**
 * Prisma's schema engine as a program: the command-line tool starts it and speaks JSON-RPC on stdin and stdout.
 * It runs the engine's WebAssembly build over the `pg` driver, so that migrations work where the native engine can't
 * be downloaded. It assumes one PostgreSQL url, given as `--datasource`, and must never print that url.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as glue from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { engineAdapter } from "./engine-adapter.ts";

// Neither the ES library nor Node's types declare this global.
declare const WebAssembly: {
  instantiate(
    code: Uint8Array<ArrayBuffer>,
    imports: Readonly<Record<string, object>>,
  ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>;
};

interface Request {
  readonly id: number;
  readonly method?: string;
  readonly params?: unknown;
}

const panics = {
  message: "",
  set_message(text: string) {
    panics.message = text;
  },
};

async function loadEngine(): Promise<typeof glue.SchemaEngine> {
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
  const script = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const code = await readFile(join(dirname(script), "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(code, { "./schema_engine_bg.js": { ...glue } });
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports["__wbindgen_start"];
  if (typeof start === "function") start();
  return glue.SchemaEngine;
}

/** A JSON-RPC error in the shape that the command-line tool turns into its own message. */
function errorOf(cause: unknown): object {
  const message = panics.message !== "" ? panics.message : cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  // Never called a panic: the tool would offer to send a report to its makers.
  const data = { is_panic: false, message, meta: null, error_code: code };
  return { code: 4466, message: "An error happened. Check the data field for details.", data };
}

/** `cli can-connect-to-database` and `cli create-database`: one answer on stderr, then exit. */
async function runProbe(command: string | undefined, url: string): Promise<number> {
  const wanted = new URL(url);
  const database = decodeURIComponent(wanted.pathname.slice(1));
  if (command === "create-database") wanted.pathname = "/postgres";
  const client = new pg.Client({ connectionString: wanted.href });
  try {
    await client.connect();
    if (command === "create-database") await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
    return 0;
  } catch (cause) {
    const known = cause instanceof Error && "code" in cause && cause.code === "3D000";
    const fields = {
      error_code: known ? "P1003" : "P1001",
      message: known ? "The database does not exist" : `Can't reach the database: ${errorText(cause)}`,
    };
    const line = JSON.stringify({ level: "ERROR", target: "schema_engine::logger", fields });
    // The command-line tool drops the first line of stderr.
    await new Promise<void>((resolve) => process.stderr.write(`\n${line}\n`, () => resolve()));
    return 1;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function errorText(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

/** Runs one method of the engine. What `diff` wants printed goes back as a request of ours, as the tool expects. */
async function call(engine: glue.SchemaEngine, request: Request): Promise<unknown> {
  const method: unknown = Reflect.get(engine, request.method ?? "");
  if (typeof method !== "function") throw new Error(`The schema engine has no method ${request.method}`);
  const result: unknown = await Reflect.apply(method, engine, [request.params]);
  if (request.method === "diff" && typeof result === "object" && result !== null && "stdout" in result) {
    if (typeof result.stdout === "string") send({ id: 1_000_000, method: "print", params: { content: result.stdout } });
  }
  return result ?? null;
}

/** The data models named on the command line; undefined when there are none, for an empty list makes the engine panic. */
async function readModels(paths: readonly unknown[]): Promise<[string, string][] | undefined> {
  if (paths.length === 0) return undefined;
  return await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [String(path), await readFile(String(path), "utf8")]),
  );
}

function exitAfterOutput(code: number): void {
  process.stdout.write("", () => process.exit(code));
}

async function serve(engine: glue.SchemaEngine, onRequest: (id: number) => void): Promise<void> {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const request: Request = JSON.parse(line);
    if (request.method === undefined) continue;
    onRequest(request.id);
    try {
      send({ id: request.id, result: await call(engine, request) });
    } catch (cause) {
      send({ id: request.id, error: errorOf(cause) });
    }
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { datasource: { type: "string" }, datamodels: { type: "string", multiple: true } },
  });
  const source: unknown = typeof values.datasource === "string" ? JSON.parse(values.datasource) : {};
  const url = typeof source === "object" && source !== null && "url" in source ? String(source.url) : undefined;
  if (positionals[0] === "cli") return await runProbe(positionals[1], url ?? "");
  if (url === undefined) throw new Error("The schema engine needs a database: set DATABASE_URL.");
  let pending = 1;
  // A panic of the engine surfaces outside of the call that caused it; unanswered, the tool would end with success.
  process.once("uncaughtException", (cause) => {
    send({ id: pending, error: errorOf(cause) });
    exitAfterOutput(1);
  });
  const SchemaEngine = await loadEngine();
  const datamodels = await readModels(Array.isArray(values.datamodels) ? values.datamodels : []);
  const adapter = bindMigrationAwareSqlAdapterFactory(engineAdapter(url));
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, adapter);
  await serve(engine, (id) => {
    pending = id;
  });
  return 0;
}

main().then(exitAfterOutput, (cause: unknown) => {
  const line = JSON.stringify({ level: "ERROR", fields: { message: errorText(cause) } });
  process.stderr.write(`${line}\n`, () => exitAfterOutput(1));
});
