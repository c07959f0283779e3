/** A caller that speaks the wire by hand: for what no driver would send, and for exact request ids. */
import { randomUUID } from "node:crypto";

export interface Envelope {
  readonly success: boolean;
  readonly code: string | null;
  readonly message: string | null;
  readonly data: Record<string, unknown> | null;
}

export interface RawSession {
  readonly token: string;
  readonly masterToken: string;
  readonly login: Envelope;
  query(
    sql: string,
    more?: { readonly requestId?: string; readonly body?: Record<string, unknown>; readonly signal?: AbortSignal },
  ): Promise<Envelope>;
  result(queryId: string): Promise<Envelope>;
  send(method: string, path: string, body?: string | Uint8Array, headers?: Record<string, string>): Promise<Envelope>;
}

export async function rawSend(
  url: string,
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Envelope> {
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: body as string }),
    ...(signal === undefined ? {} : { signal }),
  });
  return (await answer.json()) as Envelope;
}

export const loginBody = (token: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    data: {
      ACCOUNT_NAME: "demo",
      LOGIN_NAME: "agent",
      PASSWORD: token,
      CLIENT_APP_ID: "JavaScript",
      CLIENT_APP_VERSION: "3.3.0",
      SESSION_PARAMETERS: {},
      CLIENT_ENVIRONMENT: {},
      ...more,
    },
  });

export async function rawLogin(url: string, token: string): Promise<RawSession> {
  const login = await rawSend(
    url,
    "POST",
    `/session/v1/login-request?requestId=${randomUUID()}&databaseName=PROD&schemaName=ANALYTICS&warehouse=AGENTS_XS`,
    loginBody(token),
  );
  const session = String(login.data?.["token"] ?? "");
  const authorization = `Snowflake Token="${session}"`;
  return {
    token: session,
    masterToken: String(login.data?.["masterToken"] ?? ""),
    login,
    query: (sql, more = {}) =>
      rawSend(
        url,
        "POST",
        `/queries/v1/query-request?requestId=${more.requestId ?? randomUUID()}`,
        JSON.stringify({ sqlText: sql, asyncExec: false, sequenceId: 1, ...more.body }),
        { authorization },
        more.signal,
      ),
    result: (queryId) => rawSend(url, "GET", `/queries/${queryId}/result`, undefined, { authorization }),
    send: (method, path, body, headers = {}) => rawSend(url, method, path, body, { authorization, ...headers }),
  };
}
