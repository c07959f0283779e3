/** The gateway's HTTP API for the command line: one shape per request body and per answer. */
import { z } from "zod";

export const configFile = z.strictObject({ path: z.string().min(1).max(500), text: z.string().max(1_000_000) });
export type ConfigFile = z.infer<typeof configFile>;

/** POST /v1/apply. Secrets are write-only: no answer, log or record ever holds one. */
export const applyRequest = z.strictObject({
  files: z.array(configFile).min(1).max(500),
  secrets: z.record(z.string(), z.string().max(16_384)).default({}),
  dryRun: z.boolean().default(false),
  note: z.string().max(500).optional(),
});
export type ApplyRequest = z.infer<typeof applyRequest>;

export interface DiagnosticView {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly severity: "error" | "warning" | "info";
  readonly code: string;
  readonly message: string;
}

export interface ApplyAnswer {
  readonly applied: boolean;
  readonly connections: readonly string[];
  readonly principals: readonly string[];
  readonly bundle: { readonly digest: string; readonly changed: boolean } | null;
  readonly diagnostics: readonly DiagnosticView[];
}

/** POST /v1/explain */
export const explainRequest = z.strictObject({
  sql: z.string().min(1).max(1_000_000),
  as: z.string().min(1).max(255),
  connection: z.string().max(63).optional(),
  database: z.string().max(255).optional(),
  schema: z.string().max(255).optional(),
});
export type ExplainRequest = z.infer<typeof explainRequest>;

/** POST /v1/tokens */
export const tokenRequest = z.strictObject({
  principal: z.string().min(1).max(255),
  ttlSeconds: z.number().int().min(60).max(31_536_000).default(43_200),
  connection: z.string().max(63).optional(),
});
export type TokenRequest = z.infer<typeof tokenRequest>;

export interface TokenAnswer {
  readonly id: string;
  readonly token: string;
  readonly principal: string;
  readonly expiresAt: string;
}

/** POST /v1/approvals/:id/vote */
export const voteRequest = z.discriminatedUnion("verdict", [
  z.strictObject({ verdict: z.literal("grant"), reason: z.string().max(1000).optional() }),
  z.strictObject({ verdict: z.literal("deny"), reason: z.string().min(1).max(1000) }),
]);
export type VoteRequest = z.infer<typeof voteRequest>;

export interface RuleView {
  readonly rule: string;
  readonly policy: string;
  readonly file: string;
  readonly line: number;
}

export interface ApprovalView {
  readonly id: string;
  readonly state: "pending" | "granted" | "denied" | "expired" | "withdrawn" | "used";
  readonly session: string;
  readonly statement: string;
  readonly principal: string;
  readonly delegator: string | null;
  readonly connection: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly summary: string;
  readonly because: readonly RuleView[];
  readonly requires: readonly { readonly from: readonly string[]; readonly count: number }[];
  readonly votes: readonly {
    readonly approver: string;
    readonly verdict: "grant" | "deny";
    readonly reason: string | null;
    readonly at: string;
  }[];
  /** The exact text, only in the answer to one approval. */
  readonly sql?: string;
  readonly touches?: readonly string[];
  readonly binds?: unknown;
}

export interface SessionView {
  readonly id: string;
  readonly principal: string;
  readonly delegator: string | null;
  readonly connection: string;
  readonly client: string;
  readonly startedAt: string;
  readonly lastSeenAt: string;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  readonly statements: number;
  readonly denied: number;
  readonly held: number;
}

export interface StatementView {
  readonly id: string;
  readonly state: string;
  readonly sql: string | null;
  readonly effect: "allow" | "hold" | "deny" | null;
  readonly because: readonly RuleView[];
  readonly sentence: string | null;
  readonly masked: readonly { readonly column: string; readonly label: string; readonly from: string }[];
  readonly receivedAt: string;
  readonly finishedAt: string | null;
  readonly waitedMs: number | null;
  readonly approvals: readonly ApprovalView[];
  readonly rows: number | null;
  readonly error: { readonly code: string; readonly text: string } | null;
  /** The first recorded rows, as they left, after masking. */
  readonly result: {
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | null)[])[];
    readonly truncated: boolean;
  } | null;
}

export interface SessionDetail extends SessionView {
  readonly items: readonly StatementView[];
}

/** Every refusal of the API. `code` has a section in docs/errors.md. */
export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly next?: string };
}
