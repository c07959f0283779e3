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
  type PathMask,
} from "@sluice/policy-engine";
import type { ColumnType } from "@sluice/snowflake-wire";
import { isNested, isPlainText, isSemiStructured } from "./column-kind.ts";
import type { NodeMaskKeys } from "./mask-keys.ts";
import { type MaskingResult, masked, unmaskable } from "./masking-error.ts";
import type { ColumnTreatment, ResultMask } from "./result-mask.ts";
import { createDocumentScanner, createScanner, documentMask, REDACTED_DOCUMENT } from "./scanner.ts";
import { maskedSize, roomOf, scannedSize } from "./text-size.ts";
import { constantMask, textValueMask, type ValueMask } from "./value-mask.ts";

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
  const scans = new Map(plan.scans.map((scan) => [scan.ordinal, scan]));
  const treated = rowtype.map((column, ordinal): Treated => {
    const mask = masks.get(ordinal);
    const scan = scans.get(ordinal);
    if (mask === undefined) return scanColumn(column, scan, tools);
    if (mask.paths === undefined || !isSemiStructured(column)) return maskColumn(column, mask.mask, tools);
    return maskPaths(column, mask.paths, scan, tools);
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
  return findBadOrdinal(plan.columns, outputs.length) ?? findBadOrdinal(plan.scans, outputs.length);
}

function findBadOrdinal(entries: readonly (ColumnMask | ColumnScan)[], count: number): string | null {
  const seen = new Set<number>();
  for (const { ordinal } of entries) {
    if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal >= count) return "a mask names a column that isn't there";
    if (seen.has(ordinal)) return `column ${ordinal + 1} is named twice`;
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

/** Text is masked as text; anything else keeps its type and becomes NULL, but for redacted semi-structured text. */
function maskColumn(column: ColumnType, mask: Mask, { keys }: MaskTools): Treated {
  if (mask.method !== "null" && isPlainText(column))
    return treated(maskedSize(column, mask), textValueMask(mask, keys));
  if (mask.method === "redact" && isSemiStructured(column)) {
    return treated(maskedSize(column, mask), constantMask(Buffer.from(REDACTED_DOCUMENT)));
  }
  return { treatment: { kind: "null" }, column: { ...column, nullable: true } };
}

function treated(column: ColumnType, mask: ValueMask): Treated {
  return { treatment: { kind: "mask", mask, room: roomOf(column) }, column };
}

/** Masks at paths, and scans the rest of the value. */
function maskPaths(
  column: ColumnType,
  paths: readonly PathMask[],
  scan: ColumnScan | undefined,
  { keys, patterns }: MaskTools,
): Treated {
  const mask = documentMask(paths, scan === undefined ? null : { ...scan, patterns }, keys);
  return treated(column, { kind: "text", redacted: REDACTED_DOCUMENT, mask });
}

/**
 * Scans look inside text. Numbers, dates and the like hold none; structured columns do, out of
 * reach in an Arrow stream, so they become NULL.
 */
function scanColumn(column: ColumnType, scan: ColumnScan | undefined, { keys, patterns }: MaskTools): Treated {
  if (scan === undefined) return { treatment: null, column };
  if (isNested(column)) return { treatment: { kind: "null" }, column: { ...column, nullable: true } };
  const isJson = isSemiStructured(column);
  if (!isJson && !isPlainText(column)) return { treatment: null, column };
  const announced = scannedSize(column, scan.mask);
  const search = { ...scan, patterns };
  const scanner = isJson ? createDocumentScanner(search, keys) : createScanner(search, keys);
  return { treatment: { kind: "scan", scanner, isJson, room: roomOf(announced) }, column: announced };
}
