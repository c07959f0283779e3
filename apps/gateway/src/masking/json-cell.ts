/**
 * Writes what a treatment makes of one JSON string cell. Most cells hold no escape: then the bytes
 * between the quotes are the value, and so are the bytes that are written.
 */
import { REDACTED } from "@sluice/policy-engine";
import { MaskingError } from "./masking-error.ts";
import type { OutputSlab } from "./output-slab.ts";
import type { ColumnTreatment, MaskTreatment, ScanTreatment } from "./result-mask.ts";
import { fits, fitsBytes, maskedText, maskWithin, mayFindInText, scanText, type TextRoom } from "./treat-text.ts";
import type { ByteMask } from "./value-mask.ts";

const QUOTE = 0x22;

export class CellTreatments {
  readonly #output: OutputSlab;
  readonly #quoted = new Map<Buffer, Buffer>();

  constructor(output: OutputSlab) {
    this.#output = output;
  }

  /** Treats the cell whose content, between the quotes, is source[start, end). */
  write(treatment: ColumnTreatment, source: Buffer, start: number, end: number, hasEscape: boolean): void {
    switch (treatment.kind) {
      case "null":
        this.#writeRaw("null");
        return;
      case "mask":
        this.#writeMaskOf(treatment, source, start, end, hasEscape);
        return;
      case "scan":
        this.#writeScanned(treatment, source, start, end, hasEscape);
    }
  }

  #writeMaskOf(treatment: MaskTreatment, source: Buffer, start: number, end: number, hasEscape: boolean): void {
    const { mask, room } = treatment;
    if (mask.kind === "text") {
      this.#writeText(maskWithin(mask, decodeCell(source, start, end, hasEscape), room));
    } else if (mask.constant !== null) {
      const quoted = this.#quotedConstant(mask.constant);
      this.#output.append(quoted, 0, quoted.length);
    } else if (hasEscape) {
      const text = maskedText(mask, decodeCell(source, start, end, true));
      this.#writeText(fits(room, text) ? text : REDACTED);
    } else {
      this.#writeMasked(mask, source, start, end, room);
    }
  }

  #writeScanned(treatment: ScanTreatment, source: Buffer, start: number, end: number, hasEscape: boolean): void {
    const { scanner } = treatment;
    if (!hasEscape && !scanner.mayFind(source, start, end)) {
      this.#writeUnchanged(source, start, end);
      return;
    }
    const text = decodeCell(source, start, end, hasEscape);
    const scanned = hasEscape && !mayFindInText(treatment, text) ? text : scanText(treatment, text);
    if (scanned === text) this.#writeUnchanged(source, start, end);
    else this.#writeText(scanned);
  }

  /** Without an escape in the value there is none to write: a byte mask keeps bytes or writes plain ASCII. */
  #writeMasked(mask: ByteMask, source: Buffer, start: number, end: number, room: TextRoom): void {
    const output = this.#output;
    output.reserve(mask.roomFor(end - start) + 2);
    const at = output.length + 1;
    output.bytes[output.length] = QUOTE;
    const after = mask.write(source, start, end, output.bytes, at);
    if (!fitsBytes(room, output.bytes, at, after)) {
      this.#writeText(REDACTED);
      return;
    }
    output.bytes[after] = QUOTE;
    output.length = after + 1;
  }

  #quotedConstant(constant: Buffer): Buffer {
    const known = this.#quoted.get(constant);
    if (known !== undefined) return known;
    const quoted = Buffer.from(JSON.stringify(constant.toString("utf8")));
    this.#quoted.set(constant, quoted);
    return quoted;
  }

  #writeUnchanged(source: Buffer, start: number, end: number): void {
    this.#output.reserve(1);
    this.#output.bytes[this.#output.length++] = QUOTE;
    this.#output.append(source, start, end);
    this.#output.reserve(1);
    this.#output.bytes[this.#output.length++] = QUOTE;
  }

  #writeText(text: string | null): void {
    this.#writeRaw(text === null ? "null" : JSON.stringify(text));
  }

  #writeRaw(text: string): void {
    this.#output.reserve(text.length * 3);
    this.#output.length += this.#output.bytes.write(text, this.#output.length, "utf8");
  }
}

/** The text of a cell whose syntax has been checked already. */
function decodeCell(source: Buffer, start: number, end: number, hasEscape: boolean): string {
  const raw = source.toString("utf8", start, end);
  if (!hasEscape) return raw;
  try {
    const text: unknown = JSON.parse(`"${raw}"`);
    if (typeof text === "string") return text;
  } catch {
    // Fails below.
  }
  throw new MaskingError("RESULT_SYNTAX", "a JSON result holds a string that can't be read");
}
