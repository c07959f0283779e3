/**
 * The file system as the journal needs it. A port, so that tests can make a write or a sync fail or wait at
 * any moment; `nodeFs` is the real one. Whatever rejects here poisons the journal, so nothing is retried.
 */
import { closeSync, fdatasync, fsync, ftruncate, openSync, write as writeAsync, writeSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

export interface JournalFile {
  /** Writes all of `bytes` at `position`; nothing is durable yet. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when everything written is on stable storage. */
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): void;
}

export interface JournalFs {
  /** Opens for writing; `fresh` empties or creates it. */
  openFile(path: string, fresh: boolean): Promise<JournalFile>;
  makeDir(path: string): Promise<void>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  readRange(path: string, offset: number, length: number): Promise<Uint8Array>;
  size(path: string): Promise<number>;
  /** Replaces a small file as a whole, durably, readable by the owner only. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes names created or removed in a folder durable. */
  syncDir(path: string): Promise<void>;
}

/** Up to here a write goes to the page cache at once, which is cheaper than a trip to the thread pool. */
const SYNC_WRITE_BYTES_MAX = 256 * 1024;

const datasync = promisify(fdatasync);
const fullsync = promisify(fsync);
const truncate = promisify(ftruncate);
const writeWhole = promisify(writeAsync);

export const nodeFs: JournalFs = {
  async openFile(path, fresh) {
    const fd = openSync(path, fresh ? "w" : "r+", 0o600);
    return {
      async write(bytes, position) {
        for (let done = 0; done < bytes.length; ) {
          const rest = bytes.subarray(done);
          done +=
            rest.length <= SYNC_WRITE_BYTES_MAX
              ? writeSync(fd, rest, 0, rest.length, position + done)
              : (await writeWhole(fd, rest, 0, rest.length, position + done)).bytesWritten;
        }
      },
      datasync: () => datasync(fd),
      async truncate(length) {
        await truncate(fd, length);
        await fullsync(fd);
      },
      close: () => closeSync(fd),
    };
  },
  async makeDir(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  async list(path) {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      return absent(error, []);
    }
  },
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      return absent(error, null);
    }
  },
  async readRange(path, offset, length) {
    const file = await open(path, "r");
    try {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      if (bytesRead !== length) throw new Error("the file is shorter than the range asked for");
      return bytes;
    } finally {
      await file.close();
    }
  },
  async size(path) {
    return (await stat(path)).size;
  },
  async replace(path, bytes) {
    const fresh = `${path}.new`;
    const file = await open(fresh, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
    await nodeFs.syncDir(dirname(path));
  },
  async remove(path) {
    await rm(path, { force: true });
  },
  async syncDir(path) {
    const dir = await open(path, "r");
    try {
      await dir.sync();
    } finally {
      await dir.close();
    }
  },
};

function absent<T>(error: unknown, value: T): T {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return value;
  throw error;
}
