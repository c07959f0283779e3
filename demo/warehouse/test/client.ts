/**
 * A bare client of the protocol for tests: sends requests as a driver would and returns what came,
 * without retries or renewals of its own.
 */
import { randomUUID } from "node:crypto";
import { gunzipSync } from "node:zlib";

export interface Answer {
  readonly success: boolean;
  readonly code: string | null;
  readonly message: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly data: any;
}

export interface QueryOptions {
  readonly requestId?: string;
  readonly describeOnly?: boolean;
  readonly asyncExec?: boolean;
  readonly bindings?: unknown;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export class Client {
  readonly #url: string;
  token = "";
  masterToken = "";

  constructor(url: string) {
    this.#url = url;
  }

  async post(path: string, body: unknown, token = this.token): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method: "POST",
      headers: { authorization: `Snowflake Token="${token}"` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Answer;
  }

  async get(path: string): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      headers: { authorization: `Snowflake Token="${this.token}"` },
    });
    return (await response.json()) as Answer;
  }

  async logIn(
    fields: Readonly<Record<string, unknown>> = {},
    context = "databaseName=PROD&schemaName=ANALYTICS",
  ): Promise<Answer> {
    const data = {
      LOGIN_NAME: "DIRECT",
      PASSWORD: "secret",
      CLIENT_APP_ID: "JavaScript",
      CLIENT_APP_VERSION: "3.3.0",
      ...fields,
    };
    const answer = await this.post(`/session/v1/login-request?requestId=${randomUUID()}&${context}`, { data });
    if (answer.success) {
      this.token = answer.data.token;
      this.masterToken = answer.data.masterToken;
    }
    return answer;
  }

  /** Sends a statement and follows it to its end. */
  async query(sqlText: string, options: QueryOptions = {}): Promise<Answer> {
    return this.settled(await this.submit(sqlText, options));
  }

  /** Sends a statement and returns the first answer, whatever it is. */
  submit(sqlText: string, options: QueryOptions = {}): Promise<Answer> {
    const { requestId = randomUUID(), ...rest } = options;
    return this.post(`/queries/v1/query-request?requestId=${requestId}`, { sqlText, ...rest });
  }

  /** Follows in-progress answers to the end. */
  async settled(answer: Answer): Promise<Answer> {
    let last = answer;
    while (last.success && typeof last.data?.getResultUrl === "string") last = await this.get(last.data.getResultUrl);
    return last;
  }

  /** The rows of an answer in JSON, those in chunks included. */
  async rows(answer: Answer): Promise<(string | null)[][]> {
    const rows: (string | null)[][] = [...answer.data.rowset];
    for (const chunk of answer.data.chunks ?? []) {
      const response = await fetch(chunk.url, { headers: { "accept-encoding": "identity" } });
      const bytes = Buffer.from(await response.arrayBuffer());
      const text = bytes[0] === 0x1f ? gunzipSync(bytes).toString("utf8") : bytes.toString("utf8");
      rows.push(...(JSON.parse(`[${text}]`) as (string | null)[][]));
    }
    return rows;
  }
}
