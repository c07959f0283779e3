/**
 * Guarantees of the login codec: every method is told apart, nothing unknown gets in, no secret is printed.
 */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { decodeAuthenticatorRequest } from "./authenticator.ts";
import { CODES, failure } from "./envelope.ts";
import { type Json, parseJson, renderJson } from "./json.ts";
import {
  decodeLoginContext,
  decodeLoginRequest,
  decodeLoginResponse,
  encodeLoginContext,
  encodeLoginRequest,
  encodeLoginResponse,
  type LoginRequest,
  type LoginResult,
} from "./login.ts";
import { SERVER_PARAMETERS } from "./parameters.ts";
import { Secret } from "./secret.ts";
import { decodeRenewRequest, encodeRenewRequest } from "./token.ts";

const CLIENT = { ACCOUNT_NAME: "acme", CLIENT_APP_ID: "PythonConnector", CLIENT_APP_VERSION: "5.2.0" };

function decoded(data: Json): LoginRequest {
  const result = decodeLoginRequest({ data });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function refusal(body: Json): string {
  const result = decodeLoginRequest(body);
  return result.ok ? "accepted" : result.error.code;
}

/** The credential with its secrets opened, to compare. */
function opened(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, item instanceof Secret ? item.reveal() : item]),
  );
}

describe("decodeLoginRequest", () => {
  it.each([
    ["no authenticator", { PASSWORD: "p" }, { kind: "password", password: "p", passcode: null, duoMethod: null }],
    [
      "SNOWFLAKE",
      { AUTHENTICATOR: "snowflake", PASSWORD: "p" },
      { kind: "password", password: "p", passcode: null, duoMethod: null },
    ],
    [
      "a passcode",
      { PASSWORD: "p", EXT_AUTHN_DUO_METHOD: "passcode", PASSCODE: "123456" },
      { kind: "password", password: "p", passcode: "123456", duoMethod: "passcode" },
    ],
    [
      "USERNAME_PASSWORD_MFA",
      { AUTHENTICATOR: "USERNAME_PASSWORD_MFA", PASSWORD: "p", TOKEN: "cached" },
      { kind: "mfa", password: "p", passcode: null, mfaToken: "cached" },
    ],
    ["OAUTH", { AUTHENTICATOR: "OAUTH", TOKEN: "t" }, { kind: "oauth", token: "t", oauthType: null }],
    [
      "OAUTH with its type in the environment",
      { AUTHENTICATOR: "OAUTH", TOKEN: "t", CLIENT_ENVIRONMENT: { OAUTH_TYPE: "authorization_code" } },
      { kind: "oauth", token: "t", oauthType: "authorization_code" },
    ],
    [
      "PROGRAMMATIC_ACCESS_TOKEN",
      { AUTHENTICATOR: "PROGRAMMATIC_ACCESS_TOKEN", TOKEN: "t" },
      { kind: "accessToken", token: "t" },
    ],
    ["SNOWFLAKE_JWT", { AUTHENTICATOR: "SNOWFLAKE_JWT", TOKEN: "j" }, { kind: "keyPair", jwt: "j" }],
    [
      "EXTERNALBROWSER",
      { AUTHENTICATOR: "EXTERNALBROWSER", TOKEN: "t", PROOF_KEY: "k" },
      { kind: "externalBrowser", token: "t", proofKey: "k" },
    ],
    ["ID_TOKEN", { AUTHENTICATOR: "ID_TOKEN", TOKEN: "t" }, { kind: "idToken", token: "t" }],
    ["a SAML answer", { RAW_SAML_RESPONSE: "<html>" }, { kind: "saml", response: "<html>" }],
    [
      "a SAML answer with its URL",
      { AUTHENTICATOR: "https://x.okta.com", RAW_SAML_RESPONSE: "<html>" },
      { kind: "saml", response: "<html>" },
    ],
    [
      "WORKLOAD_IDENTITY",
      { AUTHENTICATOR: "WORKLOAD_IDENTITY", PROVIDER: "oidc", TOKEN: "t" },
      { kind: "workloadIdentity", provider: "OIDC", token: "t" },
    ],
  ])("tells %s from every other method, and writes it back the same", (_, data, credential) => {
    const request = decoded({ ...CLIENT, ...data });
    expect(opened(request.credential)).toEqual(credential);
    const again = decodeLoginRequest(encodeLoginRequest(request));
    expect(again.ok && opened(again.value.credential)).toEqual(credential);
  });

  it.each([
    ["an unknown method", { data: { AUTHENTICATOR: "FUTURE_METHOD", TOKEN: "t", PASSWORD: "p" } }, "LOGIN_METHOD"],
    ["PAT with external session", { data: { AUTHENTICATOR: "PAT_WITH_EXTERNAL_SESSION", TOKEN: "t" } }, "LOGIN_METHOD"],
    ["an Okta URL without an answer", { data: { AUTHENTICATOR: "https://x.okta.com", PASSWORD: "p" } }, "LOGIN_METHOD"],
    [
      "an unknown identity provider",
      { data: { AUTHENTICATOR: "WORKLOAD_IDENTITY", PROVIDER: "X", TOKEN: "t" } },
      "LOGIN_METHOD",
    ],
    ["the second step of another login", { data: { PASSWORD: "p" }, inFlightCtx: "ctx" }, "LOGIN_METHOD"],
    ["no credential", { data: { LOGIN_NAME: "a" } }, "SHAPE"],
    ["a token that is a number", { data: { AUTHENTICATOR: "OAUTH", TOKEN: 1 } }, "SHAPE"],
    ["no data", {}, "SHAPE"],
    ["a list", [], "SHAPE"],
    ["a password beyond the bound", { data: { PASSWORD: "p".repeat(65_537) } }, "LIMIT"],
  ])("refuses %s", (_, body, code) => {
    expect(refusal(body)).toBe(code);
  });

  it("carries session parameters of the table and names the others", () => {
    const request = decoded({
      PASSWORD: "p",
      SESSION_PARAMETERS: {
        TIMEZONE: "UTC",
        autocommit: true,
        CLIENT_PREFETCH_THREADS: 4,
        FUTURE_SWITCH: "on",
        MULTI_STATEMENT_COUNT: 0,
        "snowflake.dotted": { a: 1 },
        TIMESTAMP_OUTPUT_FORMAT: { a: 1 },
      },
    });
    expect({ ...request.sessionParameters }).toEqual({ TIMEZONE: "UTC", autocommit: true, CLIENT_PREFETCH_THREADS: 4 });
    expect(request.droppedParameters).toEqual([
      "FUTURE_SWITCH",
      "MULTI_STATEMENT_COUNT",
      "snowflake.dotted",
      "TIMESTAMP_OUTPUT_FORMAT",
    ]);
  });

  it("refuses a session parameter that changes what names mean, and one in two spellings", () => {
    const login = (parameters: Json): string => refusal({ data: { PASSWORD: "p", SESSION_PARAMETERS: parameters } });
    expect(login({ QUOTED_IDENTIFIERS_IGNORE_CASE: true })).toBe("REFUSED_FIELD");
    expect(login({ quoted_identifiers_ignore_case: "TRUE" })).toBe("REFUSED_FIELD");
    expect(login({ SEARCH_PATH: "EVIL" })).toBe("REFUSED_FIELD");
    expect(login({ QUOTED_IDENTIFIERS_IGNORE_CASE: { a: 1 } })).toBe("REFUSED_FIELD");
    expect(login({ TIMEZONE: "UTC", timezone: "CET" })).toBe("REFUSED_FIELD");
    expect(login({ QUOTED_IDENTIFIERS_IGNORE_CASE: false })).toBe("accepted");
  });

  it("reads of the client's environment only what describes a client", () => {
    const request = decoded({
      PASSWORD: "p",
      SPCS_TOKEN: "never-read",
      CLIENT_ENVIRONMENT: { APPLICATION: "dbt", OS: "Linux", password: "leak", OS_DETAILS: {}, PYTHON_VERSION: 3 },
    });
    expect({ ...request.clientEnvironment }).toEqual({ APPLICATION: "dbt", OS: "Linux" });
    expect(renderJson(encodeLoginRequest(request))).not.toMatch(/leak|never-read/);
  });

  it("prints no secret in any of the usual ways", () => {
    const request = decoded({ ...CLIENT, AUTHENTICATOR: "OAUTH", TOKEN: "hunter2" });
    const { credential } = request;
    const secret = credential.kind === "oauth" ? credential.token : new Secret("hunter2");
    const prints = [
      inspect(request, { depth: 9, showHidden: true }),
      JSON.stringify(request),
      String(secret),
      `${secret}`,
      inspect(secret),
      JSON.stringify({ secret }),
      Object.entries(secret).join(),
    ];
    for (const print of prints) expect(print).not.toContain("hunter2");
  });

  it("names no value of the input when it refuses", () => {
    const result = decodeLoginRequest({ data: { PASSWORD: 1, LOGIN_NAME: "x", AUTHENTICATOR: "hunter2" } });
    expect(result.ok ? "" : result.error.message).not.toContain("hunter2");
  });
});

describe("the login context", () => {
  it("is read from the query string, where an empty value asks for nothing", () => {
    const context = decodeLoginContext([
      ["warehouse", "W"],
      ["databaseName", ""],
      ["roleName", "R"],
    ]);
    expect(context).toEqual({ warehouse: "W", database: null, schema: null, role: "R" });
    expect(decodeLoginContext(encodeLoginContext(context))).toEqual(context);
  });
});

describe("the login answer", () => {
  const result: LoginResult = {
    kind: "success",
    token: new Secret("t"),
    masterToken: new Secret("m"),
    validityInSeconds: 3_600,
    masterValidityInSeconds: 14_400,
    displayUserName: "ALICE",
    serverVersion: "9.1.0",
    sessionId: "1139401934593285121",
    healthCheckInterval: 45,
    parameters: SERVER_PARAMETERS,
    sessionInfo: { databaseName: "D", schemaName: null, warehouseName: null, roleName: "PUBLIC" },
    idToken: null,
    mfaToken: null,
  };

  it("carries a session id beyond 2^53 without rounding, as a JSON number", () => {
    const text = renderJson(encodeLoginResponse(result));
    expect(text).toContain('"sessionId":1139401934593285121,');
    const again = parseJson(text);
    const read = again.ok ? decodeLoginResponse(again.value) : again;
    expect(read.ok && read.value.kind === "success" && read.value.sessionId).toBe("1139401934593285121");
  });

  it("holds every key that some driver fails without", () => {
    const data = encodeLoginResponse(result).data;
    expect(Object.keys(typeof data === "object" && data !== null ? data : {})).toEqual(
      expect.arrayContaining([
        "token",
        "masterToken",
        "sessionId",
        "sessionInfo",
        "serverVersion",
        "masterValidityInSeconds",
        "parameters",
      ]),
    );
    const types = new Map(SERVER_PARAMETERS.map(({ name, value }) => [name, typeof value]));
    expect(types.get("AUTOCOMMIT")).toBe("boolean");
    expect(types.get("CLIENT_PREFETCH_THREADS")).toBe("number");
    expect(types.get("BINARY_OUTPUT_FORMAT")).toBe("string");
    expect(SERVER_PARAMETERS).toContainEqual({ name: "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", value: 2_147_483_647 });
    expect(new Set(types.keys()).size).toBe(SERVER_PARAMETERS.length);
  });

  it("is a failure with digits when the login was refused", () => {
    const refused = failure({ code: CODES.badCredential, message: "Incorrect username or password was specified." });
    expect(decodeLoginResponse(encodeLoginResponse(refused))).toEqual({ ok: true, value: refused });
  });
});

describe("token requests", () => {
  it("are renewals, and nothing else", () => {
    expect(decodeRenewRequest(encodeRenewRequest({ oldSessionToken: new Secret("s") })).ok).toBe(true);
    for (const requestType of ["ISSUE", "CLONE", "renew", "", null, 1]) {
      const result = decodeRenewRequest({ oldSessionToken: "s", requestType });
      expect(result.ok).toBe(false);
    }
    expect(decodeRenewRequest({ oldSessionToken: "s", requestType: "ISSUE" })).toMatchObject({
      error: { code: "TOKEN_REQUEST" },
    });
  });
});

describe("authenticator requests", () => {
  it("are for the external browser, with a port", () => {
    const data = { AUTHENTICATOR: "EXTERNALBROWSER", BROWSER_MODE_REDIRECT_PORT: "51234", ACCOUNT_NAME: "acme" };
    expect(decodeAuthenticatorRequest({ data })).toMatchObject({ ok: true, value: { redirectPort: 51_234 } });
    expect(decodeAuthenticatorRequest({ data: { ...data, AUTHENTICATOR: "https://x.okta.com" } })).toMatchObject({
      error: { code: "LOGIN_METHOD" },
    });
    for (const port of ["", "0", "65536", "1e3x", "-1", 1.5, null, " "]) {
      expect(decodeAuthenticatorRequest({ data: { ...data, BROWSER_MODE_REDIRECT_PORT: port } }).ok).toBe(false);
    }
  });
});
