import { describe, expect, it } from "vitest";
import { applyRequest, demoFile, platformDocument, tokenRequest, voteRequest } from "./index.ts";

const connection = {
  apiVersion: "sluice/v1",
  kind: "Connection",
  name: "demo",
  dialect: "snowflake",
  upstream: { url: "https://acme.snowflakecomputing.com", account: "acme", user: "SLUICE" },
  credential: { sealed: "acme" },
  databases: ["PROD"],
};
const agent = { apiVersion: "sluice/v1", kind: "Agent", name: "devin", principal: "agent", groups: ["agents"] };
const person = { apiVersion: "sluice/v1", kind: "Person", name: "sam", email: "sam@acme.com", groups: [], roles: [] };

describe("documents", () => {
  it.each([connection, agent, person])("take the $kind that the documentation shows", (document) => {
    expect(platformDocument.safeParse(document).success).toBe(true);
  });

  it.each([
    ["an unknown kind", { ...agent, kind: "Robot" }],
    ["a newer version", { ...agent, apiVersion: "sluice/v2" }],
    ["a misspelt key", { ...agent, group: ["agents"] }],
    ["a key inside that nobody knows", { ...connection, upstream: { ...connection.upstream, passwort: "x" } }],
    ["a credential in clear", { ...connection, credential: { password: "x" } }],
    ["an upstream that is no web address", { ...connection, upstream: { ...connection.upstream, url: "file:///etc" } }],
    ["a connection without databases", { ...connection, databases: [] }],
    ["an agent that is a human", { ...agent, principal: "human" }],
    ["a role that doesn't exist", { ...person, roles: ["root"] }],
    ["a name that could be taken for an address", { ...connection, name: "evil.example:443" }],
  ])("refuse %s", (_, document) => {
    expect(platformDocument.safeParse(document).success).toBe(false);
  });
});

describe("requests", () => {
  it("a denial needs a reason, an approval doesn't", () => {
    expect(voteRequest.safeParse({ verdict: "deny" }).success).toBe(false);
    expect(voteRequest.safeParse({ verdict: "deny", reason: "not now" }).success).toBe(true);
    expect(voteRequest.safeParse({ verdict: "grant" }).success).toBe(true);
    expect(voteRequest.safeParse({ verdict: "grant", as: "sam" }).success).toBe(false);
  });

  it("a token lives between a minute and a year", () => {
    expect(tokenRequest.safeParse({ principal: "devin", ttlSeconds: 59 }).success).toBe(false);
    expect(tokenRequest.safeParse({ principal: "devin", ttlSeconds: 31_536_001 }).success).toBe(false);
    expect(tokenRequest.parse({ principal: "devin" }).ttlSeconds).toBe(43_200);
  });

  it("an apply is bounded and holds nothing that isn't known", () => {
    const file = { path: "a.yaml", text: "" };
    expect(applyRequest.safeParse({ files: [] }).success).toBe(false);
    expect(applyRequest.safeParse({ files: Array.from({ length: 501 }, () => file) }).success).toBe(false);
    expect(applyRequest.safeParse({ files: [{ ...file, text: "x".repeat(1_000_001) }] }).success).toBe(false);
    expect(applyRequest.safeParse({ files: [file], force: true }).success).toBe(false);
  });
});

describe("the demo file", () => {
  it("has the shape that scripts rely on, and keeps what is added later", () => {
    const file = {
      v: 1,
      console: "http://127.0.0.1:4000",
      admin: "http://127.0.0.1:4011",
      gateway: {
        protocol: "http",
        host: "127.0.0.1",
        port: 4010,
        account: "demo",
        warehouse: "W",
        database: "D",
        schema: "S",
      },
      warehouse: {
        protocol: "http",
        host: "127.0.0.1",
        port: 4020,
        account: "demo",
        user: "U",
        password: "p",
        adminToken: "t",
      },
      people: { sam: { password: "p", token: "t" } },
      agents: { devin: { token: "t" } },
      added: "later",
    };
    expect(demoFile.safeParse(file).success).toBe(true);
    expect(demoFile.safeParse({ ...file, v: 2 }).success).toBe(false);
  });
});
