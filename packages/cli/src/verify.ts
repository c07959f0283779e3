/**
 * `sluice verify FOLDER`: checks a journal's folder, or a blob store's copy of one or several, without network
 * and without trusting the gateway that wrote it. Reads only.
 *
 * Exit codes: 0 everything fits, 1 something does not (the report names the entry), 2 it could not be read.
 */
import { createPublicKey, hash, verify as verifySignature } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type Crypto,
  type Finding,
  type NoteKey,
  noteKey,
  parseNoteKey,
  type RawEntry,
  readEntryRecord,
  readPayloadRecord,
  readSegment,
  readSegmentHeader,
  type SegmentRead,
  type VerifyNote,
  type VerifyReport,
  verify,
} from "@sluice/evidence";
import { visible } from "./output.ts";

export interface VerifyOptions {
  /** Verifier keys got elsewhere than from the folder. A key's name may leave the month out; it then serves every month. */
  readonly keys?: readonly string[];
  /** Signed checkpoints got elsewhere: what they cover must be there. */
  readonly checkpoints?: readonly string[];
}

/** What `verifyFolder` answers: the report and what the command makes of it. The `--json` shape. */
export interface FolderReport extends VerifyReport {
  readonly v: 1;
  /** 0 everything fits, 1 something does not, 2 it could not be read. */
  readonly exitCode: 0 | 1 | 2;
  /** Why it could not be read; null when it could. */
  readonly problem: string | null;
}

class UnreadableFolder extends Error {}

const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex");
const DEPTH_MAX = 8;

const nodeCrypto: Crypto = {
  sha256: (bytes) => hash("sha256", bytes, "buffer"),
  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const key = createPublicKey({ key: Buffer.concat([SPKI_ED25519, publicKey]), format: "der", type: "spki" });
    return verifySignature(null, message, key, signature);
  },
};

/** Verifies every journal found in `path`. Never rejects: what can't be read is exit code 2. */
export async function verifyFolder(path: string, options: VerifyOptions = {}): Promise<FolderReport> {
  try {
    const report = await verifyFound(path, options);
    return { v: 1, exitCode: report.ok ? 0 : 1, problem: null, ...report };
  } catch (error) {
    return { v: 1, exitCode: 2, problem: error instanceof Error ? error.message : String(error), ...NOTHING };
  }
}

const NOTHING: VerifyReport = {
  ok: false,
  first: null,
  findings: [],
  failures: 0,
  notes: [],
  counts: { entries: 0, logs: 0, sessions: 0, statements: 0, checkpoints: 0, payloadsChecked: 0, payloadsAbsent: 0 },
};

async function verifyFound(path: string, options: VerifyOptions): Promise<VerifyReport> {
  const months = await findMonths(path);
  if (months.length === 0) throw new UnreadableFolder(`there is no journal in ${path}`);
  const record = new FolderRecord(months);
  const checkpoints = [...record.checkpoints(), ...(options.checkpoints ?? [])];
  const pinned = (options.keys ?? []).map((text) => parseNoteKey(text.trim(), nodeCrypto) ?? unreadableKey(text));
  const keys =
    pinned.length > 0
      ? record.logs.flatMap((log) => pinned.flatMap((key) => forLog(key, log)))
      : await folderKeys(months);
  const report = verify(
    { entries: record.entries(), checkpoints, keys: [...keys, ...pinned], payload: record.payload },
    nodeCrypto,
  );
  const notes = pinned.length > 0 ? record.notes : [...record.notes, fromFolder];
  return withDamage({ ...report, notes: [...notes, ...report.notes] }, record.damage);
}

const fromFolder: VerifyNote = {
  kind: "key-from-folder",
  entry: null,
  sentence: "the key is the folder's own: whoever can write the folder could have replaced it. Give the key with --key",
};

function unreadableKey(text: string): never {
  throw new UnreadableFolder(`not a verifier key: ${text.slice(0, 80)}`);
}

/** A gateway signs all its logs with one key; each log names it after itself. */
function forLog(key: NoteKey, log: string): readonly NoteKey[] {
  const origin = key.name.replace(/\/\d{4}-\d\d$/, "");
  return log === key.name || log.replace(/\/\d{4}-\d\d$/, "") === origin
    ? [noteKey(log, key.publicKey, nodeCrypto)]
    : [];
}

interface Month {
  readonly dir: string;
  readonly root: string;
  readonly segments: readonly string[];
}

/** Folders named after a month that hold segments, oldest first within each journal. */
async function findMonths(path: string, depth = 0): Promise<Month[]> {
  let found: Dirent[];
  try {
    found = await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw new UnreadableFolder(error instanceof Error ? error.message : String(error));
  }
  const segments = found
    .filter((file) => file.isFile() && /^\d{8}\.seg$/.test(file.name))
    .map((file) => file.name)
    .sort();
  const months: Month[] =
    segments.length > 0 && /^\d{4}-\d\d$/.test(basename(path)) ? [{ dir: path, root: join(path, ".."), segments }] : [];
  if (depth >= DEPTH_MAX) return months;
  for (const folder of found.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    months.push(...(await findMonths(join(path, folder.name), depth + 1)));
  }
  return months;
}

async function folderKeys(months: readonly Month[]): Promise<readonly NoteKey[]> {
  const keys: NoteKey[] = [];
  for (const root of new Set(months.map((month) => month.root))) {
    const text = await readFile(join(root, "log.vkey"), "utf8").catch(() => "");
    keys.push(
      ...text
        .split("\n")
        .map((line) => parseNoteKey(line, nodeCrypto))
        .filter((key) => key !== null),
    );
  }
  return keys;
}

/** Reads segments one after the other, so that a long record needs no more memory than one of them. */
class FolderRecord {
  readonly logs: string[] = [];
  readonly notes: VerifyNote[] = [];
  readonly damage: Finding[] = [];
  readonly #months: readonly Month[];
  #payload: { readonly entry: string; readonly ciphertext: Uint8Array } | null = null;

  constructor(months: readonly Month[]) {
    this.#months = months;
  }

  readonly payload = (entryId: string): Uint8Array | null =>
    this.#payload?.entry === entryId ? this.#payload.ciphertext : null;

  checkpoints(): readonly string[] {
    const notes = new Set<string>();
    for (const { read } of this.#segments(true)) {
      if (!this.logs.includes(read.header.log)) this.logs.push(read.header.log);
      for (const { kind, data } of read.records)
        if (kind === "checkpoint") notes.add(Buffer.from(data).toString("utf8"));
    }
    for (const { dir } of this.#months) {
      if (readdirSync(dir).includes("checkpoint")) notes.add(readFileSync(join(dir, "checkpoint"), "utf8"));
    }
    return [...notes];
  }

  *entries(): Generator<RawEntry> {
    for (const { read } of this.#segments(false)) {
      for (const { kind, data } of read.records) {
        if (kind === "payload") this.#payload = readPayloadRecord(data);
        if (kind === "entry") yield readEntryRecord(data);
      }
    }
  }

  *#segments(report: boolean): Generator<{ readonly read: SegmentRead & { ok: true } }> {
    for (const [m, month] of this.#months.entries()) {
      const following = this.#months[m + 1];
      for (const [i, name] of month.segments.entries()) {
        const path = join(month.dir, name);
        const sibling = month.segments[i + 1];
        const next =
          sibling !== undefined
            ? join(month.dir, sibling)
            : following?.root === month.root
              ? join(following.dir, following.segments[0] ?? "")
              : null;
        const read = readSegment(readFileSync(path), next === null ? null : durableBefore(next, name));
        if (read.ok) {
          if (report && read.tail === "torn")
            this.notes.push({
              kind: "torn-tail",
              entry: null,
              sentence: `${path} ends in a write that was not finished`,
            });
          yield { read };
        } else if (report && (read.reason === "damaged" || next !== null)) {
          const entry = { log: basename(month.dir), index: 0, id: null, type: null, session: null, n: null };
          this.damage.push({
            failure: "unreadable",
            entry,
            until: null,
            sentence: `${path} at byte ${read.offset}: ${read.problem}`,
          });
        }
      }
    }
  }
}

/** How much of the segment before was acknowledged, as the next one's header says it. */
function durableBefore(next: string, name: string): number | null {
  const header = readSegmentHeader(readFileSync(next));
  return header?.previous?.segment === Number(name.slice(0, 8)) ? header.previous.bytes : null;
}

function withDamage(report: VerifyReport, damage: readonly Finding[]): VerifyReport {
  if (damage.length === 0) return report;
  const findings = [...damage, ...report.findings];
  return { ...report, ok: false, findings, first: findings[0] ?? null, failures: report.failures + damage.length };
}

const LINES_MAX = 20;

/** For people: what was checked, what failed, what to know. */
export function renderReport(report: FolderReport): string {
  const { counts } = report;
  if (report.problem !== null) return `Could not be verified: ${visible(report.problem)}\n`;
  const lines = [
    report.ok ? "OK: the record is whole." : `FAILED: ${report.failures} finding${report.failures === 1 ? "" : "s"}.`,
    `  ${counts.entries} entries in ${counts.logs} logs, ${counts.sessions} sessions, ${counts.statements} statements`,
    `  ${counts.checkpoints} checkpoints, ${counts.payloadsChecked} payloads checked, ${counts.payloadsAbsent} not here`,
  ];
  for (const finding of report.findings.slice(0, LINES_MAX))
    lines.push(`FAILED ${place(finding)}`, `  ${finding.sentence}`);
  if (report.findings.length > LINES_MAX) lines.push(`  and ${report.failures - LINES_MAX} more (--json lists them)`);
  for (const note of report.notes.slice(0, LINES_MAX))
    lines.push(`note   ${note.sentence}${note.entry === null ? "" : ` (${note.entry.log} #${note.entry.index})`}`);
  if (report.notes.length > LINES_MAX) lines.push(`  and ${report.notes.length - LINES_MAX} more notes`);
  return `${lines.map(visible).join("\n")}\n`;
}

export function printReport(report: FolderReport): void {
  process.stdout.write(renderReport(report));
}

function place({ failure, entry, until }: Finding): string {
  const range = until === null ? `#${entry.index}` : `#${entry.index} to #${until}`;
  const who = [entry.type, entry.id, entry.session === null ? null : `session ${entry.session}`]
    .filter((part) => part !== null)
    .join(", ");
  return `${failure}: ${entry.log} ${range}${who === "" ? "" : ` (${who})`}`;
}
