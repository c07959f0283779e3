/**
 * Arrow IPC streams as Snowflake sends them: reading messages, rewriting chosen top-level columns
 * by buffer surgery, and writing streams from typed columns.
 */
export type { ArrowField, ArrowMetadata, ArrowSchema, ArrowType, TimeUnit } from "./schema.ts";
export { type SnowflakeColumn, type SnowflakeFieldOptions, snowflakeField } from "./snowflake-field.ts";
export type { ArrowCell } from "./column-writer.ts";
export { type ArrowBatch, type WriteOptions, writeStream } from "./writer.ts";
