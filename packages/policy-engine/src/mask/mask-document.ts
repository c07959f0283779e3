/**
 * Masks inside a semi-structured value, as text: the values at tagged paths are masked, everything else leaves
 * character by character as it came (numbers are never parsed), scanned on the way.
 *
 * The text must be JSON; what isn't, or nests too deeply, takes the fallback mask as a whole. A masked number or boolean
 * becomes null, a masked object or array a redacted text: nothing inside it survives.
 */
import type { Mask, PathMask } from "../decision.ts";
import type { CustomDetector } from "./detect-custom.ts";
import { detect } from "./detectors.ts";
import { type MaskKeys, maskText, REDACTED } from "./mask-text.ts";
import { scanText } from "./scan-text.ts";

export interface DocumentPlan {
  readonly paths: readonly PathMask[];
  /** For a value that isn't JSON. */
  readonly fallback: Mask;
  /** What to look for in every other text, or null. */
  readonly scan: {
    readonly detectors: readonly string[];
    readonly mask: Mask;
    readonly patterns?: readonly CustomDetector[];
  } | null;
}

const DEPTH_MAX = 100;

/** The masked JSON text; null only where the fallback is `null`. */
export function maskDocument(text: string, plan: DocumentPlan, keys: MaskKeys): string | null {
  const walk: Walk = {
    text,
    at: 0,
    depth: 0,
    plan,
    keys,
    targets: plan.paths.map(({ path, mask }) => ({ steps: stepsOf(path), mask })),
  };
  const masked = maskValue(walk, []);
  skipBlanks(walk);
  if (masked === null || walk.at !== text.length) return maskText(plan.fallback, text, keys);
  return masked;
}

interface Walk {
  readonly text: string;
  at: number;
  depth: number;
  readonly plan: DocumentPlan;
  readonly keys: MaskKeys;
  readonly targets: readonly { readonly steps: readonly string[]; readonly mask: Mask }[];
}

/** Names of a path, without subscripts: an element of a tagged array is masked like the array. */
function stepsOf(path: string): readonly string[] {
  const steps: string[] = [];
  for (const [whole, quoted] of path.matchAll(/"((?:[^"]|"")*)"|\[[^\]]*\]|[^."[\]]+/g)) {
    if (!whole.startsWith("[")) steps.push(quoted === undefined ? whole : quoted.replaceAll('""', '"'));
  }
  return steps;
}

function maskAt(walk: Walk, path: readonly string[]): Mask | null {
  const hit = walk.targets.find(
    ({ steps }) => steps.length === path.length && steps.every((step, i) => step === path[i]),
  );
  return hit?.mask ?? null;
}

/** The value at the cursor, rewritten; null when the text isn't JSON. */
function maskValue(walk: Walk, path: readonly string[]): string | null {
  const blanks = skipBlanks(walk);
  const mask = path.length === 0 ? null : maskAt(walk, path);
  const start = walk.at;
  const rewritten = readValue(walk, path);
  if (rewritten === null) return null;
  return blanks + (mask === null ? rewritten : maskRaw(mask, walk.text.slice(start, walk.at), walk.keys));
}

function readValue(walk: Walk, path: readonly string[]): string | null {
  const first = walk.text[walk.at];
  if (first === "{") return readMembers(walk, path);
  if (first === "[") return readElements(walk, path);
  if (first === '"') return readText(walk);
  return readScalar(walk);
}

function maskRaw(mask: Mask, raw: string, keys: MaskKeys): string {
  if (raw === "null" || mask.method === "null") return "null";
  const value = raw.startsWith('"') ? unquote(raw) : null;
  if (value !== null) return JSON.stringify(maskText(mask, value, keys) ?? REDACTED);
  return raw.startsWith("{") || raw.startsWith("[") ? JSON.stringify(REDACTED) : "null";
}

/** What a text token says, or null when it isn't one. */
function unquote(raw: string): string | null {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

function skipBlanks(walk: Walk): string {
  const start = walk.at;
  while (" \t\r\n".includes(walk.text[walk.at] ?? "x")) walk.at++;
  return walk.text.slice(start, walk.at);
}

interface TextToken {
  readonly raw: string;
  readonly value: string;
}

/** The text token at the cursor, or null. Searched for, not matched: a long text must not cost a pattern's stack. */
function takeText(walk: Walk): TextToken | null {
  const { text, at } = walk;
  if (text[at] !== '"') return null;
  let end = text.indexOf('"', at + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  if (end === -1) return null;
  const raw = text.slice(at, end + 1);
  const value = unquote(raw);
  if (value === null) return null;
  walk.at = end + 1;
  return { raw, value };
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

function readText(walk: Walk): string | null {
  const token = takeText(walk);
  return token === null ? null : scanToken(walk, token);
}

function scanToken({ plan, keys }: Walk, { raw, value }: TextToken): string {
  if (plan.scan === null) return raw;
  const scanned = scanText(value, plan.scan.detectors, plan.scan.mask, keys, plan.scan.patterns);
  return scanned === value ? raw : JSON.stringify(scanned);
}

const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|undefined|NaN|-?Infinity/y;

/** A number, a boolean or null: as it came, unless it looks like what is scanned for. */
function readScalar(walk: Walk): string | null {
  SCALAR.lastIndex = walk.at;
  const raw = SCALAR.exec(walk.text)?.[0] ?? null;
  if (raw === null) return null;
  walk.at += raw.length;
  const { scan } = walk.plan;
  const isFound = scan !== null && raw.length >= 8 && detect(raw, scan.detectors, scan.patterns).length > 0;
  return isFound ? "null" : raw;
}

/** Reads `{ … }`; names of members are scanned too. */
function readMembers(walk: Walk, path: readonly string[]): string | null {
  return readItems(walk, "}", () => {
    const blanks = skipBlanks(walk);
    const name = takeText(walk);
    if (name === null) return null;
    const gap = skipBlanks(walk);
    if (walk.text[walk.at] !== ":") return null;
    walk.at++;
    const value = maskValue(walk, [...path, name.value]);
    return value === null ? null : `${blanks}${scanToken(walk, name)}${gap}:${value}`;
  });
}

function readElements(walk: Walk, path: readonly string[]): string | null {
  // An element has its array's path: subscripts don't count.
  return readItems(walk, "]", () => {
    const blanks = skipBlanks(walk);
    const value = readValue(walk, path);
    return value === null ? null : blanks + value;
  });
}

function readItems(walk: Walk, close: "}" | "]", item: () => string | null): string | null {
  if (++walk.depth > DEPTH_MAX) return null;
  let out = walk.text[walk.at++] ?? "";
  const blanks = skipBlanks(walk);
  if (walk.text[walk.at] === close) return finish(walk, out + blanks);
  out += blanks;
  for (;;) {
    const one = item();
    if (one === null) return null;
    out += one + skipBlanks(walk);
    const next = walk.text[walk.at];
    if (next === close) return finish(walk, out);
    if (next !== ",") return null;
    out += next;
    walk.at++;
  }
}

function finish(walk: Walk, out: string): string {
  walk.depth--;
  return out + (walk.text[walk.at++] ?? "");
}
