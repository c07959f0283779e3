/**
 * Reads typed values out of YAML nodes and reports what doesn't fit with line and column.
 *
 * Every key must be one that is asked for: an unknown key is an error, because a misspelt guardrail
 * would otherwise be no guardrail. Anchors, aliases, tags and merge keys are refused: a policy reads the same to a
 * person and to the engine.
 */
import { isAlias, isMap, isScalar, isSeq, type LineCounter, type YAMLMap } from "yaml";
import { type Diagnostic, type DiagnosticCode, hint } from "./diagnostic.ts";

/** Where diagnostics of one file go. */
export interface Cursor {
  readonly path: string;
  readonly lines: LineCounter;
  readonly report: Diagnostic[];
}

export type Decode<T> = (node: unknown, cursor: Cursor) => T | undefined;

/** Start offset of a node in its file. */
export function offsetOf(node: unknown): number {
  if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)) {
    const start: unknown = node.range[0];
    if (typeof start === "number") return start;
  }
  return 0;
}

export function lineOf(node: unknown, cursor: Cursor): number {
  return Math.max(1, cursor.lines.linePos(offsetOf(node)).line);
}

export function reportAt(
  cursor: Cursor,
  offset: number,
  severity: "error" | "warning",
  code: DiagnosticCode,
  message: string,
): void {
  const { line, col } = cursor.lines.linePos(offset);
  cursor.report.push({ path: cursor.path, line: Math.max(1, line), column: Math.max(1, col), severity, code, message });
}

export function fail(cursor: Cursor, node: unknown, code: DiagnosticCode, message: string): undefined {
  reportAt(cursor, offsetOf(node), "error", code, message);
  return undefined;
}

/** A mapping whose keys are all known. `required` and `optional` report a value that doesn't fit where it stands. */
export interface MapReader {
  readonly node: unknown;
  readonly has: (key: string) => boolean;
  /** The value's node, or undefined when the key is absent. */
  readonly at: (key: string) => unknown;
  readonly required: <T>(key: string, decode: Decode<T>) => T | undefined;
  /** null when the key is absent or its value didn't fit (then an error was reported). */
  readonly optional: <T>(key: string, decode: Decode<T>) => T | null;
}

/** Reads a mapping; `what` names it in messages (`a grant`). */
export function readMap(node: unknown, cursor: Cursor, what: string, known: readonly string[]): MapReader | undefined {
  const entries = readEntries(node, cursor, what);
  if (entries === undefined) return undefined;
  const values = new Map<string, unknown>();
  for (const [key, keyNode, value] of entries) {
    if (known.includes(key)) values.set(key, value);
    else fail(cursor, keyNode, "UNKNOWN_KEY", `\`${key}\` is not a key of ${what}.${hint(key, known)}`);
  }
  return {
    node,
    has: (key) => values.has(key),
    at: (key) => values.get(key),
    required: (key, decode) => {
      if (values.has(key)) return decode(values.get(key), cursor);
      return fail(cursor, node, "MISSING_KEY", `${what} needs \`${key}\`.`);
    },
    optional: (key, decode) => (values.has(key) ? (decode(values.get(key), cursor) ?? null) : null),
  };
}

type Entry = readonly [key: string, keyNode: unknown, value: unknown];

/** Reads a mapping with free keys (names of definitions, claims). */
export function readEntries(node: unknown, cursor: Cursor, what: string): readonly Entry[] | undefined {
  if (!isMap(node)) return fail(cursor, node, "WRONG_TYPE", `${what} must be a mapping.`);
  if (!isPlain(node, cursor)) return undefined;
  return entriesOf(node, cursor, what);
}

function entriesOf(map: YAMLMap, cursor: Cursor, what: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const pair of map.items) {
    if (isScalar(pair.key) && typeof pair.key.value === "string") entries.push([pair.key.value, pair.key, pair.value]);
    else fail(cursor, pair.key, "WRONG_TYPE", `A key of ${what} must be text.`);
  }
  return entries;
}

/** Refuses anchors, aliases and explicit tags. */
function isPlain(node: unknown, cursor: Cursor): boolean {
  if (isAlias(node)) {
    fail(cursor, node, "YAML", "Aliases are not used in policy documents: write the value out.");
    return false;
  }
  if ((isMap(node) || isSeq(node) || isScalar(node)) && (node.anchor !== undefined || node.tag !== undefined)) {
    if (node.anchor !== undefined)
      fail(cursor, node, "YAML", "Anchors are not used in policy documents: write the value out.");
    else fail(cursor, node, "YAML", "Explicit tags are not used in policy documents.");
    return false;
  }
  return true;
}

export const text: Decode<string> = (node, cursor) => {
  if (!isPlain(node, cursor)) return undefined;
  if (isScalar(node) && typeof node.value === "string") return node.value;
  return fail(cursor, node, "WRONG_TYPE", "Text expected here. Quote it if it looks like a number or a date.");
};

export const nonEmptyText: Decode<string> = (node, cursor) => {
  const value = text(node, cursor);
  return value === "" ? fail(cursor, node, "WRONG_VALUE", "This can't be empty.") : value;
};

export const bool: Decode<boolean> = (node, cursor) => {
  if (!isPlain(node, cursor)) return undefined;
  if (isScalar(node) && typeof node.value === "boolean") return node.value;
  return fail(cursor, node, "WRONG_TYPE", "true or false expected here.");
};

/** A whole number in the given range. */
export function wholeNumber(min: number, max: number): Decode<number> {
  return (node, cursor) => {
    if (!isPlain(node, cursor)) return undefined;
    if (
      isScalar(node) &&
      typeof node.value === "number" &&
      Number.isInteger(node.value) &&
      node.value >= min &&
      node.value <= max
    ) {
      return node.value;
    }
    return fail(cursor, node, "WRONG_VALUE", `A whole number from ${min} to ${max} expected here.`);
  };
}

/** One of a closed list of words. */
export function oneOf<const T extends string>(words: readonly T[], what: string): Decode<T> {
  return (node, cursor) => {
    const typed = text(node, cursor);
    if (typed === undefined) return undefined;
    const word = words.find((candidate) => candidate === typed);
    if (word !== undefined) return word;
    return fail(
      cursor,
      node,
      "WRONG_VALUE",
      `\`${typed}\` is not ${what}.${hint(typed, words)} Known: ${words.join(", ")}.`,
    );
  };
}

/** A list with at least one item and at most `max`; the list is dropped when any item didn't fit. */
export function listOf<T>(decode: Decode<T>, max = 10_000): Decode<readonly T[]> {
  return (node, cursor) => {
    if (!isSeq(node)) return fail(cursor, node, "WRONG_TYPE", "A list expected here.");
    if (!isPlain(node, cursor)) return undefined;
    if (node.items.length === 0)
      return fail(
        cursor,
        node,
        "WRONG_VALUE",
        "An empty list means nothing here: leave the key out or name something.",
      );
    if (node.items.length > max) return fail(cursor, node, "TOO_LARGE", `At most ${max} entries are allowed here.`);
    const values: T[] = [];
    for (const item of node.items) {
      const value = decode(item, cursor);
      if (value !== undefined) values.push(value);
    }
    return values.length === node.items.length ? values : undefined;
  };
}

/** As `listOf`, but may be empty. */
export function anyListOf<T>(decode: Decode<T>, max = 10_000): Decode<readonly T[]> {
  const some = listOf(decode, max);
  return (node, cursor) => (isSeq(node) && node.items.length === 0 ? [] : some(node, cursor));
}
