/**
 * Finds and masks values inside free text. The engine's detectors do the looking; a pass over the
 * bytes before that keeps them away from text that can't hold anything.
 */
import { type CustomDetector, type Mask, type MaskKeys, mayHold, scanText } from "@sluice/policy-engine";

export interface Scanner {
  /** Whether the UTF-8 text bytes[start, end) must be looked at closely. False is sure. */
  mayFind(bytes: Uint8Array, start: number, end: number): boolean;
  /** The text with its findings masked; the same text when there are none. */
  scan(text: string): string;
}

/** A scanner for one column. */
export function createScanner(detectors: readonly string[], mask: Mask, keys: MaskKeys, patterns: readonly CustomDetector[]): Scanner {
  // A custom pattern may match anything, so there bytes say nothing.
  const hasCustom = patterns.some((pattern) => detectors.includes(`custom:${pattern.name}`));
  return {
    mayFind: hasCustom ? () => true : mayHold,
    scan: (text) => scanText(text, detectors, mask, keys, patterns),
  };
}

/** {@link Scanner.mayFind} for text whose bytes aren't at hand. */
export function mayFindInText(scanner: Scanner, text: string): boolean {
  const bytes = Buffer.from(text, "utf8");
  return scanner.mayFind(bytes, 0, bytes.length);
}
