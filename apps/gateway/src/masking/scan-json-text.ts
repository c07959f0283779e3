/**
 * Scans semi-structured text (VARIANT, OBJECT, ARRAY) and leaves valid JSON: strings and keys are
 * scanned by their value, a number in which something is found becomes a string, every other
 * character stays, so that numbers keep their digits. What can't be read as JSON is scanned as
 * plain text.
 */
import type { Scanner } from "./scanner.ts";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/gsu;
/** What may stand between strings and numbers, `undefined` included (Snowflake writes it in arrays). */
const BETWEEN = /^(?:[\s{}[\],:]|true|false|null|undefined|NaN|-?Infinity)*$/u;

/** The text with its findings replaced; the same text when there are none. */
export function scanJsonText(text: string, scanner: Scanner): string {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const between = text.slice(end, match.index);
    const token = scanToken(match[0], scanner);
    if (token === null || !BETWEEN.test(between)) return scanner.scan(text);
    parts.push(between, token);
    end = match.index + match[0].length;
  }
  const rest = text.slice(end);
  return BETWEEN.test(rest) ? parts.join("") + rest : scanner.scan(text);
}

/** The token as it is to stand, or null when it isn't JSON. */
function scanToken(token: string, scanner: Scanner): string | null {
  if (!token.startsWith('"')) {
    const scanned = scanner.scan(token);
    return scanned === token ? token : JSON.stringify(scanned);
  }
  try {
    const value: unknown = JSON.parse(token);
    if (typeof value !== "string") return null;
    const scanned = scanner.scan(value);
    return scanned === value ? token : JSON.stringify(scanned);
  } catch {
    return null;
  }
}
