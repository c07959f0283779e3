/**
 * Properties of every message: what is encoded, rendered, parsed and decoded is what it was; and whatever
 * arrives, however damaged, a decoder gives a result and never throws.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAbortRequest, encodeAbortRequest } from "./abort.ts";
import {
  decodeAuthenticatorRequest,
  decodeAuthenticatorResponse,
  encodeAuthenticatorResponse,
} from "./authenticator.ts";
import { BIND_TYPES, type Bindings, parseBindValue } from "./bindings.ts";
import { COLUMN_TYPES, type ColumnType, columnType } from "./column-type.ts";
import { type Credential, WORKLOAD_PROVIDERS } from "./credential.ts";
import { type Failure, failure } from "./envelope.ts";
import { isJsonObject, type Json, type JsonObject, parseJson, renderJson } from "./json.ts";
import {
  decodeLoginRequest,
  decodeLoginResponse,
  encodeLoginRequest,
  encodeLoginResponse,
  type LoginRequest,
  type LoginResponse,
} from "./login.ts";
import {
  decodeMonitoringResponse,
  encodeMonitoringResponse,
  type MonitoringResponse,
  QUERY_STATUSES,
} from "./monitoring.ts";
import type { Result } from "./outcome.ts";
import { type Parameter, SETTABLE_PARAMETERS } from "./parameters.ts";
import type { QueryContext } from "./query-context.ts";
import { decodeQueryRequest, encodeQueryRequest, type QueryRequest } from "./query-request.ts";
import {
  decodeQueryResponse,
  encodeQueryResponse,
  inProgress,
  QUERY_RESPONSE_RAW,
  type QueryResponse,
} from "./query-response.ts";
import type { ResultData } from "./result-data.ts";
import { Secret } from "./secret.ts";
import { decodeAcknowledgement } from "./session.ts";
import { decodeRenewRequest, decodeRenewResponse, encodeRenewResponse, type RenewResponse } from "./token.ts";

const text = fc.string({ unit: "binary", maxLength: 20 });
const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const uuid = fc.uuid();
const count = fc.nat();
const positive = fc.integer({ min: 1 });
const big = fc.bigInt({ min: 0n, max: 10n ** 38n }).map(String);
const secret = fc.string({ minLength: 0, maxLength: 20 }).map((value) => new Secret(value));

const queryContext: fc.Arbitrary<QueryContext> = fc.record({
  entries: fc.array(fc.record({ id: big, timestamp: big, priority: big, context: nullable(text) }), { maxLength: 3 }),
});

const failures: fc.Arbitrary<Failure> = fc
  .record({
    code: fc.stringMatching(/^00[0-9]{4}$/),
    message: text,
    sqlState: nullable(fc.stringMatching(/^[0-9A-Z]{5}$/)),
    queryId: nullable(uuid),
    line: nullable(count),
    pos: nullable(count),
    type: nullable(fc.constantFrom("COMPILATION", "AUTHORIZATION")),
    queryContext: nullable(queryContext),
    nextAction: nullable(fc.constantFrom("RETRY_LOGIN")),
  })
  .map(failure);

const scalar = fc.oneof(fc.boolean(), fc.integer(), text, fc.constant(null));
const parameters: fc.Arbitrary<readonly Parameter[]> = fc.array(fc.record({ name: text, value: scalar }), {
  maxLength: 4,
});

function settable(scope: "login" | "statement"): fc.Arbitrary<Record<string, boolean | number | string | null>> {
  const names = Object.keys(SETTABLE_PARAMETERS).filter(
    (name) => SETTABLE_PARAMETERS[name] === scope || SETTABLE_PARAMETERS[name] === "both",
  );
  return fc.dictionary(fc.constantFrom(...names), scalar, { maxKeys: 4, noNullPrototype: true });
}

const credential: fc.Arbitrary<Credential> = fc.oneof(
  fc.record({
    kind: fc.constant("password" as const),
    password: secret,
    passcode: nullable(secret),
    duoMethod: nullable(text),
  }),
  fc.record({
    kind: fc.constant("mfa" as const),
    password: secret,
    passcode: nullable(secret),
    mfaToken: nullable(secret),
  }),
  fc.record({ kind: fc.constant("oauth" as const), token: secret, oauthType: nullable(text) }),
  fc.record({ kind: fc.constant("accessToken" as const), token: secret }),
  fc.record({ kind: fc.constant("keyPair" as const), jwt: secret }),
  fc.record({ kind: fc.constant("externalBrowser" as const), token: secret, proofKey: secret }),
  fc.record({ kind: fc.constant("idToken" as const), token: secret }),
  fc.record({ kind: fc.constant("saml" as const), response: secret }),
  fc.record({
    kind: fc.constant("workloadIdentity" as const),
    provider: fc.constantFrom(...WORKLOAD_PROVIDERS),
    token: secret,
  }),
);

const loginRequest: fc.Arbitrary<LoginRequest> = fc.record({
  accountName: text,
  loginName: nullable(text),
  credential,
  clientAppId: nullable(text),
  clientAppVersion: nullable(text),
  clientEnvironment: fc.dictionary(fc.constantFrom("APPLICATION", "OS", "ISA"), text, { noNullPrototype: true }),
  sessionParameters: settable("login"),
  droppedParameters: fc.constant([]),
});

const loginResponse: fc.Arbitrary<LoginResponse> = fc.oneof(
  failures,
  fc.record({
    kind: fc.constant("success" as const),
    token: secret,
    masterToken: nullable(secret),
    validityInSeconds: count,
    masterValidityInSeconds: count,
    displayUserName: nullable(text),
    serverVersion: nullable(text),
    sessionId: nullable(big),
    healthCheckInterval: count,
    parameters,
    sessionInfo: fc.record({
      databaseName: nullable(text),
      schemaName: nullable(text),
      warehouseName: nullable(text),
      roleName: nullable(text),
    }),
    idToken: nullable(secret),
    mfaToken: nullable(secret),
  }),
);

const renewResponse: fc.Arbitrary<RenewResponse> = fc.oneof(
  failures,
  fc.record({
    kind: fc.constant("success" as const),
    sessionToken: secret,
    validityInSecondsST: count,
    masterToken: secret,
    validityInSecondsMT: count,
    sessionId: nullable(big),
  }),
);

const bindings: fc.Arbitrary<Bindings> = fc.dictionary(
  fc.oneof(fc.nat(20).map(String), text),
  fc.record({
    type: fc.constantFrom(...BIND_TYPES),
    value: fc.oneof(nullable(text), fc.array(nullable(text), { maxLength: 4 })),
    fmt: nullable(fc.constant("json")),
    schema: nullable(fc.constant({ type: "object" })),
  }),
  { minKeys: 1, maxKeys: 4, noNullPrototype: true },
);

const queryRequest: fc.Arbitrary<QueryRequest> = fc.record({
  sqlText: fc.string({ unit: "binary" }),
  asyncExec: fc.boolean(),
  describeOnly: fc.boolean(),
  isInternal: fc.boolean(),
  sequenceId: nullable(count),
  querySubmissionTime: nullable(count),
  bindings: nullable(bindings),
  parameters: settable("statement"),
  queryContext: nullable(queryContext),
  disableOfflineChunks: nullable(fc.boolean()),
  describedJobId: nullable(uuid),
  requestId: nullable(text),
  dropped: fc.constant([]),
});

const column: fc.Arbitrary<ColumnType> = fc.letrec<{ column: ColumnType }>((tie) => ({
  column: fc
    .record({
      name: text,
      type: fc.constantFrom(...COLUMN_TYPES),
      nullable: fc.boolean(),
      length: nullable(count),
      byteLength: nullable(count),
      precision: nullable(count),
      scale: nullable(count),
      collation: nullable(text),
      database: text,
      schema: text,
      table: text,
      extTypeName: nullable(text),
      outputType: nullable(text),
      vectorDimension: nullable(count),
      fields: fc.array(tie("column"), { maxLength: 2, depthIdentifier: "column", size: "xsmall" }),
    })
    .map(({ name, type, ...more }) => columnType(name, type, more)),
})).column;

/** JSON text of rows, with the white space and spelling that servers choose. */
const rowset = fc
  .tuple(fc.array(fc.array(nullable(text), { maxLength: 3 }), { maxLength: 4 }), fc.nat(2))
  .map(([rows, indent]) => JSON.stringify(rows, null, indent));

const rows = fc.oneof(
  rowset.map((json) => ({ format: "json" as const, rowset: json, rowsetBase64: null })),
  fc.base64String().map((base64) => ({ format: "arrow" as const, rowset: null, rowsetBase64: base64 })),
);

const chunks = fc.oneof(
  fc.constant({ chunks: [], chunkHeaders: null, qrmk: null }),
  fc.record({
    chunks: fc.array(fc.record({ url: fc.webUrl(), rowCount: count, uncompressedSize: count, compressedSize: count }), {
      minLength: 1,
      maxLength: 3,
    }),
    chunkHeaders: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
    qrmk: nullable(text),
  }),
);

const result: fc.Arbitrary<ResultData> = fc
  .record({
    queryId: uuid,
    statementTypeId: fc.nat(65_535),
    total: count,
    returned: count,
    rowtype: fc.array(column, { maxLength: 3 }),
    parameters,
    finalDatabaseName: nullable(text),
    finalSchemaName: nullable(text),
    finalWarehouseName: nullable(text),
    finalRoleName: nullable(text),
    numberOfBinds: count,
    arrayBindSupported: fc.boolean(),
    metaDataOfBinds: nullable(fc.constant([{ type: "fixed", nullable: true }])),
    stats: nullable(
      fc.dictionary(fc.constantFrom("numRowsInserted", "numRowsDeleted"), count, { noNullPrototype: true }),
    ),
    queryContext: nullable(queryContext),
    parts: fc.array(fc.tuple(uuid, fc.nat(65_535)), { maxLength: 3 }),
    version: fc.nat(3),
    sendResultTime: nullable(count),
    queryAbortsAfterSecs: nullable(count),
    isTotalTruncated: fc.boolean(),
    rows,
    chunks,
  })
  .map(({ rows: inline, chunks: remote, parts, ...data }) => ({
    ...data,
    ...inline,
    ...remote,
    resultIds: parts.map(([id]) => id),
    resultTypes: parts.map(([, type]) => type),
  }));

const queryResponse: fc.Arbitrary<QueryResponse> = fc.oneof(
  failures,
  fc.tuple(uuid, fc.boolean()).map(([id, isAsync]) => inProgress(id, isAsync)),
  result.map((data) => ({ kind: "result" as const, data })),
);

const monitoring: fc.Arbitrary<MonitoringResponse> = fc.oneof(
  failures,
  fc.record({
    kind: fc.constant("success" as const),
    queries: fc.array(
      fc.record({
        queryId: uuid,
        status: fc.constantFrom(...QUERY_STATUSES),
        errorCode: nullable(fc.stringMatching(/^[0-9]{6}$/)),
        errorMessage: nullable(fc.string({ minLength: 1 })),
        startTime: nullable(positive),
        endTime: nullable(positive),
        sessionId: nullable(positive.map(String)),
      }),
      { maxLength: 2 },
    ),
  }),
);

/** Plain data with the secrets opened and prototypes levelled, for comparison. */
function plain(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([key, item]) => [key, plain(item)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function overTheWire(json: JsonObject): Json {
  const parsed = parseJson(renderJson(json), { rawAt: QUERY_RESPONSE_RAW });
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function holdsRoundTrip<T>(
  values: fc.Arbitrary<T>,
  encode: (value: T) => JsonObject,
  decode: (json: Json) => Result<T>,
): void {
  fc.assert(
    fc.property(values, (value) => {
      const back = decode(overTheWire(encode(value)));
      expect(back.ok ? plain(back.value) : back).toEqual(plain(value));
    }),
  );
}

describe("every message is read back as it was written:", () => {
  it("login request", () => holdsRoundTrip(loginRequest, encodeLoginRequest, decodeLoginRequest));
  it("login answer", () => holdsRoundTrip(loginResponse, encodeLoginResponse, decodeLoginResponse));
  it("renewal answer", () => holdsRoundTrip(renewResponse, encodeRenewResponse, decodeRenewResponse));
  it("query request", () => holdsRoundTrip(queryRequest, encodeQueryRequest, decodeQueryRequest));
  it("query answer", () => holdsRoundTrip(queryResponse, encodeQueryResponse, decodeQueryResponse));
  it("monitoring answer", () => holdsRoundTrip(monitoring, encodeMonitoringResponse, decodeMonitoringResponse));
  it("abort request", () => {
    holdsRoundTrip(fc.record({ requestId: text, sqlText: nullable(text) }), encodeAbortRequest, decodeAbortRequest);
  });
  it("authenticator answer", () => {
    const answers = fc.record({ kind: fc.constant("success" as const), ssoUrl: text, proofKey: secret });
    holdsRoundTrip(fc.oneof(failures, answers), encodeAuthenticatorResponse, decodeAuthenticatorResponse);
  });
});

const DECODERS: readonly ((json: Json) => Result<unknown>)[] = [
  decodeLoginRequest,
  decodeLoginResponse,
  decodeAuthenticatorRequest,
  decodeAuthenticatorResponse,
  decodeRenewRequest,
  decodeRenewResponse,
  decodeQueryRequest,
  decodeQueryResponse,
  decodeMonitoringResponse,
  decodeAbortRequest,
  decodeAcknowledgement,
];

const message: fc.Arbitrary<JsonObject> = fc.oneof(
  loginRequest.map(encodeLoginRequest),
  loginResponse.map(encodeLoginResponse),
  renewResponse.map(encodeRenewResponse),
  queryRequest.map(encodeQueryRequest),
  queryResponse.map(encodeQueryResponse),
  monitoring.map(encodeMonitoringResponse),
);

const strange: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    "",
    -1,
    1.5,
    2 ** 60,
    [],
    {},
    [[]],
    [null],
    { __proto__: null },
    "TRUE",
    "4096,x",
    "\u0000",
  ),
  text,
);

const STRANGE_KEYS: readonly string[] = [
  "x",
  "bindStage",
  "SQLTEXT",
  "statement",
  "stageInfo",
  "inFlightCtx",
  "chunks",
];

/** `json` with the value at some place exchanged, removed, or joined by a stranger. */
function damaged(json: Json, path: readonly number[], put: Json, how: number): Json {
  const [step, ...rest] = path;
  if (Array.isArray(json) && json.length > 0 && step !== undefined) {
    const at = step % json.length;
    return json.map((item, index) => (index === at ? damaged(item, rest, put, how) : item));
  }
  if (isJsonObject(json) && step !== undefined) {
    const keys = Object.keys(json);
    const key = keys[step % Math.max(keys.length, 1)];
    if (key === undefined || how === 2)
      return { ...json, [STRANGE_KEYS[step % STRANGE_KEYS.length] ?? "x"]: put, constructor: put };
    if (how === 1 && rest.length === 0)
      return Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));
    return { ...json, [key]: damaged(json[key] ?? null, rest, put, how) };
  }
  return put;
}

describe("whatever arrives", () => {
  it("no decoder throws, and messages get through, are refused as SHAPE, and for other reasons", () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(message, fc.array(fc.nat(), { maxLength: 5 }), strange, fc.nat(2), (json, path, put, how) => {
        const text = renderJson(damaged(overTheWire(json), path, put, how));
        const parsed = parseJson(text, { rawAt: QUERY_RESPONSE_RAW });
        if (!parsed.ok) return;
        for (const decode of DECODERS) {
          const outcome = decode(parsed.value);
          const name = outcome.ok ? "accepted" : outcome.error.code;
          reached.set(name, (reached.get(name) ?? 0) + 1);
        }
      }),
      { numRuns: 3_000 },
    );
    for (const name of ["accepted", "SHAPE", "LOGIN_METHOD", "REFUSED_FIELD", "UNKNOWN_VALUE"]) {
      expect(reached.get(name) ?? 0, name).toBeGreaterThan(0);
    }
  });

  it("no reader of bind values throws", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BIND_TYPES),
        fc.oneof(text, fc.stringMatching(/^-?[0-9. ]{0,30}$/)),
        (type, value) => {
          expect(() => parseBindValue(type, value)).not.toThrow();
        },
      ),
    );
  });
});
