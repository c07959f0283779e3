/**
 * Login: `POST /session/v1/login-request`, in both directions.
 *
 * Every login method of the protocol is decoded into one closed union; a method outside it is LOGIN_METHOD.
 * Secrets are wrapped the moment they are read. A driver's credential is meant for the server that it calls:
 * a gateway never sends it on, and the SPCS token is not even read.
 */

import { type Credential, readCredential, readName, renderCredential } from "./credential.ts";
import { type QueryPair, queryValue } from "./endpoints.ts";
import { encodeFailure, encodeSuccess, type Failure, readEnvelope } from "./envelope.ts";
import { type Json, type JsonObject, jsonNumber } from "./json.ts";
import type { Result } from "./outcome.ts";
import {
  filterParameters,
  type Parameter,
  type ParameterValue,
  readParameters,
  renderParameterObject,
  renderParameters,
} from "./parameters.ts";
import type { Secret } from "./secret.ts";
import { decoding, Fields, record, refuse } from "./shape.ts";

export interface LoginRequest {
  /** As typed by the user: a routing key among known connections, never an address. */
  readonly accountName: string;
  readonly loginName: string | null;
  readonly credential: Credential;
  readonly clientAppId: string | null;
  readonly clientAppVersion: string | null;
  /** The keys of `CLIENT_ENVIRONMENT` that describe a client, with text values. */
  readonly clientEnvironment: Readonly<Record<string, string>>;
  readonly sessionParameters: Readonly<Record<string, ParameterValue>>;
  /** Session parameters that were not understood and are not carried on. */
  readonly droppedParameters: readonly string[];
}

/** What a login asks for in its query string. */
export interface LoginContext {
  readonly warehouse: string | null;
  readonly database: string | null;
  readonly schema: string | null;
  readonly role: string | null;
}

/** The keys of CLIENT_ENVIRONMENT that are read; JDBC puts all connection properties there. */
export const CLIENT_ENVIRONMENT_KEYS: readonly string[] = [
  "APPLICATION",
  "OS",
  "OS_VERSION",
  "ISA",
  "OAUTH_TYPE",
  "PYTHON_VERSION",
  "PYTHON_RUNTIME",
  "NODE_VERSION",
  "GO_VERSION",
  "JAVA_VERSION",
  "JAVA_RUNTIME",
  "NET_RUNTIME",
  "NET_VERSION",
];

const NAME_CHARS_MAX = 512;

/** Reads the body of a login request. */
export function decodeLoginRequest(json: Json): Result<LoginRequest> {
  return decoding(() => {
    const body = new Fields(json, "");
    if (body.has("inFlightCtx")) refuse("LOGIN_METHOD", "a login in two steps is not offered");
    const data = body.child("data");
    const parameters = filterParameters(data.childOrNull("SESSION_PARAMETERS"), "login");
    return {
      accountName: readName(data, "ACCOUNT_NAME") ?? "",
      loginName: readName(data, "LOGIN_NAME"),
      credential: readCredential(data),
      clientAppId: readName(data, "CLIENT_APP_ID"),
      clientAppVersion: readName(data, "CLIENT_APP_VERSION"),
      clientEnvironment: readEnvironment(data.childOrNull("CLIENT_ENVIRONMENT")),
      sessionParameters: parameters.carried,
      droppedParameters: parameters.dropped,
    };
  });
}

function readEnvironment(fields: Fields | null): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const key of CLIENT_ENVIRONMENT_KEYS) {
    const value = fields?.get(key);
    if (typeof value === "string") entries.push([key, value.slice(0, NAME_CHARS_MAX)]);
  }
  return record(entries);
}

/** Writes a login request; the object holds the credential in clear, for the wire only. */
export function encodeLoginRequest(request: LoginRequest): JsonObject {
  const data: Record<string, Json> = { ACCOUNT_NAME: request.accountName };
  if (request.loginName !== null) data.LOGIN_NAME = request.loginName;
  Object.assign(data, renderCredential(request.credential));
  if (request.clientAppId !== null) data.CLIENT_APP_ID = request.clientAppId;
  if (request.clientAppVersion !== null) data.CLIENT_APP_VERSION = request.clientAppVersion;
  data.CLIENT_ENVIRONMENT = record(Object.entries(request.clientEnvironment));
  data.SESSION_PARAMETERS = renderParameterObject(request.sessionParameters);
  return { data };
}

/** What the query string of a login asks for; an empty value asks for nothing (.NET sends all four). */
export function decodeLoginContext(query: readonly QueryPair[]): LoginContext {
  const value = (name: string): string | null => queryValue(query, name) || null;
  return {
    warehouse: value("warehouse"),
    database: value("databaseName"),
    schema: value("schemaName"),
    role: value("roleName"),
  };
}

/** The pairs for the query string of a login. */
export function encodeLoginContext(context: LoginContext): readonly QueryPair[] {
  const pairs: QueryPair[] = [];
  if (context.warehouse !== null) pairs.push(["warehouse", context.warehouse]);
  if (context.database !== null) pairs.push(["databaseName", context.database]);
  if (context.schema !== null) pairs.push(["schemaName", context.schema]);
  if (context.role !== null) pairs.push(["roleName", context.role]);
  return pairs;
}

export interface SessionInfo {
  readonly databaseName: string | null;
  readonly schemaName: string | null;
  readonly warehouseName: string | null;
  readonly roleName: string | null;
}

export interface LoginResult {
  readonly kind: "success";
  readonly token: Secret;
  /** Always a string of its own: Python 5 fails without it (protocol §20). Null only when a server gave none. */
  readonly masterToken: Secret | null;
  readonly validityInSeconds: number;
  readonly masterValidityInSeconds: number;
  readonly displayUserName: string | null;
  readonly serverVersion: string | null;
  /** Decimal text: it may exceed what a JavaScript number holds. */
  readonly sessionId: string | null;
  readonly healthCheckInterval: number;
  readonly parameters: readonly Parameter[];
  readonly sessionInfo: SessionInfo;
  readonly idToken: Secret | null;
  readonly mfaToken: Secret | null;
}

export type LoginResponse = LoginResult | Failure;

/** Reads the answer to a login. */
export function decodeLoginResponse(json: Json): Result<LoginResponse> {
  return decoding(() => {
    const envelope = readEnvelope(json);
    if (envelope.kind === "failure") return envelope;
    const data = envelope.body.child("data");
    return {
      kind: "success",
      token: data.secret("token"),
      masterToken: data.secretOrNull("masterToken"),
      validityInSeconds: data.countOrNull("validityInSeconds") ?? 3_600,
      masterValidityInSeconds: data.countOrNull("masterValidityInSeconds") ?? 14_400,
      displayUserName: data.textOrNull("displayUserName"),
      serverVersion: data.textOrNull("serverVersion"),
      sessionId: data.bigOrNull("sessionId"),
      healthCheckInterval: data.countOrNull("healthCheckInterval") ?? 45,
      parameters: readParameters(data),
      sessionInfo: readSessionInfo(data.childOrNull("sessionInfo")),
      idToken: data.secretOrNull("idToken"),
      mfaToken: data.secretOrNull("mfaToken"),
    };
  });
}

function readSessionInfo(fields: Fields | null): SessionInfo {
  return {
    databaseName: fields?.textOrNull("databaseName") ?? null,
    schemaName: fields?.textOrNull("schemaName") ?? null,
    warehouseName: fields?.textOrNull("warehouseName") ?? null,
    roleName: fields?.textOrNull("roleName") ?? null,
  };
}

/** Writes the answer to a login, with every key that some driver needs (protocol §3.6). */
export function encodeLoginResponse(response: LoginResponse): JsonObject {
  if (response.kind === "failure") return encodeFailure(response);
  return encodeSuccess({
    token: response.token.reveal(),
    masterToken: response.masterToken?.reveal() ?? null,
    validityInSeconds: response.validityInSeconds,
    masterValidityInSeconds: response.masterValidityInSeconds,
    displayUserName: response.displayUserName,
    serverVersion: response.serverVersion,
    firstLogin: false,
    remMeToken: null,
    remMeValidityInSeconds: 0,
    healthCheckInterval: response.healthCheckInterval,
    newClientForUpgrade: null,
    sessionId: response.sessionId === null ? null : jsonNumber(response.sessionId),
    parameters: renderParameters(response.parameters),
    sessionInfo: { ...response.sessionInfo },
    idToken: response.idToken?.reveal() ?? null,
    idTokenValidityInSeconds: response.idToken === null ? 0 : 14_400,
    responseData: null,
    mfaToken: response.mfaToken?.reveal() ?? null,
    mfaTokenValidityInSeconds: response.mfaToken === null ? 0 : 14_400,
  });
}
