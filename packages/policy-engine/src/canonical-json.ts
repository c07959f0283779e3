/**
 * Canonical JSON (RFC 8785, JCS): the one text that a value is hashed as.
 *
 * Assumes plain JSON values. Numbers print as ECMAScript prints them and keys sort by UTF-16 code units,
 * which is what the RFC asks for. A value that JSON can't carry is a programmer's error and throws;
 * an `undefined` member is left out, as it would be after a round trip.
 */

/** A value that canonical JSON can carry; `undefined` members of objects are left out. */
export type CanonicalValue =
  | null
  | boolean
  | number
  | string
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined };

const DEPTH_MAX = 200;

/**
 * The canonical text of a JSON value.
 * @throws TypeError for a non-finite number, a lone surrogate or a value nested deeper than 200.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) throw new TypeError("canonical JSON: nested too deeply");
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("canonical JSON: a number that JSON can't carry");
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      throw new TypeError(`canonical JSON: ${typeof value} is not a JSON value`);
  }
}

function writeText(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("canonical JSON: a lone surrogate");
  return JSON.stringify(text);
}

function writeArray(items: readonly unknown[], depth: number): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) text += (i === 0 ? "" : ",") + write(items[i], depth + 1);
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  const members: Readonly<Record<string, unknown>> = { ...value };
  let text = "";
  // The default order of sort() is that of UTF-16 code units.
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined) text += `${text === "" ? "" : ","}${writeText(key)}:${write(member, depth + 1)}`;
  }
  return `{${text}}`;
}
