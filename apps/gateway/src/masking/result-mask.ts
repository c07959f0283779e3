/**
 * What happens to each column of one result. Made by `planResult` and used by the maskers of both
 * formats, so that a value looks the same whichever format the driver asked for.
 */
import type { ColumnType } from "@sluice/snowflake-wire";
import type { Scanner } from "./scanner.ts";
import type { TextRoom } from "./treat-text.ts";
import type { ValueMask } from "./value-mask.ts";

/** New text for every value; what wouldn't fit `room` becomes `***`. */
export interface MaskTreatment {
  readonly kind: "mask";
  readonly mask: ValueMask;
  readonly room: TextRoom;
}

/** Findings inside the text are replaced. `isJson`: the text is JSON and stays JSON. */
export interface ScanTreatment {
  readonly kind: "scan";
  readonly scanner: Scanner;
  readonly isJson: boolean;
  readonly room: TextRoom;
}

/** `null`: NULL of the column's own type. */
export type ColumnTreatment = { readonly kind: "null" } | MaskTreatment | ScanTreatment;

export interface ResultMask {
  /** One per column of the result; null: leaves as it came. */
  readonly treatments: readonly (ColumnTreatment | null)[];
  /** The columns as they are to be announced. */
  readonly rowtype: readonly ColumnType[];
  /** The columns as the warehouse announced them. */
  readonly original: readonly ColumnType[];
  /** No column changes: the result may pass as it is. */
  readonly isIdentity: boolean;
}

/** Takes the first rows as they leave, in the text form of JSON results. */
export interface RowCapture {
  readonly rowsMax: number;
  /** Rows that would go beyond are left out. */
  readonly bytesMax: number;
  /** Called once, when enough rows have left or the result has ended; `isCut` when there were more. */
  onRows(rows: readonly (readonly (string | null)[])[], isCut: boolean): void;
}

export interface MaskStreamOptions {
  /** The announced number of rows; another one ends the stream with ROW_COUNT. */
  readonly rowsExpected?: number;
  readonly capture?: RowCapture;
}
