/**
 * Finds and masks values inside free text. The engine's detectors do the looking; a pass over the
 * bytes before that keeps them away from text that can't hold anything.
 */
import {
  type CustomDetector,
  DETECTOR_NAMES,
  type Mask,
  type MaskKeys,
  maskDocument,
  type PathMask,
  REDACTED,
  scanText,
} from "@sluice/policy-engine";
import { type ByteLook, byteLook } from "./byte-look.ts";

/** What a redacted semi-structured value becomes: valid JSON text. */
export const REDACTED_DOCUMENT = JSON.stringify(REDACTED);

export interface Scanner {
  /** Whether the UTF-8 text bytes[start, end) must be looked at closely. False is sure. */
  readonly mayFind: ByteLook;
  /** The text with its findings masked; the same text when there are none. */
  scan(text: string): string;
}

/** What to look for, and what becomes of it. */
export interface Search {
  readonly detectors: readonly string[];
  readonly mask: Mask;
  readonly patterns: readonly CustomDetector[];
}

/** A scanner for plain text. */
export function createScanner({ detectors, mask, patterns }: Search, keys: MaskKeys): Scanner {
  return { mayFind: lookFor(detectors), scan: (text) => scanText(text, detectors, mask, keys, patterns) };
}

/** A scanner for semi-structured text, which leaves it valid JSON. */
export function createDocumentScanner(search: Search, keys: MaskKeys): Scanner {
  return { mayFind: lookFor(search.detectors), scan: documentMask([], search, keys) };
}

/** Masks semi-structured text at its tagged paths and scans the rest. What isn't JSON is redacted whole. */
export function documentMask(
  paths: readonly PathMask[],
  scan: Search | null,
  keys: MaskKeys,
): (text: string) => string {
  const plan = { paths, fallback: { method: "redact" }, scan } as const;
  return (text) => {
    const masked = maskDocument(text, plan, keys);
    return masked === null || masked === REDACTED ? REDACTED_DOCUMENT : masked;
  };
}

/** The look at bytes knows the built-in detectors; a custom pattern may match anything. */
function lookFor(detectors: readonly string[]): ByteLook {
  const isBuiltIn = detectors.every((detector) => DETECTOR_NAMES.some((name) => name === detector));
  return isBuiltIn ? byteLook(detectors) : () => true;
}
