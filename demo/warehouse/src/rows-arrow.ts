/**
 * Rows as Arrow: one IPC stream for the answer and one for each chunk, several record batches in it,
 * laid out as Snowflake does (protocol reference 7).
 */
import { type ArrowSchema, snowflakeField, writeStream } from "@sluice/snowflake-wire";
import type { Batch, RowFormat } from "./rows.ts";
import type { ColumnPlan } from "./types.ts";

export const ARROW_ROWS: RowFormat = {
  name: "arrow",
  inline: (plans, batches) => (batches.length === 0 ? "" : Buffer.from(stream(plans, batches)).toString("base64")),
  chunk: stream,
};

function stream(plans: readonly ColumnPlan[], batches: readonly Batch[]): Uint8Array {
  return writeStream(
    schemaOf(plans),
    batches.map(({ rows, columns }) => ({
      rows,
      columns: plans.map((plan, i) =>
        (columns[i] ?? []).map((value) => (value === null ? null : plan.codec.arrow(value))),
      ),
    })),
  );
}

function schemaOf(plans: readonly ColumnPlan[]): ArrowSchema {
  const fields = plans.map(({ column }) => {
    const field = snowflakeField(column);
    if (field === null) throw new TypeError(`no Arrow layout for ${column.type}`);
    return field;
  });
  return { fields, metadata: [] };
}
