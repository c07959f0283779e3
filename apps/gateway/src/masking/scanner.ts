/**
 * Finds and masks values inside free text. The engine's detectors do the looking; a pass over the
 * bytes before that keeps them away from text that can't hold anything.
 */
import { type CustomDetector, DETECTOR_NAMES, type Mask, type MaskKeys, scanText } from "@sluice/policy-engine";
import { byteLook } from "./byte-look.ts";

export interface Scanner {
  /** Whether the UTF-8 text bytes[start, end) must be looked at closely. False is sure. */
  mayFind(bytes: Uint8Array, start: number, end: number): boolean;
  /** The text with its findings masked; the same text when there are none. */
  scan(text: string): string;
}

/** A scanner for one column. */
export function createScanner(
  detectors: readonly string[],
  mask: Mask,
  keys: MaskKeys,
  patterns: readonly CustomDetector[],
): Scanner {
  // The look at bytes knows the built-in detectors; a custom pattern may match anything.
  const isBuiltIn = detectors.every((detector) => DETECTOR_NAMES.some((name) => name === detector));
  return {
    mayFind: isBuiltIn ? byteLook(detectors) : () => true,
    scan: (text) => scanText(text, detectors, mask, keys, patterns),
  };
}
