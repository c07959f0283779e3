/** Exit codes, and how a refusal is told: in words on stderr, or as JSON on stdout with `--json`. */

/** 0 is success. */
export const ExitCode = {
  /** The answer is no: a denied statement, failing tests, invalid documents, evidence that doesn't verify. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The gateway refused: no token, or not this token. */
  refused: 3,
  /** The gateway can't be reached. */
  unreachable: 4,
} as const;

export class Refusal extends Error {
  readonly exitCode: number;
  readonly code: string;
  readonly next: string | null;
  constructor(exitCode: number, code: string, message: string, next: string | null = null) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.next = next;
    this.name = "Refusal";
  }
}

export function fail(refusal: Refusal, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify({ error: { code: refusal.code, message: refusal.message } })}\n`);
  else process.stderr.write(`sluice: ${refusal.message}${refusal.next === null ? "" : `\n  ${refusal.next}`}\n`);
  process.exitCode = refusal.exitCode;
}
