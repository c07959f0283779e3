/**
 * One session with the warehouse, for one downstream session. Holds the upstream tokens, renews them (one renewal
 * at a time), follows long queries, and tells apart what was never sent, what failed, and what is unknown.
 *
 * INVARIANT (one execution): a statement is posted again only with the same request id, and only when the answer
 * says it was not taken (an expired token) or nothing had been sent, or it is a read.
 */

import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import {
  decodeAcknowledgement,
  decodeLoginResponse,
  decodeQueryResponse,
  decodeRenewResponse,
  encodeAbortRequest,
  encodeLoginContext,
  encodeLoginRequest,
  encodeQueryRequest,
  encodeRenewRequest,
  type Failure,
  type Json,
  type LoginContext,
  type LoginRequest,
  type LoginResult,
  parseJson,
  type QueryRequest,
  renderJson,
  type Secret,
} from "@sluice/snowflake-wire";
import type { UpstreamAnswer, UpstreamPort } from "./port.ts";
import type { Transport } from "./transport.ts";

export type LoginOutcome =
  | { readonly kind: "session"; readonly session: UpstreamSession; readonly result: LoginResult }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "unreachable" }
  | { readonly kind: "nonsense"; readonly reason: string };

/** What survives a restart, sealed. */
export interface UpstreamTokens {
  readonly token: string;
  readonly masterToken: string;
}

const GONE: ReadonlySet<string> = new Set(["390104", "390111", "390113", "390114", "390115"]);
const QUERY_TARGET = "/queries/v1/query-request";
/** How long a refused connection is tried again before the statement is given up as never sent. */
const CONNECT_PATIENCE_MS = 10_000;
const POLL_MIN_MS = 50;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function loginUpstream(
  transport: Transport,
  request: LoginRequest,
  context: LoginContext,
): Promise<LoginOutcome> {
  const pairs = [["requestId", randomUUID()] as const, ...encodeLoginContext(context)];
  const target = `/session/v1/login-request?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
  const exchange = await transport.exchange({
    method: "POST",
    target,
    body: renderJson(encodeLoginRequest(request)),
    headers: { accept: "application/json" },
  });
  if (exchange.kind === "not-sent" || exchange.kind === "lost") return { kind: "unreachable" };
  if (exchange.kind === "nonsense") return exchange;
  const parsed = parseJson(exchange.text);
  const decoded = parsed.ok ? decodeLoginResponse(parsed.value) : parsed;
  if (!decoded.ok) return { kind: "nonsense", reason: decoded.error.code };
  if (decoded.value.kind === "failure") return { kind: "refused", failure: decoded.value };
  const session = new UpstreamSession(transport, decoded.value.token, decoded.value.masterToken ?? decoded.value.token);
  return { kind: "session", session, result: decoded.value };
}

export class UpstreamSession implements UpstreamPort {
  readonly #transport: Transport;
  #token: Secret;
  #master: Secret;
  #renewal: Promise<boolean> | null = null;
  onTokens: ((tokens: UpstreamTokens) => void) | null = null;

  constructor(transport: Transport, token: Secret, master: Secret) {
    this.#transport = transport;
    this.#token = token;
    this.#master = master;
  }

  /** For sealing only. */
  tokens(): UpstreamTokens {
    return { token: this.#token.reveal(), masterToken: this.#master.reveal() };
  }

  /**
   * Runs one query request to its end. `repeatable`: a read, which may be posted again (same request id) after a
   * lost connection.
   */
  async query(request: QueryRequest, requestId: string, repeatable: boolean): Promise<UpstreamAnswer> {
    const body = renderJson(encodeQueryRequest(request));
    const started = Date.now();
    for (let attempt = 0; ; attempt += 1) {
      const retry = attempt === 0 ? "" : `&clientStartTime=${started}&retryCount=${attempt}`;
      const target = `${QUERY_TARGET}?requestId=${requestId}&request_guid=${randomUUID()}${retry}`;
      const answer = await this.#ask("POST", target, body);
      if (answer.kind === "not-sent" && Date.now() - started < CONNECT_PATIENCE_MS) {
        await pause(Math.min(2000, 100 * 2 ** attempt));
        continue;
      }
      if (answer.kind === "unknown" && repeatable && attempt < 3) {
        await pause(100 * 2 ** attempt);
        continue;
      }
      return answer;
    }
  }

  /** The result of a statement that has run: a child of a multi-statement request, or fresh chunk addresses. */
  result(queryId: string): Promise<UpstreamAnswer> {
    return this.#ask("GET", `/queries/${queryId}/result?request_guid=${randomUUID()}`, null);
  }

  /** Asks the warehouse to stop a statement; what became of it is said by the statement's own answer. */
  async abort(requestId: string, sqlText: string): Promise<void> {
    const body = renderJson(encodeAbortRequest({ requestId, sqlText }));
    await this.#send("POST", `/queries/v1/abort-request?requestId=${randomUUID()}`, body, this.#token);
  }

  /** True while the warehouse still knows this session. */
  async heartbeat(): Promise<"alive" | "gone" | "unreachable"> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const exchange = await this.#send("POST", `/session/heartbeat?requestId=${randomUUID()}`, null, this.#token);
      if (exchange.kind !== "answered") return "unreachable";
      const parsed = parseJson(exchange.text);
      const decoded = parsed.ok ? decodeAcknowledgement(parsed.value) : parsed;
      if (!decoded.ok) return "unreachable";
      if (decoded.value.kind === "success") return "alive";
      if (decoded.value.code !== "390112") return GONE.has(decoded.value.code ?? "") ? "gone" : "alive";
      if (!(await this.#renew())) return "gone";
    }
    return "gone";
  }

  async close(): Promise<void> {
    await this.#send("POST", `/session?delete=true&requestId=${randomUUID()}`, "{}", this.#token);
  }

  /** The bytes of one result chunk from the warehouse's own host. */
  chunk(
    target: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: Readable }> {
    return this.#transport.stream(target, headers);
  }

  get origin(): string {
    return this.#transport.origin;
  }

  async #ask(method: "GET" | "POST", firstTarget: string, firstBody: string | null): Promise<UpstreamAnswer> {
    let target = firstTarget;
    let verb = method;
    let body = firstBody;
    for (let renewals = 0; ; ) {
      const polling = target !== firstTarget;
      const asked = Date.now();
      const exchange = await this.#send(verb, target, body, this.#token);
      if (exchange.kind === "not-sent") {
        if (!polling) return { kind: "not-sent" };
        await pause(500);
        if (++renewals > 60) return { kind: "unknown" };
        continue;
      }
      if (exchange.kind === "lost") {
        // A poll asks again for what already runs; only the post itself can't be repeated blindly.
        if (!polling || ++renewals > 10) return { kind: "unknown" };
        await pause(200);
        continue;
      }
      if (exchange.kind === "nonsense") return exchange;
      if (polling && exchange.status >= 500 && ++renewals <= 10) {
        await pause(200);
        continue;
      }
      if (exchange.status >= 500 || exchange.status === 429) return { kind: "unknown" };
      const read = this.#read(exchange.text);
      if (read.kind === "inProgress") {
        // A warehouse that answers at once, again and again, must not make us spin.
        if (polling && Date.now() - asked < POLL_MIN_MS) await pause(POLL_MIN_MS);
        target = `${read.getResultUrl}?request_guid=${randomUUID()}`;
        verb = "GET";
        body = null;
        continue;
      }
      if (read.kind === "failure" && read.failure.code === "390112" && renewals < 3) {
        renewals += 1;
        if (await this.#renew()) continue;
        return { kind: "session-gone" };
      }
      if (read.kind === "failure" && GONE.has(read.failure.code ?? "")) return { kind: "session-gone" };
      return read;
    }
  }

  #read(text: string): UpstreamAnswer | { readonly kind: "inProgress"; readonly getResultUrl: string } {
    const parsed = parseJson(text, { rawAt: ["data.rowset"] });
    const decoded = parsed.ok ? decodeQueryResponse(parsed.value) : parsed;
    if (!decoded.ok) return { kind: "nonsense", reason: decoded.error.code };
    const answer = decoded.value;
    switch (answer.kind) {
      case "result":
        return { kind: "result", data: answer.data };
      case "failure":
        return { kind: "failure", failure: answer };
      case "inProgress":
        // A path on this host, never another address.
        if (!/^\/queries\/[0-9a-fA-F-]{36}\/result$/.test(answer.getResultUrl))
          return { kind: "nonsense", reason: "getResultUrl" };
        return { kind: "inProgress", getResultUrl: answer.getResultUrl };
    }
  }

  #send(method: "GET" | "POST", target: string, body: string | null, token: Secret) {
    return this.#transport.exchange({
      method,
      target,
      body,
      headers: { accept: "application/snowflake", authorization: `Snowflake Token="${token.reveal()}"` },
    });
  }

  /** One renewal at a time; every waiting request shares its outcome. */
  #renew(): Promise<boolean> {
    this.#renewal ??= this.#renewNow().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renewNow(): Promise<boolean> {
    const body = renderJson(encodeRenewRequest({ oldSessionToken: this.#token }));
    const exchange = await this.#send("POST", `/session/token-request?requestId=${randomUUID()}`, body, this.#master);
    if (exchange.kind !== "answered") return false;
    const parsed: { ok: true; value: Json } | { ok: false } = parseJson(exchange.text);
    if (!parsed.ok) return false;
    const decoded = decodeRenewResponse(parsed.value);
    if (!decoded.ok || decoded.value.kind !== "success") return false;
    this.#token = decoded.value.sessionToken;
    this.#master = decoded.value.masterToken;
    this.onTokens?.(this.tokens());
    return true;
  }
}
