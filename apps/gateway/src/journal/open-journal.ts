/** Opens a journal's folder: locks it, recovers what is there, and puts the parts together. */

import { join } from "node:path";
import type { Signer } from "@sluice/evidence";
import { DiskJournal, type JournalLimits, recordVerifierKey } from "./disk-journal.ts";
import { Folder, monthOf } from "./folder.ts";
import { lockFolder } from "./folder-lock.ts";
import { type JournalFs, nodeFs } from "./fs-port.ts";
import { Ledger } from "./ledger.ts";
import { ed25519Signer, newSeed } from "./node-crypto.ts";
import { PayloadKeys } from "./payload-keys.ts";
import { type Clock, type Journal, JournalError, type JournalKeys } from "./port.ts";
import { recoverFolder } from "./recover.ts";
import { SegmentWriter } from "./segment-writer.ts";
import type { Acknowledged } from "./shipping.ts";

/** Visible ASCII without `+`, as the name of a key of a signed note has to be. */
const ORIGIN = /^[\x21-\x2a\x2c-\x7e]{1,150}$/;

export interface JournalOptions {
  readonly dir: string;
  /**
   * Origin of the gateway's logs: a URL without scheme that names this gateway and no other (`sluice.example/gw-1`).
   * Used when the folder is new. A folder keeps the name it was made with, so that a record never changes its name.
   */
  readonly log: string;
  readonly clock?: Clock;
  readonly keys: JournalKeys;
  /** Statements are refused when this much waits to be shipped. Default 1 GiB. */
  readonly maxUnshippedBytes?: number;
  readonly segmentBytesMax?: number;
  readonly segmentAgeMsMax?: number;
  readonly checkpointEveryMs?: number;
  readonly checkpointEveryEntries?: number;
  readonly fs?: JournalFs;
}

/**
 * Opens or creates the journal in `dir`. Rejects with a JournalError: JOURNAL_LOCKED while another writer
 * lives, JOURNAL_DAMAGED when the folder holds what no crash explains, JOURNAL_KEYS under a wrong master key.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const fs = options.fs ?? nodeFs;
  if (!ORIGIN.test(options.log))
    throw new JournalError("JOURNAL_ENTRY_INVALID", "the log's name must be visible ASCII without +");
  await fs.makeDir(options.dir);
  const lock = lockFolder(options.dir);
  try {
    const folder = new Folder(options.dir, await originOf(fs, options));
    return await openLocked(options, fs, folder, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The folder's own name, or from now on the one that is given. */
async function originOf(fs: JournalFs, options: JournalOptions): Promise<string> {
  const path = join(options.dir, "origin");
  const known = await fs.read(path);
  if (known !== null) {
    const origin = Buffer.from(known).toString("utf8").trim();
    if (!ORIGIN.test(origin)) throw new JournalError("JOURNAL_DAMAGED", "the folder's name can't be read");
    return origin;
  }
  await fs.replace(path, Buffer.from(`${options.log}\n`, "utf8"));
  return options.log;
}

async function openLocked(
  options: JournalOptions,
  fs: JournalFs,
  folder: Folder,
  lock: ReturnType<typeof lockFolder>,
): Promise<Journal> {
  const clock = options.clock ?? { now: () => Date.now() };
  const recovered = await recoverFolder(fs, folder);
  const wasClean = recovered.segments.length === 0 || (await fs.read(folder.closed)) !== null;
  await fs.remove(folder.closed);
  await fs.syncDir(folder.dir);
  const month = recovered.segments.at(-1)?.month ?? monthOf(clock.now());
  const keys = new PayloadKeys(fs, folder.keys, options.keys);
  await keys.enterMonth(month);
  const signer = await openSigner(fs, folder, options);
  await recordVerifierKey(fs, folder, month, signer);
  const ledger = recovered.ledger ?? new Ledger(folder.log(month));
  const writer = new SegmentWriter(fs, folder, recovered.segments);
  if (recovered.segments.length === 0) await writer.begin(month, ledger, clock.now());
  else await writer.resume();
  const acknowledged = await readAcknowledged(fs, folder);
  const { index, checkpointSize } = recovered;
  return new DiskJournal({
    folder,
    fs,
    clock,
    limits: limitsOf(options),
    lock,
    ledger,
    writer,
    index,
    keys,
    signer,
    checkpointSize,
    acknowledged,
    wasClean,
  });
}

function limitsOf(options: JournalOptions): JournalLimits {
  return {
    unshippedBytesMax: options.maxUnshippedBytes ?? 1024 * 1024 * 1024,
    segmentBytesMax: options.segmentBytesMax ?? 16 * 1024 * 1024,
    segmentAgeMsMax: options.segmentAgeMsMax ?? 10 * 60_000,
    checkpointEveryMs: options.checkpointEveryMs ?? 10_000,
    checkpointEveryEntries: options.checkpointEveryEntries ?? 1000,
  };
}

/** The log's signing key: generated once, kept sealed by the master key. */
async function openSigner(fs: JournalFs, folder: Folder, options: JournalOptions): Promise<Signer> {
  const path = join(folder.keys, "signing.sealed");
  const sealed = await fs.read(path);
  if (sealed === null) {
    const seed = newSeed();
    await fs.replace(path, options.keys.seal(seed, "journal-signing", folder.origin));
    return ed25519Signer(seed);
  }
  try {
    return ed25519Signer(options.keys.open(sealed, "journal-signing", folder.origin));
  } catch (error) {
    throw new JournalError("JOURNAL_KEYS", "the log's signing key does not open under this master key", error);
  }
}

async function readAcknowledged(fs: JournalFs, folder: Folder): Promise<Acknowledged> {
  const bytes = await fs.read(join(folder.dir, "shipped"));
  try {
    const { segment, bytes: length } = JSON.parse(Buffer.from(bytes ?? []).toString("utf8"));
    if (Number.isSafeInteger(segment) && Number.isSafeInteger(length)) return { segment, bytes: length };
  } catch {
    // Nothing is known to be shipped: it is shipped again.
  }
  return { segment: 0, bytes: 0 };
}
