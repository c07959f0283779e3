/**
 * Fits a result's treatments to the schema of an Arrow stream. The rowtype says what a column
 * means, the schema what it is made of, and both must agree column by column: a stream that has
 * other columns than the answer announced is not masked by guesswork.
 */
import type { ArrowField, ArrowMetadata, ArrowSchema, ColumnRewrite, ColumnType, Result } from "@sluice/snowflake-wire";
import type { ResultMask } from "./result-mask.ts";
import { textRewriter } from "./text-column.ts";

/** The rewriting of every treated column, or ARROW_PLAN. */
export function planArrow(mask: ResultMask, schema: ArrowSchema): Result<readonly ColumnRewrite[]> {
  if (schema.fields.length !== mask.original.length)
    return misfit("the Arrow schema has another number of columns than the answer");
  const rewrites: ColumnRewrite[] = [];
  for (const [ordinal, field] of schema.fields.entries()) {
    const original = mask.original[ordinal];
    const announced = mask.rowtype[ordinal];
    if (original === undefined || announced === undefined || field.name !== original.name)
      return misfit(`column ${ordinal + 1} of the Arrow schema has another name`);
    const treatment = mask.treatments[ordinal] ?? null;
    if (treatment === null) continue;
    if (treatment.kind === "null") {
      rewrites.push({ ordinal, action: { kind: "null" }, nullable: true });
      continue;
    }
    if (!isText(field, original)) return misfit(`column ${ordinal + 1} of the Arrow schema is not text`);
    const widened = {
      ...(announced.nullable ? { nullable: true as const } : {}),
      metadata: sizes(original, announced),
    };
    rewrites.push({ ordinal, action: { kind: "text", rewrite: textRewriter(treatment) }, ...widened });
  }
  return { ok: true, value: rewrites };
}

function misfit(message: string): {
  readonly ok: false;
  readonly error: { readonly code: "ARROW_PLAN"; readonly message: string };
} {
  return { ok: false, error: { code: "ARROW_PLAN", message } };
}

/** Text by what it is made of and by what it says it is. */
function isText(field: ArrowField, column: ColumnType): boolean {
  const logicalType = field.metadata.find(([key]) => key === "logicalType")?.[1];
  return field.type.kind === "utf8" && (logicalType === undefined || logicalType.toLowerCase() === column.type);
}

function sizes(original: ColumnType, announced: ColumnType): ArrowMetadata {
  const entries: [string, string][] = [];
  if (announced.length !== original.length) entries.push(["charLength", String(announced.length)]);
  if (announced.byteLength !== original.byteLength) entries.push(["byteLength", String(announced.byteLength)]);
  return entries;
}
