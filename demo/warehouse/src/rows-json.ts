/**
 * Rows as JSON: cells are strings or null (protocol reference 8.1); a chunk has the rows without the
 * outer brackets (8.2).
 */
import type { Batch, RowFormat } from "./rows.ts";
import type { ColumnPlan } from "./types.ts";

export const JSON_ROWS: RowFormat = {
  name: "json",
  inline: (plans, batches) => `[${rowTexts(plans, batches).join(",")}]`,
  chunk: (plans, batches) => Buffer.from(rowTexts(plans, batches).join(",\n"), "utf8"),
};

function rowTexts(plans: readonly ColumnPlan[], batches: readonly Batch[]): string[] {
  const rows: string[] = [];
  for (const batch of batches) {
    for (let row = 0; row < batch.rows; row++)
      rows.push(`[${plans.map((plan, i) => cellText(plan, batch.columns[i]?.[row] ?? null)).join(",")}]`);
  }
  return rows;
}

function cellText(plan: ColumnPlan, value: Batch["columns"][number][number]): string {
  return value === null ? "null" : JSON.stringify(plan.codec.json(value));
}
