/**
 * What lies where in a journal's folder. One sub-folder and one log per month; segments are numbered over all
 * months. Other files: `lock`, `closed` (only after a clean close), `log.vkey`, `keys/`, `torn/` with what a
 * crash left behind the last acknowledged record, and a newest `checkpoint` in each month.
 */
import { join } from "node:path";

export const SEGMENT_NAME = /^(\d{8})\.seg$/;
export const MONTH_NAME = /^\d{4}-\d\d$/;

export const monthOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 7);
export const segmentName = (segment: number): string => `${String(segment).padStart(8, "0")}.seg`;

export interface SegmentInfo {
  readonly month: string;
  readonly number: number;
  /** Durable length; for the active segment as of the last batch. */
  bytes: number;
  /** null for months that were not scanned. */
  firstIndex: number | null;
  sealed: boolean;
}

export class Folder {
  readonly dir: string;
  /** The origin of all logs of this gateway, without the month. */
  readonly origin: string;
  constructor(dir: string, origin: string) {
    this.dir = dir;
    this.origin = origin;
  }
  get keys(): string {
    return join(this.dir, "keys");
  }
  get torn(): string {
    return join(this.dir, "torn");
  }
  get closed(): string {
    return join(this.dir, "closed");
  }
  get vkeys(): string {
    return join(this.dir, "log.vkey");
  }
  month(month: string): string {
    return join(this.dir, month);
  }
  segment(month: string, segment: number): string {
    return join(this.dir, month, segmentName(segment));
  }
  checkpoint(month: string): string {
    return join(this.dir, month, "checkpoint");
  }
  log(month: string): string {
    return `${this.origin}/${month}`;
  }
}
