/**
 * Canonical JSON (RFC 8785): one spelling for one value, so that a hash of it means the value. Members are
 * sorted by UTF-16 code units, numbers and strings are written as ECMAScript writes them, which is what the
 * RFC prescribes. A value that has no canonical spelling is refused, never approximated.
 *
 * Own implementation: what is hashed as evidence must not change with a dependency.
 */
export type CanonicalResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

const DEPTH_MAX = 64;

class Refused extends Error {}

/** The canonical text of a JSON value. Object members that are `undefined` are absent, as in JSON.stringify. */
export function canonicalJson(value: unknown): CanonicalResult {
  try {
    return { ok: true, text: write(value, 0) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.message };
    throw error;
  }
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      if (!Number.isFinite(value)) throw new Refused("a number is not finite");
      return String(value === 0 ? 0 : value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth >= DEPTH_MAX) throw new Refused(`nested deeper than ${DEPTH_MAX}`);
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      throw new Refused(`a ${typeof value} has no JSON form`);
  }
}

function writeArray(list: readonly unknown[], depth: number): string {
  let text = "[";
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ",";
    text += write(list[i], depth + 1);
  }
  return `${text}]`;
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if ((prototype !== Object.prototype && prototype !== null) || !isRecord(object))
    throw new Refused("an object that is not a plain one");
  let text = "{";
  for (const key of sortedKeys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    text +=
      text.length > 1 ? `,${writeKey(key)}:${write(value, depth + 1)}` : `${writeKey(key)}:${write(value, depth + 1)}`;
  }
  return `${text}}`;
}

function isRecord(object: object): object is Readonly<Record<string, unknown>> {
  return !Array.isArray(object);
}

/** In the RFC's order, by UTF-16 code units (§3.2.3): that of `<` and of the default `sort`. */
function sortedKeys(object: object): readonly string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] ?? "") > (keys[i] ?? "")) return keys.sort();
  }
  return keys;
}

/** Member names come from a small vocabulary; their spelling is kept. */
const KEY_TEXTS = new Map<string, string>();
const KEY_TEXTS_MAX = 1000;

function writeKey(key: string): string {
  const known = KEY_TEXTS.get(key);
  if (known !== undefined) return known;
  const text = writeString(key);
  if (KEY_TEXTS.size < KEY_TEXTS_MAX && key.length <= 40) KEY_TEXTS.set(key, text);
  return text;
}

/** Printable ASCII without quote and backslash is its own spelling. */
const PLAIN = /^[ !#-[\]-~]*$/;

function writeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  // §3.2.2.2: a lone surrogate has no UTF-8 form. JSON.stringify would escape it and hide the fault.
  if (!text.isWellFormed()) throw new Refused("text holds a lone surrogate");
  return JSON.stringify(text);
}
