/**
 * Rewrites chosen top-level columns of an Arrow stream, message by message. The header of a record
 * batch is patched in place on a copy (its counts are fixed-size scalars), untouched columns' bytes
 * go out as they came, replaced columns' bytes are left out. The patched header is decoded again
 * and must say exactly what was meant: metadata whose parts overlap would be caught there.
 */
import { accepted, type Result, refused } from "../outcome.ts";
import { type ColumnAction, changeColumn } from "./column-change.ts";
import type { WrittenColumn } from "./column-writer.ts";
import { layoutSchema, type SchemaLayout } from "./layout.ts";
import { decodeMessageHeader, endOfStream, frameMessage, type MessageHeader } from "./message.ts";
import { ARROW_LIMITS, type ArrowLimits, type ArrowMessage, ArrowMessageReader } from "./message-reader.ts";
import { type BufferRange, decodeRecordBatch, type FieldNode, type RecordBatchHeader } from "./record-batch.ts";
import type { ArrowField, ArrowMetadata, ArrowSchema } from "./schema.ts";
import { decodeSchema, encodeSchema } from "./schema-codec.ts";

/** What becomes of one column. */
export interface ColumnRewrite {
  /** 0-based ordinal of the top-level column. */
  readonly ordinal: number;
  readonly action: ColumnAction;
  /** Changes to the field: `nullable` may only be widened, metadata values replace those of the same key. */
  readonly nullable?: true;
  readonly metadata?: ArrowMetadata;
}

/** Decides what to rewrite once the schema is known. A refusal ends the stream. */
export type RewritePlanner = (schema: ArrowSchema) => Result<readonly ColumnRewrite[]>;

/** A record batch as it leaves: the bytes of each buffer without padding. */
export interface BatchView {
  readonly rows: number;
  readonly nodes: readonly FieldNode[];
  readonly buffers: readonly Uint8Array[];
}

/** One message as it leaves, in pieces that are to be sent in order. */
export interface RewrittenMessage {
  readonly pieces: readonly Uint8Array[];
  /** Given for a record batch. */
  readonly batch: BatchView | null;
}

interface Plan {
  readonly schema: ArrowSchema;
  readonly layout: SchemaLayout;
  readonly actions: ReadonlyMap<number, ColumnAction>;
}

const ZEROS = new Uint8Array(8);

export class ArrowRewriter {
  readonly #planner: RewritePlanner;
  readonly #reader: ArrowMessageReader;
  #plan: Plan | null = null;
  #rows = 0;

  constructor(planner: RewritePlanner, limits: ArrowLimits = ARROW_LIMITS) {
    this.#planner = planner;
    this.#reader = new ArrowMessageReader(limits);
  }

  /** The schema as it leaves, once it has been read. */
  get schema(): ArrowSchema | null {
    return this.#plan?.schema ?? null;
  }

  /** Rows passed on so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes the next bytes and returns the rewritten messages that they complete. After a refusal nothing more may be sent. */
  push(chunk: Uint8Array): Result<readonly RewrittenMessage[]> {
    const messages = this.#reader.push(chunk);
    if (!messages.ok) return messages;
    const rewritten: RewrittenMessage[] = [];
    for (const message of messages.value) {
      const result = this.#rewrite(message);
      if (!result.ok) return result;
      rewritten.push(result.value);
    }
    return accepted(rewritten);
  }

  /** Says whether the stream may end here, and with how many rows. */
  end(): Result<{ readonly rows: number }> {
    const end = this.#reader.end();
    return end.ok ? accepted({ rows: this.#rows }) : end;
  }

  #rewrite(message: ArrowMessage): Result<RewrittenMessage> {
    if (message.kind === "endOfStream") {
      if (this.#plan === null) return refused("ARROW_TRUNCATED", "an Arrow stream ended before its schema");
      return accepted({ pieces: [endOfStream()], batch: null });
    }
    if (message.header.kind === "schema") return this.#rewriteSchema(message.metadata, message.header);
    if (this.#plan === null) return refused("ARROW_SYNTAX", "a record batch came before its schema");
    const result = rewriteBatch(this.#plan, message.metadata, message.header, message.body);
    if (result.ok) this.#rows += result.value.batch?.rows ?? 0;
    return result;
  }

  #rewriteSchema(metadata: Uint8Array, header: MessageHeader): Result<RewrittenMessage> {
    if (this.#plan !== null) return refused("ARROW_SYNTAX", "an Arrow stream has two schemas");
    const schema = decodeSchema(header);
    if (!schema.ok) return schema;
    const rewrites = this.#planner(schema.value);
    if (!rewrites.ok) return rewrites;
    const changed = editSchema(schema.value, rewrites.value);
    if (!changed.ok) return changed;
    const actions = new Map(rewrites.value.map((rewrite) => [rewrite.ordinal, rewrite.action]));
    this.#plan = { schema: changed.value, layout: layoutSchema(changed.value), actions };
    return accepted({
      pieces: [changed.value === schema.value ? frameMessage(metadata) : encodeSchema(changed.value)],
      batch: null,
    });
  }
}

/** The schema with the fields' changes in it; the same object when nothing changes. */
function editSchema(schema: ArrowSchema, rewrites: readonly ColumnRewrite[]): Result<ArrowSchema> {
  const fields = [...schema.fields];
  const seen = new Set<number>();
  let isChanged = false;
  for (const rewrite of rewrites) {
    const field = fields[rewrite.ordinal];
    if (field === undefined || seen.has(rewrite.ordinal))
      return refused("ARROW_PLAN", "a rewriting names a column that isn't there, or one twice");
    seen.add(rewrite.ordinal);
    if (rewrite.action.kind === "text" && field.type.kind !== "utf8")
      return refused("ARROW_PLAN", "only utf8 columns take new text");
    const edited = editField(field, rewrite);
    isChanged ||= edited !== field;
    fields[rewrite.ordinal] = edited;
  }
  return accepted(isChanged ? { fields, metadata: schema.metadata } : schema);
}

function editField(field: ArrowField, rewrite: ColumnRewrite): ArrowField {
  const values = new Map(rewrite.metadata);
  const isSame = field.metadata.every(([key, value]) => (values.get(key) ?? value) === value);
  const nullable = field.nullable || rewrite.nullable === true || rewrite.action.kind === "null";
  if (isSame && nullable === field.nullable) return field;
  return {
    ...field,
    nullable,
    metadata: field.metadata.map(([key, value]) => [key, values.get(key) ?? value] as const),
  };
}

function rewriteBatch(
  plan: Plan,
  metadata: Uint8Array,
  header: MessageHeader,
  body: Uint8Array,
): Result<RewrittenMessage> {
  const batch = decodeRecordBatch(header, plan.layout);
  if (!batch.ok) return batch;
  const changes = new Map<number, WrittenColumn>();
  for (const [ordinal, action] of plan.actions) {
    const column = plan.layout.columns[ordinal];
    if (column === undefined) return refused("ARROW_PLAN", "a rewriting names a column that isn't there");
    const change = changeColumn(column, batch.value, body, action);
    if (!change.ok) return change;
    changes.set(ordinal, change.value);
  }
  // A body without bytes holds no value: there is nothing to replace.
  if (body.length === 0) changes.clear();
  const assembled = assemble(plan.layout, batch.value, body, changes);
  const patched = patchHeader(metadata, header, batch.value, assembled, plan.layout);
  if (!patched.ok) return patched;
  const view: BatchView = { rows: batch.value.rows, nodes: assembled.nodes, buffers: assembled.buffers };
  return accepted({ pieces: [frameMessage(patched.value), ...assembled.body], batch: view });
}

interface Assembled {
  readonly nodes: FieldNode[];
  readonly ranges: BufferRange[];
  readonly buffers: Uint8Array[];
  readonly body: Uint8Array[];
  bodyLength: number;
}

function assemble(
  layout: SchemaLayout,
  batch: RecordBatchHeader,
  body: Uint8Array,
  changes: ReadonlyMap<number, WrittenColumn>,
): Assembled {
  const out: Assembled = { nodes: [], ranges: [], buffers: [], body: [], bodyLength: 0 };
  const run = { start: 0, end: 0 };
  layout.columns.forEach((column, ordinal) => {
    const change = changes.get(ordinal);
    out.nodes.push(...(change?.nodes ?? batch.nodes.slice(column.nodeStart, column.nodeEnd)));
    if (change !== undefined) {
      flushRun(out, body, run);
      for (const buffer of change.buffers) appendBuffer(out, buffer);
      return;
    }
    for (const range of batch.buffers.slice(column.bufferStart, column.bufferEnd))
      appendUntouched(out, body, range, run);
  });
  flushRun(out, body, run);
  return out;
}

function appendBuffer(out: Assembled, buffer: Uint8Array): void {
  const padding = (8 - (buffer.length % 8)) % 8;
  out.ranges.push({ offset: out.bodyLength, length: buffer.length });
  out.buffers.push(buffer);
  if (buffer.length > 0) out.body.push(buffer);
  if (padding > 0) out.body.push(ZEROS.subarray(0, padding));
  out.bodyLength += buffer.length + padding;
}

/**
 * Adds an untouched buffer. Neighbours go out as one slice of the original body (`run`), as long
 * as what lies between them is zero: a gap may hold anything, and what isn't understood isn't sent.
 */
function appendUntouched(
  out: Assembled,
  body: Uint8Array,
  range: BufferRange,
  run: { start: number; end: number },
): void {
  if (range.length > 0 && run.end > run.start && !isZero(body, run.end, range.offset)) flushRun(out, body, run);
  if (range.length > 0) {
    if (run.end === run.start) run.start = range.offset;
    run.end = range.offset + range.length;
  }
  const offset = range.length === 0 ? out.bodyLength : out.bodyLength + range.offset - run.start;
  out.ranges.push({ offset, length: range.length });
  out.buffers.push(body.subarray(range.offset, range.offset + range.length));
}

function flushRun(out: Assembled, body: Uint8Array, run: { start: number; end: number }): void {
  const length = run.end - run.start;
  if (length > 0) {
    const padding = (8 - (length % 8)) % 8;
    out.body.push(body.subarray(run.start, run.end));
    if (padding > 0) out.body.push(ZEROS.subarray(0, padding));
    out.bodyLength += length + padding;
  }
  run.start = run.end;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 64) return false;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}

function patchHeader(
  metadata: Uint8Array,
  header: MessageHeader,
  batch: RecordBatchHeader,
  assembled: Assembled,
  layout: SchemaLayout,
): Result<Uint8Array> {
  // Not slice(): that of a Node Buffer would share, and change, the bytes that came in.
  const patched = new Uint8Array(metadata);
  const view = new DataView(patched.buffer);
  if (header.bodyLengthAt !== 0) writeSize64(view, header.bodyLengthAt, assembled.bodyLength);
  assembled.nodes.forEach((node, index) => {
    writeSize64(view, batch.nodesAt + index * 16, node.length);
    writeSize64(view, batch.nodesAt + index * 16 + 8, node.nullCount);
  });
  assembled.ranges.forEach((range, index) => {
    writeSize64(view, batch.buffersAt + index * 16, range.offset);
    writeSize64(view, batch.buffersAt + index * 16 + 8, range.length);
  });
  return saysWhatWasMeant(patched, batch.rows, assembled, layout)
    ? accepted(patched)
    : refused("ARROW_SYNTAX", "the parts of a record batch's header overlap");
}

function saysWhatWasMeant(patched: Uint8Array, rows: number, meant: Assembled, layout: SchemaLayout): boolean {
  const header = decodeMessageHeader(patched);
  if (!header.ok || header.value.kind !== "recordBatch" || header.value.bodyLength !== meant.bodyLength) return false;
  const batch = decodeRecordBatch(header.value, layout);
  return (
    batch.ok &&
    batch.value.rows === rows &&
    batch.value.nodes.every(
      (node, index) => node.length === meant.nodes[index]?.length && node.nullCount === meant.nodes[index]?.nullCount,
    ) &&
    batch.value.buffers.every(
      (range, index) => range.offset === meant.ranges[index]?.offset && range.length === meant.ranges[index]?.length,
    )
  );
}

function writeSize64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}
