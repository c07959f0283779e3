/** Guarantees under load from a caller that means harm: refused in words, bounded, and nobody else suffers. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { type Envelope, loginBody, rawLogin, rawSend } from "../harness/raw-client.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ databaseUrl: inject("databaseUrl") });
});
afterEach(() => stack.warehouse.switches.clear());
afterAll(async () => stack?.stop());

/** Sends `megabytes` without saying how many, as long as it is let. */
function pour(path: string, megabytes: number): Promise<Envelope> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, stack.gateway.snowflakeUrl);
    const sent = httpRequest(url, { method: "POST", headers: { "content-type": "application/json" } });
    let isAnswered = false;
    sent.on("response", async (answer) => {
      isAnswered = true;
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part);
      resolve(JSON.parse(Buffer.concat(parts).toString("utf8")));
    });
    sent.on("error", (error) => (isAnswered ? undefined : reject(error)));
    const block = Buffer.alloc(1_048_576, 0x20);
    let left = megabytes;
    const next = (): void => {
      if (isAnswered || left === 0) return void sent.end();
      left -= 1;
      sent.write(block, () => setImmediate(next));
    };
    next();
  });
}

describe("a login", () => {
  it("with a body of 100 MB is refused in words, not by a broken connection", async () => {
    expect(await pour("/session/v1/login-request", 100)).toMatchObject({ success: false, code: "099002" });
  });

  it("that is guessed again and again is refused without a look, in the same words, and a good one elsewhere is not", async () => {
    const guess = () =>
      rawSend(
        stack.gateway.snowflakeUrl,
        "POST",
        "/session/v1/login-request",
        loginBody("slu_a_guess", { LOGIN_NAME: "guesser" }),
      );
    const first = await guess();
    for (let n = 0; n < 12; n += 1) await guess();
    const before = stack.gateway.journal.status();
    const blocked = await rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      "/session/v1/login-request",
      loginBody(stack.tokens.devin, { LOGIN_NAME: "guesser" }),
    );
    expect({ ...blocked, data: null }).toEqual({ ...first, data: null });
    expect(stack.gateway.journal.status()).toEqual(before);
    expect((await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin)).login.success).toBe(true);
  });
});

describe("headers", () => {
  it("beyond 32 kB end the connection, and nothing else", async () => {
    const { hostname, port } = new URL(stack.gateway.snowflakeUrl);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname);
      let text = "";
      socket.on("data", (data) => {
        text += data.toString("latin1");
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(text));
      socket.write(`GET /x HTTP/1.1\r\nhost: x\r\nx-flood: ${"a".repeat(60_000)}\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect((await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin)).login.success).toBe(true);
  });
});
