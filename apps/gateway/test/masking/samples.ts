/** Plans, results and models that the masking tests share. */
import { once } from "node:events";
import type { Transform } from "node:stream";
import type { ColumnMask, ColumnScan, Mask, MaskPlan } from "@sluice/policy-engine";
import { type ColumnType, type ColumnTypeName, columnType } from "@sluice/snowflake-wire";
import { createMaskKeys, planResult, type ResultMask } from "../../src/masking/index.ts";

export const KEYS = createMaskKeys(new Uint8Array(32).fill(7));
export const ALL_MASKS: readonly Mask[] = [
  { method: "redact" },
  { method: "null" },
  { method: "hmac", domain: "email", keepJoin: true },
  { method: "partial", keep: "last4" },
  { method: "partial", keep: "domain" },
  { method: "partial", keep: "first1" },
  { method: "generalise", to: "year" },
  { method: "generalise", to: "zip3" },
  { method: "date-shift", days: 30 },
];

/** A column with the sizes that Snowflake gives its type. */
export function typed(name: string, type: ColumnTypeName, more: Partial<ColumnType> = {}): ColumnType {
  const isText = type === "text";
  return columnType(name, type, {
    length: isText ? 16_777_216 : null,
    byteLength: isText ? 16_777_216 : null,
    precision: type === "fixed" ? 18 : null,
    scale: type === "fixed" ? 0 : null,
    ...more,
  });
}

export function columnMask(ordinal: number, mask: Mask): ColumnMask {
  return {
    ordinal,
    name: null,
    mask,
    label: mask.method,
    edge: { database: "D", schema: "S", object: "T", column: "C" } as unknown as ColumnMask["edge"],
    because: [],
  };
}

export function columnScan(
  ordinal: number,
  detectors: readonly string[],
  mask: Mask = { method: "redact" },
): ColumnScan {
  return { ordinal, detectors, mask, because: [] };
}

export function maskPlan(
  outputs: readonly (string | null)[] | null,
  columns: readonly ColumnMask[],
  scans: readonly ColumnScan[] = [],
): MaskPlan {
  return { outputs, columns, scans, hideErrors: false };
}

/** The result mask for columns, masks and scans that fit. */
export function resultMask(
  rowtype: readonly ColumnType[],
  columns: readonly ColumnMask[],
  scans: readonly ColumnScan[] = [],
): ResultMask {
  const planned = planResult(
    maskPlan(
      rowtype.map(({ name }) => name),
      columns,
      scans,
    ),
    rowtype,
    { keys: KEYS, patterns: [] },
  );
  if (!planned.ok) throw planned.error;
  return planned.value;
}

/** What leaves a stream that is given these chunks, or the code of its error. */
export async function through(
  stream: Transform,
  chunks: Iterable<Uint8Array>,
): Promise<{ readonly bytes: Buffer; readonly error: string | null; readonly ended: boolean }> {
  const parts: Buffer[] = [];
  let error: string | null = null;
  let ended = false;
  stream.on("data", (bytes: Buffer) => parts.push(bytes));
  stream.on("end", () => {
    ended = true;
  });
  stream.on("error", (fault: Error & { code?: string }) => {
    error = fault.code ?? fault.message;
  });
  const closed = new Promise((resolve) => stream.once("close", resolve));
  for (const chunk of chunks) {
    if (stream.destroyed) break;
    if (!stream.write(chunk) && !stream.destroyed)
      await Promise.race([once(stream, "drain").catch(() => undefined), closed]);
  }
  if (!stream.destroyed) stream.end();
  await closed;
  return { bytes: Buffer.concat(parts), error, ended };
}

/** Slices that end where `cuts` says. */
export function* slices(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  let start = 0;
  for (const end of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(start, end);
    start = end;
  }
  yield bytes.subarray(start);
}
