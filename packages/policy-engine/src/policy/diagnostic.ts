/**
 * What is wrong with a policy document, and where. A diagnostic points at a line and column of a file,
 * has a stable code, and says in one sentence what would be accepted. It never carries a secret: documents hold none.
 */

export type DiagnosticCode =
  | "YAML"
  | "TOO_LARGE"
  | "NOT_A_DOCUMENT"
  | "UNKNOWN_KIND"
  | "UNKNOWN_VERSION"
  | "UNKNOWN_KEY"
  | "MISSING_KEY"
  | "WRONG_TYPE"
  | "WRONG_VALUE"
  | "UNKNOWN_NAME"
  | "DUPLICATE"
  | "NO_EFFECT"
  | "WRONG_WHEN"
  | "WRONG_MOMENT"
  | "SMALL_DOMAIN"
  | "UNUSED";

export interface Diagnostic {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly severity: "error" | "warning";
  readonly code: DiagnosticCode;
  readonly message: string;
}

/** The nearest of `names` to `typed`, when it is near enough to be what was meant. */
export function didYouMean(typed: string, names: readonly string[]): string | null {
  const budget = Math.max(1, Math.floor(typed.length / 3));
  let best: string | null = null;
  let bestDistance = budget + 1;
  for (const name of names) {
    if (Math.abs(name.length - typed.length) > budget) continue;
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance: insert, remove, change, or swap two neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** ` — did you mean "x"?`, or nothing. */
export function hint(typed: string, names: readonly string[]): string {
  const near = didYouMean(typed, names);
  return near === null ? "" : ` Did you mean \`${near}\`?`;
}
