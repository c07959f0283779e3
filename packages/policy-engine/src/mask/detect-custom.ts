/**
 * Custom patterns of a policy: RE2 syntax, linear time whatever the text.
 */
import { RE2JS } from "re2js";
import { hasWordNear } from "./context-words.ts";
import type { Finding } from "./detectors.ts";

export interface CustomDetector {
  readonly name: string;
  readonly re2: string;
  /** When given, a match counts where one of them is near, or where it is the whole text. */
  readonly words: readonly string[];
}

const REACH = 64;
const COMPILED_MAX = 200;
const compiled = new Map<string, RE2JS>();

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const fresh = RE2JS.compile(pattern);
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(pattern, fresh);
  return fresh;
}

export function findCustom(text: string, detector: CustomDetector, found: Finding[]): void {
  const matcher = compile(detector.re2).matcher(text);
  while (matcher.find()) {
    const start = matcher.start();
    const end = matcher.end();
    const isWhole = start === 0 && end === text.length;
    if (detector.words.length === 0 || isWhole || hasWordNear(text, start, end, detector.words, REACH)) {
      found.push({ detector: `custom:${detector.name}`, start, end });
    }
  }
}
