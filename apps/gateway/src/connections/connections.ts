/**
 * The governed upstreams as this replica knows them: document, transport, storage, and the catalog read over a
 * session of the gateway's own. Read anew when the documents change.
 */
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { ConnectionDocument } from "@sluice/contracts";
import { OWN_WISHES } from "../credentials/upstream-login.ts";
import type { Vault } from "../credentials/vault.ts";
import { listConnections } from "../store/connections.ts";
import type { Queryable } from "../store/pool.ts";
import { StorageClient } from "../upstream/storage.ts";
import { Transport } from "../upstream/transport.ts";
import { loginUpstream, type UpstreamSession } from "../upstream/upstream-session.ts";
import type { FetchChunk } from "./all-rows.ts";
import { CatalogReader } from "./catalog-reader.ts";

const gunzipAsync = promisify(gunzip);

export interface Connection {
  readonly document: ConnectionDocument;
  readonly sealed: Buffer | null;
  readonly transport: Transport;
  readonly storage: StorageClient;
  readonly catalog: CatalogReader;
}

export class Connections {
  readonly #vault: Vault;
  readonly #byName = new Map<string, Connection & { readonly key: string }>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** A routing key among known connections and never an address; drivers fold its case. */
  find(account: string): Connection | null {
    return this.#byName.get(account.toLowerCase()) ?? null;
  }

  all(): readonly Connection[] {
    return [...this.#byName.values()];
  }

  async refresh(db: Queryable): Promise<void> {
    for (const stored of await listConnections(db)) {
      const { document, sealedCredential: sealed } = stored;
      const key = `${JSON.stringify(document)}${sealed?.toString("base64") ?? ""}`;
      const known = this.#byName.get(document.name);
      if (known?.key === key) continue;
      const transport = new Transport(document.upstream.url);
      const storage = new StorageClient(transport.origin, document.storageHosts);
      const catalog = new CatalogReader(document, fetchFrom(storage), () =>
        this.#ownSession(document, sealed, transport),
      );
      this.#byName.set(document.name, { key, document, sealed, transport, storage, catalog });
      // Sessions of the former document keep its transport; it closes with them.
    }
  }

  async #ownSession(
    document: ConnectionDocument,
    sealed: Buffer | null,
    transport: Transport,
  ): Promise<UpstreamSession> {
    const { request, context } = this.#vault.upstreamLogin(document, sealed, OWN_WISHES);
    const outcome = await loginUpstream(transport, request, context);
    if (outcome.kind !== "session") throw new Error(`catalog login: ${outcome.kind}`);
    return outcome.session;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.all().map(async (each) => {
        await each.catalog.close();
        await each.transport.close();
        await each.storage.close();
      }),
    );
  }
}

/** A catalog's chunks are small next to callers': they are held whole, up to this. */
const CATALOG_CHUNK_BYTES_MAX = 256 * 1_048_576;

const fetchFrom =
  (storage: StorageClient): FetchChunk =>
  async (chunk, headers) => {
    const body = await buffer(await storage.fetch(chunk.url, headers, AbortSignal.timeout(60_000)));
    const isGzip = body[0] === 0x1f && body[1] === 0x8b;
    return isGzip ? await gunzipAsync(body, { maxOutputLength: CATALOG_CHUNK_BYTES_MAX }) : body;
  };
