/**
 * Patterns over objects: `CONNECTION:[KIND/]NAME[(COLUMN, …)]`.
 *
 * `*` stands for any run of characters inside one part of a name; a last part that is `*` alone stands for
 * everything below. No regular expressions. Bare names fold to upper case as the warehouse folds them; a quoted
 * part is taken literally, its `*` included. What doesn't parse is an error, never a pattern that matches nothing.
 */
import type { ObjectKind, ObjectName } from "../facts.ts";

export interface NamePart {
  readonly text: string;
  /** false: compared literally. */
  readonly wild: boolean;
}

export interface ObjectPattern {
  /** As written. */
  readonly text: string;
  /** A dialect (`snowflake`) or the name of a connection. */
  readonly connection: string;
  readonly kind: ObjectKind | null;
  readonly parts: readonly NamePart[];
  /** Canonical column names, or null for all. */
  readonly columns: readonly string[] | null;
}

const OBJECT_KINDS: readonly ObjectKind[] = [
  "table",
  "view",
  "database",
  "schema",
  "stage",
  "function",
  "procedure",
  "warehouse",
  "role",
  "user",
  "parameter",
  "session",
  "other",
];
const SHAPE = /^([A-Za-z][\w-]*):(?:([a-z]+)\/)?(.+?)(?:\(([^()]*)\))?$/s;
const BARE = /^[A-Z_*][A-Z0-9_$*]*$/;

/** A pattern, or the sentence that says what is wrong with it. */
export function parseObjectPattern(text: string): ObjectPattern | string {
  const match = SHAPE.exec(text);
  if (match === null)
    return `\`${text}\` is not an object: write CONNECTION:NAME, like \`snowflake:PROD.ANALYTICS.*\`.`;
  const [, connection = "", kindText, name = "", columnText] = match;
  const kind = OBJECT_KINDS.find((candidate) => candidate === kindText) ?? null;
  if (kindText !== undefined && kind === null)
    return `\`${kindText}\` is not a kind of object. Known: ${OBJECT_KINDS.join(", ")}.`;
  const parts = parseParts(name.trim());
  if (parts === null)
    return `\`${name}\` is not a name of an object: parts joined by dots, \`*\` for any characters inside a part.`;
  const columns = columnText === undefined ? null : parseColumns(columnText);
  if (typeof columns === "string") return columns;
  return { text, connection, kind, parts, columns };
}

function parseParts(name: string): readonly NamePart[] | null {
  const pieces = splitName(name);
  if (pieces === null || pieces.length === 0 || pieces.length > 4) return null;
  const parts: NamePart[] = [];
  for (const piece of pieces) {
    const text = piece.quoted ? piece.text : piece.text.toUpperCase();
    if (!piece.quoted && !BARE.test(text)) return null;
    parts.push({ text, wild: !piece.quoted && text.includes("*") });
  }
  return parts;
}

function parseColumns(text: string): readonly string[] | string {
  const columns: string[] = [];
  for (const item of text.split(",")) {
    const pieces = splitName(item.trim());
    const piece = pieces?.[0];
    if (pieces?.length !== 1 || piece === undefined || piece.text.includes("*"))
      return `\`${item.trim()}\` is not the name of a column.`;
    columns.push(quoteName(piece.quoted ? piece.text : piece.text.toUpperCase()));
  }
  return columns;
}

/** One part as canonical names spell it. */
export function quoteName(part: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`;
}

/** Splits a dotted name at dots outside quotes; null when a quote is left open or a part is empty. */
export function splitName(name: string): readonly { readonly text: string; readonly quoted: boolean }[] | null {
  const parts: { text: string; quoted: boolean }[] = [];
  let at = 0;
  while (at <= name.length) {
    if (name[at] === '"') {
      const end = closingQuote(name, at);
      if (end === -1 || (end + 1 < name.length && name[end + 1] !== ".")) return null;
      parts.push({ text: name.slice(at + 1, end).replaceAll('""', '"'), quoted: true });
      at = end + 2;
      if (end + 1 === name.length) return parts;
    } else {
      const dot = name.indexOf(".", at);
      const end = dot === -1 ? name.length : dot;
      if (end === at || name.slice(at, end).includes('"')) return null;
      parts.push({ text: name.slice(at, end), quoted: false });
      if (dot === -1) return parts;
      at = dot + 1;
    }
  }
  return null;
}

function closingQuote(name: string, open: number): number {
  for (let at = open + 1; at < name.length; at++) {
    if (name[at] !== '"') continue;
    if (name[at + 1] !== '"') return at;
    at++;
  }
  return -1;
}

/** The parts of a canonical name, unquoted. A name that isn't canonical is one part, so that it matches `*` and itself alone. */
export function partsOf(name: ObjectName): readonly string[] {
  if (name === "") return [];
  if (!name.includes('"')) return name.split(".");
  return splitName(name)?.map((part) => part.text) ?? [name];
}

/** Does the pattern cover the object that has these parts? */
export function coversParts(pattern: ObjectPattern, parts: readonly string[]): boolean {
  const last = pattern.parts.length - 1;
  for (let i = 0; i <= last; i++) {
    const part = pattern.parts[i];
    if (part === undefined) return false;
    if (i === last && part.text === "*" && part.wild) return parts.length > last || last === 0;
    const candidate = parts[i];
    if (candidate === undefined || !coversPart(part, candidate)) return false;
  }
  return parts.length === last + 1;
}

function coversPart(part: NamePart, candidate: string): boolean {
  if (!part.wild) return part.text === candidate;
  const pieces = part.text.split("*");
  const first = pieces[0] ?? "";
  const tail = pieces[pieces.length - 1] ?? "";
  if (candidate.length < first.length + tail.length || !candidate.startsWith(first) || !candidate.endsWith(tail))
    return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = candidate.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= candidate.length - tail.length;
}

/** The leading parts that hold no `*`: the key under which an index files the pattern. */
export function literalPrefix(pattern: ObjectPattern): string {
  const literal: string[] = [];
  for (const part of pattern.parts) {
    if (part.wild) break;
    literal.push(part.text);
  }
  return literal.join("\u0000");
}
