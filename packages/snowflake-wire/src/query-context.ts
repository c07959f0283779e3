/**
 * Query context: opaque entries that the server hands out with answers and wants back with the next
 * statement of the same session (hybrid tables). They are relayed unchanged and only within one session.
 *
 * Answers carry the context as text; drivers send it back as `{"base64Data": text}` (protocol §5, §6.1).
 */

import { type Json, type JsonObject, jsonNumber } from "./json.ts";
import { Fields, refuse } from "./shape.ts";

export interface QueryContextEntry {
  /** Whole numbers of any size, as decimal text. */
  readonly id: string;
  readonly timestamp: string;
  readonly priority: string;
  readonly context: string | null;
}

export interface QueryContext {
  readonly entries: readonly QueryContextEntry[];
}

const ENTRIES_MAX = 100;
const CONTEXT_CHARS_MAX = 262_144;

/** Reads either form. */
export function readQueryContext(fields: Fields): QueryContext {
  const entries = fields.list("entries", ENTRIES_MAX).map((json, index) => {
    const entry = new Fields(json, `${fields.at("entries")}[${index}]`);
    return {
      id: entry.bigOrNull("id") ?? entry.wrong("id", "a whole number"),
      timestamp: entry.bigOrNull("timestamp") ?? "0",
      priority: entry.bigOrNull("priority") ?? "0",
      context: readContext(entry),
    };
  });
  return { entries };
}

function readContext(entry: Fields): string | null {
  const value = entry.get("context") ?? null;
  if (value === null) return null;
  const text = typeof value === "string" ? value : entry.child("context").textOrNull("base64Data");
  if (text !== null && text.length > CONTEXT_CHARS_MAX) refuse("LIMIT", `${entry.at("context")}: too long`);
  return text;
}

/** The form of an answer: the context is plain text. */
export function renderQueryContext(value: QueryContext): JsonObject {
  return { entries: value.entries.map((entry) => renderEntry(entry, entry.context)) };
}

/** The form of a request (`queryContextDTO`): the context is wrapped. */
export function renderQueryContextRequest(value: QueryContext): JsonObject {
  return {
    entries: value.entries.map((entry) =>
      renderEntry(entry, entry.context === null ? {} : { base64Data: entry.context }),
    ),
  };
}

function renderEntry(entry: QueryContextEntry, context: Json): JsonObject {
  return {
    id: jsonNumber(entry.id),
    timestamp: jsonNumber(entry.timestamp),
    priority: jsonNumber(entry.priority),
    context,
  };
}
