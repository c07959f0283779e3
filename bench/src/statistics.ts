/** Quantiles of measured times. Pure. */

export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** The value below which `share` of the sorted `values` lie; NaN when there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[at] ?? Number.NaN;
}

export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  return { count: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

export const median = (values: readonly number[]): number => summarise(values).p50;

/** Median of what `through` took longer than `direct`, pair by pair: what both share falls out. */
export function medianAdded(direct: readonly number[], through: readonly number[]): number {
  return median(through.map((value, index) => value - (direct[index] ?? Number.NaN)));
}
