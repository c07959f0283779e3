/** The real file system with faults that a test turns on: writes and syncs that fail, tear, or wait. */
import { type JournalFile, type JournalFs, nodeFs } from "../fs-port.ts";

export interface Faults {
  /** The next writes fail with this, after having written half. */
  write: Error | null;
  datasync: Error | null;
  truncate: Error | null;
  openFile: Error | null;
  /** Syncs wait for this. */
  hold: Promise<void> | null;
}

export interface FaultyFs extends JournalFs {
  readonly faults: Faults;
  /** How often a batch was synced, and how many syncs were under way at once at most. */
  readonly seen: { datasyncs: number; atOnce: number; log: string[] };
}

export const ioError = (code: string): Error => Object.assign(new Error(`${code}: the disk says no`), { code });

export function faultyFs(): FaultyFs {
  const faults: Faults = { write: null, datasync: null, truncate: null, openFile: null, hold: null };
  const seen = { datasyncs: 0, atOnce: 0, log: [] as string[] };
  let under = 0;
  const wrap = (file: JournalFile): JournalFile => ({
    async write(bytes, position) {
      if (faults.write !== null) {
        await file.write(bytes.subarray(0, bytes.length >> 1), position);
        throw faults.write;
      }
      await file.write(bytes, position);
    },
    async datasync() {
      seen.datasyncs++;
      seen.atOnce = Math.max(seen.atOnce, ++under);
      try {
        if (faults.hold !== null) await faults.hold;
        if (faults.datasync !== null) throw faults.datasync;
        await file.datasync();
      } finally {
        under--;
      }
    },
    async truncate(length) {
      if (faults.truncate !== null) throw faults.truncate;
      await file.truncate(length);
    },
    close: () => file.close(),
  });
  return {
    ...nodeFs,
    faults,
    seen,
    async openFile(path, fresh) {
      if (faults.openFile !== null) throw faults.openFile;
      return wrap(await nodeFs.openFile(path, fresh));
    },
  };
}
