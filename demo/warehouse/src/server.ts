/**
 * The HTTP side: reads requests, finds the session by its token, and answers. Statement outcomes are
 * HTTP 200 whatever they are; anything that is not the protocol is 404.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { matchEndpoint, parseAuthorization } from "@sluice/snowflake-wire";
import { type Account, endSession, logStatement, readQueryBody, submit } from "./account.ts";
import { answerDemo, type DemoControl } from "./demo-control.ts";
import { type Exchange, readBody, readJson, send } from "./http.ts";
import { fieldsOf, logIn, MASTER_SECONDS, renewAnswer, type User } from "./login.ts";
import { envelope, failureEnvelope, inProgress, resultText, sessionFailure } from "./response.ts";
import type { Session } from "./session.ts";
import type { Statement } from "./statement.ts";

export interface Service {
  readonly account: Account;
  readonly users: readonly User[];
  readonly demo: DemoControl;
  /** How long an answer is held back for a statement that still runs, in milliseconds. */
  readonly inProgressAfterMs: number;
  readonly sessions: Map<string, Session>;
  nextSessionId: number;
}

export function createWarehouseServer(service: Service): Server {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://warehouse");
    answer(service, { request, response, url }).catch((fault: unknown) => {
      if (!response.headersSent)
        send({ request, response, url }, 500, JSON.stringify({ message: String(fault) })).catch(() =>
          response.destroy(),
        );
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 65_000;
  server.requestTimeout = 0;
  return server;
}

async function answer(service: Service, exchange: Exchange): Promise<void> {
  const { request, url } = exchange;
  if (url.pathname.startsWith("/__demo/")) return answerDemo(service.demo, exchange, () => readJson(request));
  if (url.pathname.startsWith("/result-chunks/")) return sendChunk(service, exchange);
  const endpoint = matchEndpoint(request.method ?? "", url.pathname);
  if (endpoint === null) return send(exchange, 404, JSON.stringify({ message: "not found" }));
  if (endpoint.name === "login") return login(service, exchange);
  if (endpoint.name === "authenticator")
    return send(exchange, 200, sessionFailure("390511", "This authenticator is not offered."));
  if (endpoint.name === "telemetry") {
    await readBody(request);
    return send(exchange, 200, envelope("Log Received"));
  }
  const token = parseAuthorization(request.headers.authorization ?? "");
  if (endpoint.name === "renew") return renew(service, exchange, token);
  const session = await findSession(service, exchange, token);
  if (session === null) return;
  switch (endpoint.name) {
    case "close":
      return close(service, exchange, session);
    case "heartbeat":
      return send(exchange, 200, envelope(null));
    case "query":
      return query(service, exchange, session);
    case "result":
      return result(service, exchange, session, endpoint.queryId);
    case "abort": {
      const original = fieldsOf(await readJson(request))["requestId"];
      return abort(
        exchange,
        typeof original === "string" ? service.account.statements.byRequestId(session, original) : null,
      );
    }
    case "abortById":
      return abort(exchange, owned(service, session, endpoint.queryId));
    case "monitoring":
      return monitoring(service, exchange, session, endpoint.queryId);
  }
}

async function login(service: Service, exchange: Exchange): Promise<void> {
  await endIdleSessions(service);
  const body = await readJson(exchange.request);
  const { session, body: text } = await logIn(
    body,
    exchange.url.searchParams,
    service.users,
    service.account.database,
    service.nextSessionId++,
  );
  if (session !== null) service.sessions.set(session.tokens.session, session);
  return send(exchange, 200, text);
}

/** Some clients go without closing their session: it ends when its master token would. */
async function endIdleSessions(service: Service): Promise<void> {
  const oldest = Date.now() - MASTER_SECONDS * 1000;
  for (const session of new Set(service.sessions.values())) {
    if (session.usedAt > oldest) continue;
    forget(service, session);
    await endSession(service.account, session);
  }
}

async function renew(service: Service, exchange: Exchange, token: string | null): Promise<void> {
  const body = fieldsOf(await readJson(exchange.request));
  const session = [...new Set(service.sessions.values())].find(({ tokens }) => tokens.master === token);
  if (session === undefined) return send(exchange, 200, sessionFailure("390115", "Master token is invalid."));
  if (body["requestType"] !== "RENEW") return send(exchange, 200, sessionFailure("390400", "Only RENEW is offered."));
  const text = renewAnswer(session);
  service.sessions.set(session.tokens.session, session);
  return send(exchange, 200, text);
}

/** The session of a token; answers itself and returns null where there is none. */
async function findSession(service: Service, exchange: Exchange, token: string | null): Promise<Session | null> {
  const session = token === null ? undefined : service.sessions.get(token);
  if (session !== undefined && session.tokens.session === token) {
    session.usedAt = Date.now();
    return session;
  }
  await readBody(exchange.request);
  if (session !== undefined)
    await send(exchange, 200, sessionFailure("390112", "Your session has expired. Please login again."));
  else await send(exchange, 200, sessionFailure("390104", "Session token is invalid."));
  return null;
}

async function close(service: Service, exchange: Exchange, session: Session): Promise<void> {
  await readBody(exchange.request);
  forget(service, session);
  await endSession(service.account, session);
  return send(exchange, 200, envelope(null));
}

function forget(service: Service, session: Session): void {
  for (const [token, owner] of service.sessions) if (owner === session) service.sessions.delete(token);
}

async function query(service: Service, exchange: Exchange, session: Session): Promise<void> {
  const { account, demo } = service;
  const body = readQueryBody(await readJson(exchange.request));
  const requestId = exchange.url.searchParams.get("requestId") ?? exchange.url.searchParams.get("request_id") ?? "";
  const known = requestId === "" ? null : account.statements.byRequestId(session, requestId);
  if (known !== null) {
    logStatement(account, known, false, true);
    return deliver(service, exchange, known, body.asyncExec);
  }
  const faults = demo.switches.strike(body.sqlText);
  const has = (kind: (typeof faults)[number]["kind"]) => faults.some((fault) => fault.kind === kind);
  if (has("expireToken")) {
    session.expireToken();
    return send(exchange, 200, sessionFailure("390112", "Your session has expired. Please login again."));
  }
  if (has("loseSession")) {
    forget(service, session);
    await endSession(account, session);
    return send(
      exchange,
      200,
      sessionFailure("390111", "Session no longer exists. New login required to access the service."),
    );
  }
  if (has("http503")) return send(exchange, 503, "");
  if (has("dropBefore")) return void exchange.request.socket.destroy();
  const statement = submit(account, session, requestId, body, faults);
  if (has("truncateChunk")) void truncateFirstChunk(demo, statement);
  if (has("dropAfter") || has("noAnswer") || has("nonsense")) {
    await statement.ended(600_000);
    if (has("dropAfter")) return void exchange.request.socket.destroy();
    if (has("nonsense")) return send(exchange, 200, '{"data":{"rowtype":[{"na');
    return;
  }
  return deliver(service, exchange, statement, body.asyncExec);
}

async function truncateFirstChunk(demo: DemoControl, statement: Statement): Promise<void> {
  await statement.ended(600_000);
  const name = statement.outcome?.kind === "success" ? statement.outcome.rows.chunks[0]?.name : undefined;
  if (name !== undefined) demo.truncated.add(name);
}

/** Answers with the outcome, or that it is not there yet. */
async function deliver(service: Service, exchange: Exchange, statement: Statement, isAsync: boolean): Promise<void> {
  if (!isAsync) await statement.ended(service.inProgressAfterMs);
  const { outcome } = statement;
  if (outcome === null || isAsync) return send(exchange, 200, inProgress(statement, isAsync));
  if (outcome.kind === "failure") return send(exchange, 200, failureEnvelope(outcome.failure, statement.queryId));
  const setting = { parameters: statement.session.parameters.list(), origin: originOf(exchange.request) };
  return send(exchange, 200, resultText(statement, outcome, setting));
}

function originOf(request: IncomingMessage): string {
  const { localAddress, localPort } = request.socket;
  return `http://${request.headers.host ?? `${localAddress}:${localPort}`}`;
}

/** A statement of the same user: any session of a user may read its results. */
function owned(service: Service, session: Session, queryId: string): Statement | null {
  const statement = service.account.statements.byQueryId(queryId);
  return statement?.session.user === session.user ? statement : null;
}

async function result(service: Service, exchange: Exchange, session: Session, queryId: string): Promise<void> {
  const statement = owned(service, session, queryId);
  if (statement !== null) return deliver(service, exchange, statement, false);
  return send(
    exchange,
    200,
    failureEnvelope({ code: "000709", sqlState: "02000", message: `Statement ${queryId} not found` }, queryId),
  );
}

async function abort(exchange: Exchange, statement: Statement | null): Promise<void> {
  await readBody(exchange.request);
  if (statement?.cancel() === true) return send(exchange, 200, envelope(null));
  return send(
    exchange,
    200,
    failureEnvelope(
      { code: "000605", sqlState: "01000", message: "Identified SQL statement is not currently executing." },
      statement?.queryId ?? "",
    ),
  );
}

async function monitoring(service: Service, exchange: Exchange, session: Session, queryId: string): Promise<void> {
  const statement = owned(service, session, queryId);
  if (statement === null) return send(exchange, 200, envelope({ queries: [] }));
  const { outcome, status, sqlText, startTime, endTime } = statement;
  const failure = outcome?.kind === "failure" ? outcome.failure : null;
  const row = {
    id: queryId,
    status,
    state: status,
    errorCode: failure?.code ?? null,
    errorMessage: failure?.message ?? null,
    sqlText,
    startTime,
    endTime,
    totalDuration: (endTime === 0 ? Date.now() : endTime) - startTime,
    sessionId: statement.session.id,
    stats: { scanBytes: 0, producedRows: outcome?.kind === "success" ? outcome.rows.total : 0 },
    warehouseId: 1,
    warehouseName: statement.session.context.warehouse,
    warehouseExternalSize: null,
    warehouseServerType: "STANDARD",
  };
  return send(exchange, 200, envelope({ queries: [row] }));
}

async function sendChunk(service: Service, exchange: Exchange): Promise<void> {
  const { response, url, request } = exchange;
  const name = url.pathname.slice("/result-chunks/".length);
  const body = request.method === "GET" ? await service.account.store.get(name) : null;
  if (body === null) return send(exchange, 403, "");
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-encoding": "gzip",
    "content-length": body.length,
  });
  if (service.demo.truncated.delete(name)) {
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
    return;
  }
  response.end(body);
}
