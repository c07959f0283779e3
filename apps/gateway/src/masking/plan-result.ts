/**
 * Fits a mask plan to the result that came back. A result that isn't the one that analysis
 * predicted, in the number of its columns or in a name that was known, gets no masks by position
 * guessing: it is refused, and the caller withholds it.
 */
import {
  type ColumnMask,
  type ColumnScan,
  type CustomDetector,
  DETECTOR_NAMES,
  MASK_TOKEN,
  type Mask,
  type MaskPlan,
} from "@sluice/policy-engine";
import type { ColumnType } from "@sluice/snowflake-wire";
import { isNested, isPlainText, isSemiStructured, REDACTED_JSON } from "./column-kind.ts";
import type { NodeMaskKeys } from "./mask-keys.ts";
import { type MaskingResult, masked, unmaskable } from "./masking-error.ts";
import type { ColumnTreatment, ResultMask } from "./result-mask.ts";
import { createScanner } from "./scanner.ts";
import { maskedSize, roomOf, scannedSize } from "./text-size.ts";
import { constantMask, textValueMask } from "./value-mask.ts";

/** What masking needs besides the plan. */
export interface MaskTools {
  readonly keys: NodeMaskKeys;
  /** Custom detectors of the bundle in force. */
  readonly patterns: readonly CustomDetector[];
}

/** A column's treatment and how the column is then announced. */
interface Treated {
  readonly treatment: ColumnTreatment | null;
  readonly column: ColumnType;
}

/** What happens to each column of a result with these columns. */
export function planResult(
  plan: MaskPlan,
  rowtype: readonly ColumnType[],
  tools: MaskTools,
): MaskingResult<ResultMask> {
  const misfit = findMisfit(plan, rowtype) ?? findUnknownDetector(plan.scans, tools.patterns);
  if (misfit !== null) return unmaskable("PLAN_MISFIT", misfit);
  const masks = new Map(plan.columns.map((column) => [column.ordinal, column]));
  const scans = groupScans(plan.scans);
  const treated = rowtype.map((column, ordinal): Treated => {
    const mask = masks.get(ordinal);
    if (mask !== undefined) return maskColumn(column, mask.mask, tools);
    return scanColumn(column, scans.get(ordinal) ?? [], tools);
  });
  return masked({
    treatments: treated.map(({ treatment }) => treatment),
    rowtype: treated.map(({ column }) => column),
    original: rowtype,
    isIdentity: treated.every(({ treatment }) => treatment === null),
  });
}

function findMisfit(plan: MaskPlan, rowtype: readonly ColumnType[]): string | null {
  const { outputs } = plan;
  if (outputs === null)
    return plan.columns.length + plan.scans.length === 0 ? null : "a plan with masks predicts no columns";
  if (outputs.length !== rowtype.length)
    return `the result has ${rowtype.length} columns and ${outputs.length} were predicted`;
  for (const [ordinal, name] of outputs.entries()) {
    if (name !== null && rowtype[ordinal]?.name !== name)
      return `column ${ordinal + 1} has another name than was predicted`;
  }
  return findBadOrdinal(plan.columns, outputs.length, true) ?? findBadOrdinal(plan.scans, outputs.length, false);
}

function findBadOrdinal(entries: readonly (ColumnMask | ColumnScan)[], count: number, isOnce: boolean): string | null {
  const seen = new Set<number>();
  for (const { ordinal } of entries) {
    if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal >= count) return "a mask names a column that isn't there";
    if (isOnce && seen.has(ordinal)) return `column ${ordinal + 1} has two masks`;
    seen.add(ordinal);
  }
  return null;
}

/** A detector that nobody has would find nothing, silently. */
function findUnknownDetector(scans: readonly ColumnScan[], patterns: readonly CustomDetector[]): string | null {
  const known = new Set<string>([...DETECTOR_NAMES, MASK_TOKEN, ...patterns.map(({ name }) => `custom:${name}`)]);
  const isKnown = scans.every(({ detectors }) => detectors.every((detector) => known.has(detector)));
  return isKnown ? null : "a scan names a detector that isn't known here";
}

function groupScans(scans: readonly ColumnScan[]): Map<number, ColumnScan[]> {
  const groups = new Map<number, ColumnScan[]>();
  for (const scan of scans) groups.set(scan.ordinal, [...(groups.get(scan.ordinal) ?? []), scan]);
  return groups;
}

/** Text is masked as text; anything else keeps its type and becomes NULL, but for redacted semi-structured text. */
function maskColumn(column: ColumnType, mask: Mask, tools: MaskTools): Treated {
  if (mask.method !== "null" && isPlainText(column)) {
    const announced = maskedSize(column, mask);
    return {
      treatment: { kind: "mask", mask: textValueMask(mask, tools.keys), room: roomOf(announced) },
      column: announced,
    };
  }
  if (mask.method === "redact" && isSemiStructured(column)) {
    const announced = maskedSize(column, mask);
    return {
      treatment: { kind: "mask", mask: constantMask(REDACTED_JSON), room: roomOf(announced) },
      column: announced,
    };
  }
  return { treatment: { kind: "null" }, column: { ...column, nullable: true } };
}

/**
 * Scans look inside text. Numbers, dates and the like hold none; structured columns do, out of
 * reach in an Arrow stream, so they become NULL.
 */
function scanColumn(column: ColumnType, scans: readonly ColumnScan[], tools: MaskTools): Treated {
  if (scans.length === 0) return { treatment: null, column };
  if (isPlainText(column) || isSemiStructured(column)) return scanText(column, scans, tools);
  return isNested(column)
    ? { treatment: { kind: "null" }, column: { ...column, nullable: true } }
    : { treatment: null, column };
}

function scanText(column: ColumnType, scans: readonly ColumnScan[], tools: MaskTools): Treated {
  const announced = scans.reduce((sized, { mask }) => scannedSize(sized, mask), column);
  const scanners = scans.map(({ detectors, mask }) => createScanner(detectors, mask, tools.keys, tools.patterns));
  const [only] = scanners;
  const scanner =
    scanners.length === 1 && only !== undefined
      ? only
      : {
          mayFind: (bytes: Uint8Array, start: number, end: number) =>
            scanners.some((one) => one.mayFind(bytes, start, end)),
          scan: (text: string) => scanners.reduce((scanned, one) => one.scan(scanned), text),
        };
  return {
    treatment: { kind: "scan", scanner, isJson: isSemiStructured(column), room: roomOf(announced) },
    column: announced,
  };
}
