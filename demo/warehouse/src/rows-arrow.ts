/**
 * Rows as Arrow: one IPC stream for the answer and one for each chunk, several record batches in it,
 * laid out as Snowflake does (protocol reference 7).
 */
import { type ArrowSchema, snowflakeField, writeStream } from "@sluice/snowflake-wire";
import type { Batch, RowFormat } from "./rows.ts";
import type { ColumnPlan } from "./types.ts";

export const ARROW_ROWS: RowFormat = {
  name: "arrow",
  inline: (plans, batches, isAll) =>
    batches.length === 0 ? "" : Buffer.from(stream(plans, batches, isAll)).toString("base64"),
  // Connector 4 joins the streams of one result only when their widths are the same: by precision, then.
  chunk: (plans, batches) => stream(plans, batches, false),
};

type FixedBytes = 1 | 2 | 4 | 8 | 16;
type Cell = ReturnType<ColumnPlan["codec"]["arrow"]> | null;

function stream(plans: readonly ColumnPlan[], batches: readonly Batch[], isNarrow: boolean): Uint8Array {
  const cells = batches.map(({ rows, columns }) => ({
    rows,
    columns: plans.map((plan, i) =>
      (columns[i] ?? []).map((value) => (value === null ? null : plan.codec.arrow(value))),
    ),
  }));
  return writeStream(
    schemaOf(plans, (i) => (isNarrow ? widthOf(cells.map(({ columns }) => columns[i] ?? [])) : null)),
    cells,
  );
}

function schemaOf(plans: readonly ColumnPlan[], bytesOf: (column: number) => FixedBytes | null): ArrowSchema {
  const fields = plans.map(({ column }, i) => {
    const fixedBytes = column.type === "fixed" ? bytesOf(i) : null;
    const field = snowflakeField(column, fixedBytes === null ? {} : { fixedBytes });
    if (field === null) throw new TypeError(`no Arrow layout for ${column.type}`);
    return field;
  });
  return { fields, metadata: [] };
}

/** The narrowest integer that holds a stream's numbers, whatever their precision is: so a real account sends them. */
function widthOf(batches: readonly (readonly Cell[])[]): FixedBytes {
  let bits = 0;
  for (const cells of batches)
    for (const cell of cells) {
      if (typeof cell !== "bigint") continue;
      while (bits < 64 && BigInt.asIntN(bits + 8, cell) !== cell) bits += 8;
      if (bits >= 64) return 16;
    }
  return bits === 0 ? 1 : bits === 8 ? 2 : bits <= 24 ? 4 : 8;
}
