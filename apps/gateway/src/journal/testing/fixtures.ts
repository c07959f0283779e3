/** What journal tests share: a folder that goes away, keys, a clock that is told the time, and drafts. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EntryDraft } from "@sluice/evidence";
import type { Clock, JournalKeys } from "../port.ts";

export const LOG = "sluice.example/gw-1";
/** Seals under a fixed key: what `credentials` does for real. */
export function testKeys(fill: number): JournalKeys {
  const key = (purpose: string): Buffer => createHash("sha256").update(Buffer.alloc(32, fill)).update(purpose).digest();
  return {
    seal(plain, purpose, boundTo) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key(purpose), nonce).setAAD(Buffer.from(boundTo));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, purpose, boundTo) {
      const decipher = createDecipheriv("aes-256-gcm", key(purpose), sealed.subarray(0, 12)).setAAD(
        Buffer.from(boundTo),
      );
      decipher.setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
    },
  };
}

export const KEYS = testKeys(0x5a);
export const DIGEST = "a".repeat(64);

export class TestClock implements Clock {
  ms: number;
  constructor(time = "2026-11-21T08:00:00Z") {
    this.ms = Date.parse(time);
  }
  now(): number {
    return this.ms;
  }
}

export function tempDir(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "sluice-journal-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

const who = { principal: "agent-1", connection: "demo" } as const;

export const start = (session: string): EntryDraft<"session.start"> => ({
  type: "session.start",
  session,
  ...who,
  body: { kind: "agent", method: "token", groups: ["agents"] },
});

export const received = (session: string, statement: string): EntryDraft<"statement.received"> => ({
  type: "statement.received",
  session,
  ...who,
  body: { statement, textDigest: DIGEST, bytes: 10 },
});

export const decided = (session: string, statement: string): EntryDraft<"statement.decided"> => ({
  type: "statement.decided",
  session,
  ...who,
  body: {
    statement,
    textDigest: DIGEST,
    moment: "statement",
    effect: "allow",
    facts: { class: "select" },
    decision: { effect: "allow" },
    factsDigest: createHash("sha256").update('{"class":"select"}').digest("hex"),
    bundleDigest: DIGEST,
    engine: "test",
  },
});

export const forwarded = (session: string, statement: string): EntryDraft<"statement.forwarded"> => ({
  type: "statement.forwarded",
  session,
  ...who,
  body: { statement, textDigest: DIGEST },
});

export const ended = (session: string, statement: string): EntryDraft<"result.end"> => ({
  type: "result.end",
  session,
  ...who,
  body: { statement, rows: 1, chunks: [] },
});

export const failed = (session: string, statement: string): EntryDraft<"error"> => ({
  type: "error",
  session,
  ...who,
  body: { statement, outcome: "unknown", code: "SLUICE_OUTCOME_UNKNOWN" },
});

export const over = (session: string): EntryDraft<"session.end"> => ({
  type: "session.end",
  session,
  ...who,
  body: { reason: "closed" },
});

export const heartbeat = (): EntryDraft<"heartbeat"> => ({
  type: "heartbeat",
  session: null,
  principal: null,
  connection: null,
  body: {},
});

export const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : error);

/** The code an append is refused with; "accepted" when it isn't. */
export const refusal = (append: Promise<unknown>): Promise<unknown> => append.then(() => "accepted", codeOf);
