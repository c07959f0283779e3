/**
 * One session: who logged in, its tokens, its context (database, schema, warehouse, role), its
 * parameters and its connection to the engine. Statements of a session use the connection one at a time.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Database, literal, quote } from "./database.ts";
import { Parameters } from "./parameters.ts";

export interface Context {
  database: string | null;
  schema: string | null;
  warehouse: string | null;
  role: string;
}

export interface Tokens {
  readonly session: string;
  readonly master: string;
}

export interface SessionSettings {
  readonly id: number;
  readonly user: string;
  readonly clientAppId: string;
  readonly clientVersion: string;
}

export const WAREHOUSES: readonly string[] = ["AGENTS_XS", "COMPUTE_WH"];

export class Session {
  readonly id: number;
  readonly user: string;
  readonly clientAppId: string;
  readonly parameters = new Parameters();
  readonly context: Context = { database: null, schema: null, warehouse: null, role: "PUBLIC" };
  readonly connection: DuckDBConnection;
  tokens: Tokens = newTokens();
  /** Tokens that were valid once: they get 390112 where others get 390104. */
  readonly expiredTokens = new Set<string>();
  inTransaction = false;
  /** What was made temporary in a schema, as DROP names it. */
  readonly temporaries = new Set<string>();
  /** When the last request of this session came. */
  usedAt = Date.now();
  lastQueryId: string | null = null;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(settings: SessionSettings, connection: DuckDBConnection) {
    this.id = settings.id;
    this.user = settings.user;
    this.clientAppId = settings.clientAppId;
    this.connection = connection;
    this.#version = settings.clientVersion;
  }
  readonly #version: string;

  /** Runs `work` when all earlier work of this session's connection has ended. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#tail.then(work, work);
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  expireToken(): void {
    this.expiredTokens.add(this.tokens.session);
    this.tokens = { ...this.tokens, session: newToken() };
  }

  renew(): Tokens {
    this.expiredTokens.add(this.tokens.session);
    this.tokens = newTokens();
    return this.tokens;
  }

  /** Tells the engine the context: where unqualified names are looked up, and what CURRENT_…() say. */
  async applyContext(): Promise<void> {
    const { database, schema, warehouse, role } = this.context;
    const path = database !== null && schema !== null ? `${quote(database)}.${quote(schema)},` : "";
    await this.connection.run(`SET search_path = ${literal(`${path}"SLUICE"."main"`)}`);
    await this.connection.run(`SET TimeZone = ${literal(String(this.parameters.get("TIMEZONE") ?? "UTC"))}`);
    const values: Readonly<Record<string, string | null>> = {
      CURRENT_USER: this.user,
      CURRENT_ROLE: role,
      CURRENT_DATABASE: database,
      CURRENT_SCHEMA: schema,
      CURRENT_WAREHOUSE: warehouse,
      CURRENT_SESSION: String(this.id),
      CURRENT_ACCOUNT: "DEMO",
      CURRENT_ACCOUNT_NAME: "DEMO",
      CURRENT_ORGANIZATION_NAME: "SLUICE",
      CURRENT_REGION: "AWS_DEMO",
      CURRENT_VERSION: "9.38.0",
      CURRENT_CLIENT: `${this.clientAppId} ${this.#version}`,
      CURRENT_IP_ADDRESS: "127.0.0.1",
      CURRENT_AVAILABLE_ROLES: `["${role}"]`,
      CURRENT_SECONDARY_ROLES: '{"roles":"","value":""}',
      CURRENT_SCHEMAS: `["${database}.${schema}"]`,
    };
    for (const [name, value] of Object.entries(values)) await this.#setVariable(name, value);
    await this.noteQuery(this.lastQueryId);
  }

  async noteQuery(queryId: string | null): Promise<void> {
    this.lastQueryId = queryId;
    await this.#setVariable("LAST_QUERY_ID", queryId);
  }

  /** Notes whether a transaction is open, for what runs next and for CURRENT_TRANSACTION(). */
  async markTransaction(isOpen: boolean): Promise<void> {
    this.inTransaction = isOpen;
    await this.#setVariable("CURRENT_TRANSACTION", isOpen ? String(this.id) : null);
  }

  /** Sets what the statement after `name` reads by `getvariable`. Names are fixed or checked by the caller. */
  async #setVariable(name: string, value: string | null): Promise<void> {
    await this.connection.run(`SET VARIABLE ${quote(name)} = ${value === null ? "NULL::VARCHAR" : literal(value)}`);
  }

  /** Takes over database and schema if they exist; false if not. */
  async useSchema(database: string, schema: string | null): Promise<boolean> {
    const reader = await this.connection.runAndReadAll(
      `SELECT schema_name FROM duckdb_schemas() WHERE database_name = ${literal(database)} AND database_name NOT IN ('SLUICE', 'memory', 'system', 'temp')`,
    );
    const schemas = reader.getRows().map(([name]) => String(name));
    if (schemas.length === 0 || (schema !== null && !schemas.includes(schema))) return false;
    this.context.database = database;
    this.context.schema = schema ?? (schemas.includes("PUBLIC") ? "PUBLIC" : null);
    return true;
  }

  close(): void {
    this.connection.closeSync();
  }
}

export async function openSession(settings: SessionSettings, database: Database): Promise<Session> {
  return new Session(settings, await database.connect());
}

function newToken(): string {
  return `wh1:${randomBytes(32).toString("base64url")}`;
}

function newTokens(): Tokens {
  return { session: newToken(), master: newToken() };
}

/** A query id in Snowflake's shape. */
export function newQueryId(): string {
  return `01${randomUUID().slice(2)}`;
}
