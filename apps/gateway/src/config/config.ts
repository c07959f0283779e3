/**
 * The only reader of the process environment. Turns it into a frozen, validated config or says what is wrong;
 * refuses what it can't enforce (a plain-HTTP listener beyond loopback, a missing master key outside demo mode).
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().positive().max(86_400);

const environment = z.object({
  SLUICE_MODE: z.enum(["demo", "production"]).default("production"),
  DATABASE_URL: z.string().min(1, "DATABASE_URL is required"),
  SLUICE_HOST: z.string().default("127.0.0.1"),
  SLUICE_SNOWFLAKE_PORT: port.default(4010),
  SLUICE_ADMIN_PORT: port.default(4011),
  SLUICE_PUBLIC_URL: z.url().optional(),
  SLUICE_TLS_CERT: z.string().optional(),
  SLUICE_TLS_KEY: z.string().optional(),
  SLUICE_STATE_DIR: z.string().default(".sluice"),
  SLUICE_BLOBS: z.string().startsWith("file:").optional(),
  SLUICE_MASTER_KEY: z.string().regex(/^[0-9a-f]{64}$/, "SLUICE_MASTER_KEY must be 64 hex digits (32 bytes)"),
  SLUICE_BOOTSTRAP_TOKEN: z.string().min(32).optional(),
  SLUICE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  SLUICE_FIRST_WAIT_SECONDS: seconds.default(20),
  SLUICE_POLL_WAIT_SECONDS: seconds.default(30),
  SLUICE_CALLER_GRACE_SECONDS: seconds.default(300),
  SLUICE_SESSION_SECONDS: seconds.default(3600),
  SLUICE_MASTER_SECONDS: seconds.default(14_400),
  SLUICE_JOURNAL_MAX_MB: z.coerce.number().positive().max(1_000_000).default(4096),
});

export interface Config {
  readonly mode: "demo" | "production";
  readonly databaseUrl: string;
  readonly host: string;
  readonly snowflakePort: number;
  readonly adminPort: number;
  /** Where callers reach us, when that is not what their Host header says. */
  readonly publicUrl: string | null;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly stateDir: string;
  readonly blobsDir: string;
  readonly masterKeyHex: string;
  readonly bootstrapToken: string | null;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** How long a POST waits before it answers "in progress" (protocol §12). */
  readonly firstWaitMs: number;
  readonly pollWaitMs: number;
  /** How long an approved statement waits for a caller that went away. */
  readonly callerGraceMs: number;
  readonly sessionMs: number;
  readonly masterMs: number;
  readonly journalBytesMax: number;
  /** Views older than this refuse new work (architecture §5, Staleness). */
  readonly staleAfterMs: number;
  readonly bodyBytesMax: number;
}

/** Addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

/** Reads `env` (process.env in production). Throws an Error whose message is fit for a person. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success)
    throw new Error(
      `Configuration: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`,
    );
  const e = parsed.data;
  const host = e.SLUICE_MODE === "demo" ? "127.0.0.1" : e.SLUICE_HOST;
  if ((e.SLUICE_TLS_CERT === undefined) !== (e.SLUICE_TLS_KEY === undefined))
    throw new Error("Configuration: SLUICE_TLS_CERT and SLUICE_TLS_KEY go together");
  const tls =
    e.SLUICE_TLS_CERT !== undefined && e.SLUICE_TLS_KEY !== undefined
      ? { cert: readFileSync(e.SLUICE_TLS_CERT, "utf8"), key: readFileSync(e.SLUICE_TLS_KEY, "utf8") }
      : null;
  if (tls === null && !isLoopback(host))
    throw new Error(
      `Configuration: a plain-HTTP listener on ${host} is refused; give SLUICE_TLS_CERT and SLUICE_TLS_KEY, or bind to loopback`,
    );
  return Object.freeze({
    mode: e.SLUICE_MODE,
    databaseUrl: e.DATABASE_URL,
    host,
    snowflakePort: e.SLUICE_SNOWFLAKE_PORT,
    adminPort: e.SLUICE_ADMIN_PORT,
    publicUrl: e.SLUICE_PUBLIC_URL?.replace(/\/$/, "") ?? null,
    tls,
    stateDir: e.SLUICE_STATE_DIR,
    blobsDir: e.SLUICE_BLOBS?.slice("file:".length) ?? `${e.SLUICE_STATE_DIR}/blobs`,
    masterKeyHex: e.SLUICE_MASTER_KEY,
    bootstrapToken: e.SLUICE_BOOTSTRAP_TOKEN ?? null,
    logLevel: e.SLUICE_LOG_LEVEL,
    firstWaitMs: e.SLUICE_FIRST_WAIT_SECONDS * 1000,
    pollWaitMs: e.SLUICE_POLL_WAIT_SECONDS * 1000,
    callerGraceMs: e.SLUICE_CALLER_GRACE_SECONDS * 1000,
    sessionMs: e.SLUICE_SESSION_SECONDS * 1000,
    masterMs: e.SLUICE_MASTER_SECONDS * 1000,
    journalBytesMax: e.SLUICE_JOURNAL_MAX_MB * 1_048_576,
    staleAfterMs: 10_000,
    bodyBytesMax: 128 * 1_048_576,
  });
}

/** The config of this process. */
export const loadConfig = (): Config => readConfig(process.env);
