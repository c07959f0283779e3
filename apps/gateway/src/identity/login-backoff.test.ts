import { describe, expect, it } from "vitest";
import { LoginBackoff } from "./login-backoff.ts";

const from = (remote: string, login = "agent") => ({ remote, account: "demo", login });

describe("failed logins", () => {
  it("block a login name from one address for a time that doubles up to a minute, and nobody elsewhere", () => {
    const backoff = new LoginBackoff();
    for (let n = 0; n < 10; n += 1) backoff.failed(from("10.0.0.1"), 0);
    expect(backoff.isBlocked(from("10.0.0.1"), 0)).toBe(false);
    backoff.failed(from("10.0.0.1"), 0);
    expect(backoff.isBlocked(from("10.0.0.1"), 999)).toBe(true);
    expect(backoff.isBlocked(from("10.0.0.1"), 1000)).toBe(false);
    backoff.failed(from("10.0.0.1"), 1000);
    expect(backoff.isBlocked(from("10.0.0.1"), 2999)).toBe(true);
    for (let n = 0; n < 30; n += 1) backoff.failed(from("10.0.0.1"), 3000);
    expect(backoff.isBlocked(from("10.0.0.1"), 62_999)).toBe(true);
    expect(backoff.isBlocked(from("10.0.0.1"), 63_000)).toBe(false);
    expect(backoff.isBlocked(from("10.0.0.2"), 3000)).toBe(false);
    expect(backoff.isBlocked(from("10.0.0.1", "another"), 3000)).toBe(false);
  });

  it("block an address that tries many names", () => {
    const backoff = new LoginBackoff();
    for (let n = 0; n < 51; n += 1) backoff.failed(from("10.0.0.1", `name-${n}`), 0);
    expect(backoff.isBlocked(from("10.0.0.1", "yet another"), 500)).toBe(true);
  });

  it("are forgotten after a good one, and after ten minutes", () => {
    const backoff = new LoginBackoff();
    for (let n = 0; n < 11; n += 1) backoff.failed(from("10.0.0.1"), 0);
    backoff.succeeded(from("10.0.0.1"));
    expect(backoff.isBlocked(from("10.0.0.1"), 1)).toBe(false);
    for (let n = 0; n < 11; n += 1) backoff.failed(from("10.0.0.3"), 0);
    backoff.failed(from("10.0.0.3"), 600_001);
    expect(backoff.isBlocked(from("10.0.0.3"), 600_002)).toBe(false);
  });

  it("take a bounded amount of memory, and the address at work is not the one forgotten", () => {
    const backoff = new LoginBackoff();
    for (let n = 0; n < 30_000; n += 1) backoff.failed(from("10.0.0.1", `name-${n}`), 0);
    expect(backoff.size).toBeLessThanOrEqual(10_000);
    expect(backoff.isBlocked(from("10.0.0.1", "x"), 1)).toBe(true);
  });
});
