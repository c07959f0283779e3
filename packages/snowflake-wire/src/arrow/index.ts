/**
 * Arrow IPC streams as Snowflake sends them: reading messages, rewriting chosen top-level columns
 * by buffer surgery, and writing streams from typed columns.
 */
export { readRows } from "./cells.ts";
export type { ColumnAction, RewrittenText, TextColumn, TextRewriter } from "./column-change.ts";
export type { ArrowCell } from "./column-writer.ts";
export { ARROW_LIMITS, type ArrowLimits } from "./message-reader.ts";
export {
  ArrowRewriter,
  type BatchView,
  type ColumnRewrite,
  type RewritePlanner,
  type RewrittenMessage,
} from "./rewriter.ts";
export type { ArrowField, ArrowMetadata, ArrowSchema, ArrowType, TimeUnit } from "./schema.ts";
export { snowflakeCellText } from "./snowflake-cell.ts";
export { type SnowflakeColumn, type SnowflakeFieldOptions, snowflakeField } from "./snowflake-field.ts";
export { type ArrowBatch, type WriteOptions, writeStream } from "./writer.ts";
