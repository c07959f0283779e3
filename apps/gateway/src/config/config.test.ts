/** Guarantee: what can't be enforced is refused at start, in a sentence. */
import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

const good = { DATABASE_URL: "postgresql://x", SLUICE_MASTER_KEY: "ab".repeat(32) };

describe("configuration", () => {
  it("binds to loopback unless told, and in demo mode whatever it is told", () => {
    expect(readConfig(good).host).toBe("127.0.0.1");
    expect(readConfig({ ...good, SLUICE_MODE: "demo", SLUICE_HOST: "0.0.0.0" }).host).toBe("127.0.0.1");
  });

  it.each([
    ["a plain-HTTP listener beyond loopback", { SLUICE_HOST: "0.0.0.0" }],
    ["no master key", { SLUICE_MASTER_KEY: undefined }],
    ["a master key of another length", { SLUICE_MASTER_KEY: "abcd" }],
    ["no database", { DATABASE_URL: undefined }],
    ["a certificate without its key", { SLUICE_TLS_CERT: "/x" }],
    ["a port that is none", { SLUICE_SNOWFLAKE_PORT: "70000" }],
    ["a mode that doesn't exist", { SLUICE_MODE: "fail-open" }],
    ["a blob store that isn't built", { SLUICE_BLOBS: "s3://bucket" }],
    ["a guessable bootstrap token", { SLUICE_BOOTSTRAP_TOKEN: "short" }],
  ])("refuses %s", (_, change) => {
    expect(() => readConfig({ ...good, ...change })).toThrow(/^Configuration: /);
  });

  it("never says a secret in its refusal", () => {
    const secret = "postgresql://u:hunter2@db/x";
    expect(() => readConfig({ ...good, DATABASE_URL: secret, SLUICE_MASTER_KEY: "hunter2" })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
    );
  });

  it("can't be changed afterwards", () => {
    expect(Object.isFrozen(readConfig(good))).toBe(true);
  });
});
