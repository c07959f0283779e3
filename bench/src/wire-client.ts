/**
 * A driver's traffic without a driver: one login, one kept-alive connection, statements, and the parts of a large result
 * fetched four at a time and unpacked. It parses no rows, so that what is measured is the other side.
 */
import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { createGunzip } from "node:zlib";
import { Agent, Pool } from "undici";

export interface Login {
  readonly account: string;
  readonly user: string;
  readonly password: string;
  /** `JSON` or `ARROW`. */
  readonly format?: "JSON" | "ARROW";
}

export interface Answer {
  readonly total: number;
  readonly inlineBytes: number;
  readonly chunks: readonly { readonly url: string }[];
  /** The whole answer, for a look at what came. */
  readonly text: string;
}

interface Envelope {
  readonly success: boolean;
  readonly code: string | null;
  readonly message: string | null;
  readonly data: {
    readonly token?: string;
    readonly total?: number;
    readonly rowset?: unknown;
    readonly rowsetBase64?: string;
    readonly chunks?: readonly { readonly url: string }[];
    readonly getResultUrl?: string;
  } | null;
}

const FETCHES_AT_ONCE = 4;

export class WireClient {
  readonly #pool: Pool;
  readonly #storage = new Agent({ connections: FETCHES_AT_ONCE });
  readonly #login: Login;
  #token = "";

  constructor(url: string, login: Login) {
    this.#pool = new Pool(url, { connections: 1, pipelining: 1 });
    this.#login = login;
  }

  async open(): Promise<this> {
    const { account, user, password, format = "JSON" } = this.#login;
    const data = {
      ACCOUNT_NAME: account,
      LOGIN_NAME: user,
      PASSWORD: password,
      CLIENT_APP_ID: "PythonConnector",
      CLIENT_APP_VERSION: "4.0.0",
      SESSION_PARAMETERS: { PYTHON_CONNECTOR_QUERY_RESULT_FORMAT: format },
    };
    const path = `/session/v1/login-request?databaseName=PROD&schemaName=ANALYTICS&warehouse=AGENTS_XS&requestId=${randomUUID()}`;
    const { envelope } = await this.#exchange("POST", path, JSON.stringify({ data }));
    this.#token = envelope.data?.token ?? "";
    return this;
  }

  /** Posts one statement and reads the answer as bytes, nothing more: for timing. A refusal throws. */
  async post(sqlText: string): Promise<number> {
    const started = performance.now();
    const answer = await this.#bytes("POST", queryPath(), JSON.stringify({ sqlText, asyncExec: false, sequenceId: 1 }));
    const taken = performance.now() - started;
    if (!answer.includes('"success":true')) throw new Error(answer.toString("utf8").slice(0, 500));
    return taken;
  }

  async query(sqlText: string): Promise<Answer> {
    let { envelope, text } = await this.#exchange(
      "POST",
      queryPath(),
      JSON.stringify({ sqlText, asyncExec: false, sequenceId: 1 }),
    );
    while (envelope.data?.getResultUrl !== undefined)
      ({ envelope, text } = await this.#exchange("GET", envelope.data.getResultUrl, null));
    const { total = 0, rowset, rowsetBase64, chunks = [] } = envelope.data ?? {};
    const inlineBytes =
      rowsetBase64 === undefined ? JSON.stringify(rowset ?? []).length : Math.floor((rowsetBase64.length * 3) / 4);
    return { total, inlineBytes, chunks, text };
  }

  /** Fetches and unpacks result parts; returns their bytes unpacked and the slowest first byte. */
  async download(urls: readonly string[]): Promise<{ readonly bytes: number; readonly firstByteMs: number }> {
    const waiting = [...urls];
    let bytes = 0;
    let firstByteMs = 0;
    const fetchAll = async (): Promise<void> => {
      for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
        const found = await this.#fetchPart(url);
        bytes += found.bytes;
        firstByteMs = Math.max(firstByteMs, found.firstByteMs);
      }
    };
    await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, fetchAll));
    return { bytes, firstByteMs };
  }

  async close(): Promise<void> {
    await this.#exchange("POST", `/session?delete=true&requestId=${randomUUID()}`, "{}").catch(() => undefined);
    await this.#pool.destroy();
    await this.#storage.destroy();
  }

  async #fetchPart(url: string): Promise<{ readonly bytes: number; readonly firstByteMs: number }> {
    const started = performance.now();
    const { origin, pathname, search } = new URL(url);
    const answer = await this.#storage.request({
      origin,
      path: `${pathname}${search}`,
      method: "GET",
      headers: { "accept-encoding": "gzip" },
    });
    if (answer.statusCode !== 200) throw new Error(`a result part was answered with ${answer.statusCode}`);
    let packed = 0;
    let firstByteMs = 0;
    const gunzip = createGunzip();
    answer.body.on("data", (block: Buffer) => {
      if (packed === 0) firstByteMs = performance.now() - started;
      packed += block.length;
    });
    answer.body.on("error", (error) => gunzip.destroy(error));
    answer.body.pipe(gunzip);
    let bytes = 0;
    for await (const block of gunzip) bytes += (block as Buffer).length;
    return { bytes, firstByteMs };
  }

  async #bytes(method: "GET" | "POST", path: string, body: string | null): Promise<Buffer> {
    const answer = await this.#pool.request({
      method,
      path,
      body,
      headers: {
        "content-type": "application/json",
        accept: "application/snowflake",
        ...(this.#token === "" ? {} : { authorization: `Snowflake Token="${this.#token}"` }),
      },
    });
    return Buffer.from(await answer.body.arrayBuffer());
  }

  async #exchange(
    method: "GET" | "POST",
    path: string,
    body: string | null,
  ): Promise<{ readonly envelope: Envelope; readonly text: string }> {
    const text = (await this.#bytes(method, path, body)).toString("utf8");
    const envelope = JSON.parse(text) as Envelope;
    if (!envelope.success) throw new Error(`${envelope.code}: ${envelope.message}`);
    return { envelope, text };
  }
}

const queryPath = (): string => `/queries/v1/query-request?requestId=${randomUUID()}`;
