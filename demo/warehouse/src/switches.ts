/**
 * Faults on demand: each switch strikes the next statements whose text contains `match`, `times` times.
 * Tests set them through the object or over `POST /__demo/switches`.
 */

export const SWITCH_KINDS = [
  /** Execution starts `delayMs` later. */
  "delay",
  /** The session token is expired: 390112, the statement is not executed. */
  "expireToken",
  /** The session is gone: 390111, the statement is not executed. */
  "loseSession",
  /** The connection breaks before the statement is executed. */
  "dropBefore",
  /** The statement is executed and the connection breaks before the answer. */
  "dropAfter",
  /** The statement is executed and the answer never comes. */
  "noAnswer",
  /** The first chunk of the result breaks off in the middle, once. */
  "truncateChunk",
  /** HTTP 503, the statement is not executed. */
  "http503",
  /** The answer has another statementTypeId than the statement's. */
  "wrongTypeId",
  /** The result has a column EXTRA that nobody asked for. */
  "extraColumn",
  /** The answer is not JSON; the statement is executed. */
  "nonsense",
] as const;

export type SwitchKind = (typeof SWITCH_KINDS)[number];

export interface Switch {
  readonly kind: SwitchKind;
  /** Part of the statement's text, in any case; empty matches all. */
  readonly match: string;
  readonly delayMs?: number;
  /** How many statements are struck; 1 unless told. */
  readonly times?: number;
}

export class Switches {
  readonly #active: { readonly rule: Switch; left: number }[] = [];

  add(rule: Switch): void {
    this.#active.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#active.length = 0;
  }

  /** The switches that strike this statement; each is used up by one. */
  strike(sqlText: string): readonly Switch[] {
    const struck = this.#active.filter(
      ({ rule, left }) => left > 0 && sqlText.toLowerCase().includes(rule.match.toLowerCase()),
    );
    for (const entry of struck) entry.left--;
    return struck.map(({ rule }) => rule);
  }
}

/** Reads `{"switches": [...]}`; null when it is anything else. */
export function parseSwitches(body: unknown): readonly Switch[] | null {
  const list = typeof body === "object" && body !== null && "switches" in body ? body.switches : null;
  if (!Array.isArray(list)) return null;
  const switches: Switch[] = [];
  for (const item of list as readonly Record<string, unknown>[]) {
    const kind = SWITCH_KINDS.find((name) => name === item?.["kind"]);
    if (kind === undefined || typeof item["match"] !== "string") return null;
    const { delayMs, times } = item;
    switches.push({
      kind,
      match: item["match"],
      ...(typeof delayMs === "number" && { delayMs }),
      ...(typeof times === "number" && { times }),
    });
  }
  return switches;
}
