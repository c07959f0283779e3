/**
 * Reads the tables, views and view texts of a connection's databases, over the gateway's own upstream session.
 * A snapshot is immutable; views are checked again before they are 60 s old (policy §4, Views).
 */

import { randomUUID } from "node:crypto";
import type { ConnectionDocument } from "@sluice/contracts";
import type { CatalogColumn, CatalogTable } from "@sluice/policy-engine";
import { queryRequest } from "@sluice/snowflake-wire";
import type { UpstreamSession } from "../upstream/upstream-session.ts";
import { allRows, type FetchChunk } from "./all-rows.ts";

export interface Snapshot {
  readonly tables: readonly CatalogTable[];
  readonly readAt: number;
}

/** Refreshed in the background past this age, and waited for past the next. */
const REFRESH_MS = 30_000;
const STALE_MS = 60_000;
/** A name nobody knows asks for a new look, but not more often than this. */
const MISS_MS = 1_000;
const ROWS_MAX = 500_000;

export class CatalogReader {
  readonly #document: ConnectionDocument;
  readonly #open: () => Promise<UpstreamSession>;
  readonly #fetchChunk: FetchChunk;
  #session: UpstreamSession | null = null;
  #snapshot: Snapshot | null = null;
  #reading: Promise<Snapshot> | null = null;
  #isDirty = false;

  constructor(document: ConnectionDocument, fetchChunk: FetchChunk, open: () => Promise<UpstreamSession>) {
    this.#document = document;
    this.#fetchChunk = fetchChunk;
    this.#open = open;
  }

  /** The newest snapshot, however old; empty before the first read. */
  get current(): Snapshot {
    return this.#snapshot ?? { tables: [], readAt: 0 };
  }

  /** Something was defined through us: what we know is out of date. */
  invalidate(): void {
    this.#isDirty = true;
  }

  /** Resolves when the snapshot is fresh enough; rejects when it can't be had. */
  async prepare(now: number, hasUnknownNames: boolean): Promise<void> {
    const age = now - this.current.readAt;
    if (this.#isDirty || age > STALE_MS || (hasUnknownNames && age > MISS_MS)) await this.#read();
    else if (age > REFRESH_MS) this.#read().catch(() => undefined);
  }

  #read(): Promise<Snapshot> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readNow(): Promise<Snapshot> {
    this.#isDirty = false;
    try {
      const readAt = Date.now();
      const tables: CatalogTable[] = [];
      for (const database of this.#document.databases) tables.push(...(await this.#readDatabase(database)));
      this.#snapshot = { tables, readAt };
      return this.#snapshot;
    } catch (error) {
      this.#session = null;
      this.#isDirty = true;
      throw error;
    }
  }

  async #readDatabase(database: string): Promise<readonly CatalogTable[]> {
    const name = quoted(database);
    const columns = await this.#rows(
      `select table_schema, table_name, column_name, data_type from ${name}.information_schema.columns order by table_schema, table_name, ordinal_position`,
    );
    const views = await this.#rows(
      `select table_schema, table_name, view_definition from ${name}.information_schema.views`,
    );
    const texts = new Map(views.map(([schema, view, text]) => [`${schema}\u0000${view}`, text ?? ""]));
    const grouped = new Map<
      string,
      { readonly schema: string; readonly table: string; readonly columns: CatalogColumn[] }
    >();
    for (const [schema, table, column, type] of columns) {
      if (schema == null || table == null || column == null || type == null || schema === "INFORMATION_SCHEMA")
        continue;
      const key = `${schema}\u0000${table}`;
      const entry = grouped.get(key) ?? { schema, table, columns: [] };
      entry.columns.push({ name: canonicalPart(column), type });
      grouped.set(key, entry);
    }
    return [...grouped].map(([key, entry]) => {
      const viewText = texts.get(key);
      const base = { name: [database, entry.schema, entry.table].map(canonicalPart).join("."), columns: entry.columns };
      return viewText === undefined
        ? { ...base, kind: "table" as const }
        : { ...base, kind: "view" as const, viewText };
    });
  }

  async #rows(sql: string): Promise<readonly (readonly (string | null)[])[]> {
    this.#session ??= await this.#open();
    const answer = await this.#session.query(
      queryRequest(sql, { parameters: { QUERY_TAG: "sluice-catalog" } }),
      randomUUID(),
      true,
    );
    if (answer.kind !== "result") throw new Error(`catalog read: ${answer.kind}`);
    const rows = answer.data.total > ROWS_MAX ? null : await allRows(answer.data, this.#fetchChunk);
    if (rows === null) throw new Error("catalog read: the rows can't be read");
    return rows;
  }

  async close(): Promise<void> {
    await this.#session?.close().catch(() => undefined);
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Parts as facts.ts renders them: bare when upper-case and plain, quoted otherwise. */
const canonicalPart = (name: string): string => (/^[A-Z_][A-Z0-9_$]*$/.test(name) ? name : quoted(name));
