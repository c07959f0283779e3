/**
 * The closed table of the protocol's endpoints, and its query strings.
 *
 * What the table doesn't name is null, and the caller refuses it: other paths of the same origin run DDL with
 * the same session token. The one form that is normalised first is a double slash before the id in
 * `/monitoring/queries//<id>`, which Python connector 5 sends (protocol §20).
 */

import type { Result } from "./outcome.ts";
import { decoding, refuse } from "./shape.ts";

export type Endpoint =
  | { readonly name: "login" }
  | { readonly name: "authenticator" }
  | { readonly name: "renew" }
  /** Only together with `delete=true` in the query string: see `matchRequest`. */
  | { readonly name: "close" }
  | { readonly name: "heartbeat" }
  | { readonly name: "query" }
  | { readonly name: "result"; readonly queryId: string }
  | { readonly name: "abort" }
  | { readonly name: "abortById"; readonly queryId: string }
  | { readonly name: "monitoring"; readonly queryId: string }
  | { readonly name: "telemetry" };

export type EndpointName = Endpoint["name"];

const UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";

const FIXED: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["POST /session/v1/login-request", { name: "login" }],
  ["POST /session/authenticator-request", { name: "authenticator" }],
  ["POST /session/token-request", { name: "renew" }],
  ["POST /session", { name: "close" }],
  ["POST /session/heartbeat", { name: "heartbeat" }],
  ["POST /queries/v1/query-request", { name: "query" }],
  ["POST /queries/v1/abort-request", { name: "abort" }],
  ["POST /telemetry/send", { name: "telemetry" }],
]);

const BY_ID: readonly {
  readonly method: string;
  readonly path: RegExp;
  readonly name: "result" | "abortById" | "monitoring";
}[] = [
  { method: "GET", path: new RegExp(`^/queries/(${UUID})/result$`), name: "result" },
  { method: "POST", path: new RegExp(`^/queries/(${UUID})/abort-request$`), name: "abortById" },
  { method: "GET", path: new RegExp(`^/monitoring/queries//?(${UUID})$`), name: "monitoring" },
];

/** Which endpoint a method and a path (without the query string) name; null when none does. Ids are lower-cased. */
export function matchEndpoint(method: string, path: string): Endpoint | null {
  const fixed = FIXED.get(`${method} ${path}`);
  if (fixed !== undefined) return fixed;
  for (const row of BY_ID) {
    const queryId = row.method === method ? row.path.exec(path)?.[1] : undefined;
    if (queryId !== undefined) return { name: row.name, queryId: queryId.toLowerCase() };
  }
  return null;
}

/** The path of an endpoint, for a client of the protocol. */
export function endpointPath(endpoint: Endpoint): string {
  switch (endpoint.name) {
    case "login":
      return "/session/v1/login-request";
    case "authenticator":
      return "/session/authenticator-request";
    case "renew":
      return "/session/token-request";
    case "close":
      return "/session";
    case "heartbeat":
      return "/session/heartbeat";
    case "query":
      return "/queries/v1/query-request";
    case "result":
      return `/queries/${endpoint.queryId}/result`;
    case "abort":
      return "/queries/v1/abort-request";
    case "abortById":
      return `/queries/${endpoint.queryId}/abort-request`;
    case "monitoring":
      return `/monitoring/queries/${endpoint.queryId}`;
    case "telemetry":
      return "/telemetry/send";
  }
}

/** One `name=value` of a query string, both decoded. */
export type QueryPair = readonly [name: string, value: string];

export interface MatchedRequest {
  readonly endpoint: Endpoint;
  readonly query: readonly QueryPair[];
}

/** Reads a request target (`/path?query`): the endpoint and its query string, or ENDPOINT or QUERY_STRING. */
export function matchRequest(method: string, target: string): Result<MatchedRequest> {
  return decoding(() => {
    const mark = target.indexOf("?");
    const endpoint = matchEndpoint(method, mark < 0 ? target : target.slice(0, mark));
    if (endpoint === null) return refuse("ENDPOINT", "no such endpoint");
    const query = readQuery(mark < 0 ? "" : target.slice(mark + 1));
    if (endpoint.name === "close" && queryValue(query, "delete") !== "true") {
      refuse("ENDPOINT", "a session is closed with delete=true");
    }
    return { endpoint, query };
  });
}

/** Most characters and pairs of a query string. */
const QUERY_CHARS_MAX = 16_384;
const QUERY_PAIRS_MAX = 64;

/** Names of the logical request id: most drivers use the first, Python and C the second at login. */
const REQUEST_ID_NAMES: ReadonlySet<string> = new Set(["requestId", "request_id"]);

/** Names that are read: a second, different value for one of them is refused. */
const READ_NAMES: ReadonlySet<string> = new Set([
  "requestId",
  "delete",
  "warehouse",
  "databaseName",
  "schemaName",
  "roleName",
]);

/**
 * Reads a query string (the text after `?`) into ordered pairs, the first of each name. Drivers repeat pairs
 * when they retry; two different request ids, or two values for another name that is read, are QUERY_STRING.
 */
export function parseQuery(text: string): Result<readonly QueryPair[]> {
  return decoding(() => readQuery(text));
}

function readQuery(text: string): readonly QueryPair[] {
  if (text.length > QUERY_CHARS_MAX) refuse("QUERY_STRING", "the query string is too long");
  const seen = new Map<string, string>();
  for (const part of text.split("&")) {
    if (part === "") continue;
    const mark = part.indexOf("=");
    const name = percentDecoded(mark < 0 ? part : part.slice(0, mark));
    const value = mark < 0 ? "" : percentDecoded(part.slice(mark + 1));
    const key = REQUEST_ID_NAMES.has(name) ? "requestId" : name;
    const before = seen.get(key);
    if (before !== undefined && before !== value && READ_NAMES.has(key)) {
      refuse("QUERY_STRING", `${key} has two values`);
    }
    if (before === undefined) seen.set(key, value);
    if (seen.size > QUERY_PAIRS_MAX) refuse("QUERY_STRING", "too many parameters");
  }
  return [...seen];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return refuse("QUERY_STRING", "a malformed percent-encoding");
  }
}

/** The value of a name in a query string, or null. `request_id` is found under `requestId`. */
export function queryValue(query: readonly QueryPair[], name: string): string | null {
  return query.find(([key]) => key === name)?.[1] ?? null;
}

/** The logical request id: 1 to 128 characters of `[A-Za-z0-9_.:-]`, else null. */
export function requestIdOf(query: readonly QueryPair[]): string | null {
  const id = queryValue(query, "requestId");
  return id !== null && /^[A-Za-z0-9_.:-]{1,128}$/.test(id) ? id : null;
}

/** Writes a query string with its `?`; empty when there is no pair. */
export function renderQuery(pairs: readonly QueryPair[]): string {
  if (pairs.length === 0) return "";
  return `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`;
}

/** True for the shape of a query id (and of a request id): 8-4-4-4-12 hexadecimal digits. */
export function isUuid(text: string): boolean {
  return UUID_WHOLE.test(text);
}

const UUID_WHOLE = new RegExp(`^${UUID}$`);

const AUTHORIZATION = /^Snowflake Token="([^"\\\u0000-\u001f]{1,4096})"$/;

/** The token of an `Authorization: Snowflake Token="…"` header; null when absent, `None` or of another form. */
export function parseAuthorization(header: string): string | null {
  const token = AUTHORIZATION.exec(header)?.[1] ?? null;
  return token === "None" ? null : token;
}

/** The `Authorization` header for a session or master token. */
export function renderAuthorization(token: string): string {
  return `Snowflake Token="${token}"`;
}
