/**
 * Guarantees of the endpoint table: closed, exact, one normalised form; and of query strings: one request id.
 */
import { describe, expect, it } from "vitest";
import {
  type Endpoint,
  endpointPath,
  matchEndpoint,
  matchRequest,
  parseAuthorization,
  parseQuery,
  queryValue,
  renderAuthorization,
  renderQuery,
  requestIdOf,
} from "./endpoints.ts";

const ID = "01b056d5-0001-25f6-0000-6bb504856e2e";

const ROWS: readonly (readonly [string, string, Endpoint])[] = [
  ["POST", "/session/v1/login-request", { name: "login" }],
  ["POST", "/session/authenticator-request", { name: "authenticator" }],
  ["POST", "/session/token-request", { name: "renew" }],
  ["POST", "/session", { name: "close" }],
  ["POST", "/session/heartbeat", { name: "heartbeat" }],
  ["POST", "/queries/v1/query-request", { name: "query" }],
  ["GET", `/queries/${ID}/result`, { name: "result", queryId: ID }],
  ["POST", "/queries/v1/abort-request", { name: "abort" }],
  ["POST", `/queries/${ID}/abort-request`, { name: "abortById", queryId: ID }],
  ["GET", `/monitoring/queries/${ID}`, { name: "monitoring", queryId: ID }],
  ["POST", "/telemetry/send", { name: "telemetry" }],
];

describe("matchEndpoint", () => {
  it.each(ROWS)("%s %s is in the table, and its path is written the same", (method, path, endpoint) => {
    expect(matchEndpoint(method, path)).toEqual(endpoint);
    expect(endpointPath(endpoint)).toBe(path);
  });

  it("takes two slashes before the id of a monitored query, which Python 5 sends, and lower-cases ids", () => {
    expect(matchEndpoint("GET", `/monitoring/queries//${ID}`)).toEqual({ name: "monitoring", queryId: ID });
    expect(matchEndpoint("GET", `/queries/${ID.toUpperCase()}/result`)).toEqual({ name: "result", queryId: ID });
  });

  it.each(ROWS)("%s %s matches by its own method alone", (method, path) => {
    for (const other of ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "post", ""]) {
      if (other !== method) expect(matchEndpoint(other, path)).toBeNull();
    }
  });

  it.each(ROWS)("%s %s matches in no other spelling", (method, path) => {
    const spellings = [
      `/${path}`,
      `${path}/`,
      `${path}//`,
      `/x/..${path}`,
      path.replace("/", "/./"),
      path.replaceAll("/", "//"),
      path.toUpperCase(),
      path.replace("s", "%73"),
      `${path};a=b`,
      `${path}?`,
      `${path}\u0000`,
      `${path} `,
      `https://host${path}`,
    ];
    for (const spelling of spellings) expect(matchEndpoint(method, spelling)).toBeNull();
  });

  it.each([
    ["GET", "/monitoring/queries"],
    ["GET", "/monitoring/queries/"],
    ["GET", `/monitoring/queries///${ID}`],
    ["GET", `//monitoring/queries/${ID}`],
    ["GET", `/queries//${ID}/result`],
    ["GET", "/queries/x/result"],
    ["GET", `/queries/${ID}x/result`],
    ["GET", `/queries/${ID}/result/1`],
    ["GET", `/queries/${ID}/../${ID}/result`],
    ["POST", `/queries/${ID}/query-request`],
    ["POST", "/api/v2/statements"],
    ["POST", "/api/v2/databases"],
    ["GET", "/api/v2/databases"],
    ["POST", "/telemetry/send/sessionless"],
    ["GET", "/console/login"],
    ["POST", "/oauth/token-request"],
    ["POST", "/session/v1/login-request/extra"],
    ["POST", "/constructor"],
    ["POST", ""],
  ])("knows no %s %s", (method, path) => {
    expect(matchEndpoint(method, path)).toBeNull();
  });
});

describe("matchRequest", () => {
  it("reads the endpoint and the query string of a target", () => {
    expect(matchRequest("POST", "/queries/v1/query-request?requestId=a&clientStartTime=1")).toEqual({
      ok: true,
      value: {
        endpoint: { name: "query" },
        query: [
          ["requestId", "a"],
          ["clientStartTime", "1"],
        ],
      },
    });
  });

  it("closes a session only when the query string says so", () => {
    expect(matchRequest("POST", "/session?delete=true").ok).toBe(true);
    for (const target of ["/session", "/session?delete=false", "/session?delete", "/session?x=delete=true"]) {
      expect(matchRequest("POST", target)).toMatchObject({ ok: false, error: { code: "ENDPOINT" } });
    }
  });
});

describe("parseQuery", () => {
  function pairs(text: string): unknown {
    const result = parseQuery(text);
    return result.ok ? result.value : result.error.code;
  }

  it("decodes names and values in order and keeps the first of a repeated name", () => {
    expect(pairs("b=1%202+3&a=%C3%A9&c&d=&retryCount=1&retryCount=2")).toEqual([
      ["b", "1 2 3"],
      ["a", "é"],
      ["c", ""],
      ["d", ""],
      ["retryCount", "1"],
    ]);
  });

  it("takes the same request id twice and refuses two different ones, under either name", () => {
    expect(pairs("requestId=a&requestId=a&request_id=a")).toEqual([["requestId", "a"]]);
    expect(pairs("requestId=a&requestId=b")).toBe("QUERY_STRING");
    expect(pairs("requestId=a&request_id=b")).toBe("QUERY_STRING");
    expect(pairs("request%49d=a&requestId=b")).toBe("QUERY_STRING");
  });

  it.each(["delete=true&delete=false", "roleName=a&roleName=b", "databaseName=&databaseName=x"])(
    "refuses %s, where a name that is read has two values",
    (text) => {
      expect(pairs(text)).toBe("QUERY_STRING");
    },
  );

  it("refuses malformed percent-encoding, too many names and too long a text", () => {
    expect(pairs("a=%")).toBe("QUERY_STRING");
    expect(pairs("a=%C3")).toBe("QUERY_STRING");
    expect(pairs(Array.from({ length: 65 }, (_, i) => `n${i}=1`).join("&"))).toBe("QUERY_STRING");
    expect(pairs(`a=${"x".repeat(20_000)}`)).toBe("QUERY_STRING");
  });

  it("gives a request id only when it is a plain word", () => {
    expect(requestIdOf([["requestId", "2f6c-1"]])).toBe("2f6c-1");
    for (const id of ["", "a b", "a/b", "ä", "x".repeat(129)]) expect(requestIdOf([["requestId", id]])).toBeNull();
    expect(requestIdOf([])).toBeNull();
  });

  it("reads back what it wrote", () => {
    const query = [
      ["warehouse", 'A&B="C" ä%'],
      ["requestId", "1"],
    ] as const;
    expect(pairs(renderQuery(query).slice(1))).toEqual(query);
    expect(renderQuery([])).toBe("");
    expect(queryValue(query, "roleName")).toBeNull();
  });
});

describe("parseAuthorization", () => {
  it("reads the token of the protocol's own form alone", () => {
    expect(parseAuthorization(renderAuthorization("slu_s_x:y"))).toBe("slu_s_x:y");
    for (const header of [
      'Snowflake Token="None"',
      'Snowflake Token=""',
      "Snowflake Token=abc",
      'Snowflake Token="a" ',
      'snowflake token="a"',
      'Snowflake Token="a""',
      'Snowflake Token="a\\""',
      "Bearer abc",
      "",
    ]) {
      expect(parseAuthorization(header)).toBeNull();
    }
  });
});
