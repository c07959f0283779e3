/**
 * Treating a value as text: where its bytes can't be worked on directly, and the check that no
 * result is longer than its column is announced to be (tools allocate by that length).
 */
import { REDACTED } from "@sluice/policy-engine";
import type { ScanTreatment } from "./result-mask.ts";
import { REDACTED_DOCUMENT } from "./scanner.ts";
import type { ByteMask, TextMask } from "./value-mask.ts";

/** The announced size of a text column. */
export interface TextRoom {
  readonly characters: number;
  readonly bytes: number;
}

export const UNBOUNDED: TextRoom = { characters: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** What a text mask makes of a value, or its redacted form when that would be too long. */
export function maskWithin(mask: TextMask, text: string, room: TextRoom): string | null {
  const masked = mask.mask(text);
  return masked === null || fits(room, masked) ? masked : mask.redacted;
}

/** A byte mask on text. */
export function maskedText(mask: ByteMask, text: string): string {
  const value = Buffer.from(text, "utf8");
  const target = Buffer.allocUnsafe(mask.roomFor(value.length));
  return target.toString("utf8", 0, mask.write(value, 0, value.length, target, 0));
}

/** Whether text must be scanned. In JSON text a value may hide behind escapes of its own, where the look at bytes sees nothing. */
export function mayFindInText(treatment: ScanTreatment, text: string): boolean {
  if (treatment.isJson && text.includes("\\")) return true;
  const bytes = Buffer.from(text, "utf8");
  return treatment.scanner.mayFind(bytes, 0, bytes.length);
}

/** The text with its findings replaced; the same text when there are none. */
export function scanText(treatment: ScanTreatment, text: string): string {
  const { scanner, isJson, room } = treatment;
  const scanned = scanner.scan(text);
  if (scanned === text || fits(room, scanned)) return scanned;
  return isJson ? REDACTED_DOCUMENT : REDACTED;
}

export function fits(room: TextRoom, text: string): boolean {
  if (text.length <= room.characters && text.length * 3 <= room.bytes) return true;
  return fitsBytes(room, Buffer.from(text, "utf8"), 0, Buffer.byteLength(text, "utf8"));
}

export function fitsBytes(room: TextRoom, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length > room.bytes) return false;
  if (length <= room.characters) return true;
  let characters = 0;
  for (let at = start; at < end; at++) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) characters++;
  }
  return characters <= room.characters;
}
