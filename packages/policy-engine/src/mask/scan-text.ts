/**
 * Masks findings in place, inside the text that holds them. The rest of the text leaves as it came.
 */
import type { Mask } from "../decision.ts";
import type { CustomDetector } from "./detect-custom.ts";
import { detect } from "./detectors.ts";
import { type MaskKeys, maskText, REDACTED } from "./mask-text.ts";

/** The text with every finding masked; the same string when there is none. The method `null` redacts here: a hole in a text says nothing. */
export function scanText(
  text: string,
  detectors: readonly string[],
  mask: Mask,
  keys: MaskKeys,
  patterns: readonly CustomDetector[] = [],
): string {
  const findings = detect(text, detectors, patterns);
  if (findings.length === 0) return text;
  let masked = "";
  let from = 0;
  for (const { start, end } of findings) {
    masked += text.slice(from, start) + (maskText(mask, text.slice(start, end), keys) ?? REDACTED);
    from = end;
  }
  return masked + text.slice(from);
}
