/** Reads a journal's folder as an outsider would, and verifies it; and edits it as an attacker would. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  concat,
  encodeBatch,
  type NoteKey,
  parseNoteKey,
  type RawEntry,
  readBatch,
  readEntryRecord,
  readPayloadRecord,
  readSegment,
  type VerifyReport,
  verify,
} from "@sluice/evidence";
import { nodeCrypto } from "../node-crypto.ts";

interface FolderContent {
  readonly entries: RawEntry[];
  readonly checkpoints: string[];
  readonly payloads: Map<string, Uint8Array>;
}

function readFolder(dir: string): FolderContent {
  const entries: RawEntry[] = [];
  const checkpoints: string[] = [];
  const payloads = new Map<string, Uint8Array>();
  for (const month of readdirSync(dir).filter((name) => /^\d{4}-\d\d$/.test(name))) {
    const files = readdirSync(join(dir, month)).filter((name) => name.endsWith(".seg"));
    const read = files.map((name) => readFileSync(join(dir, month, name)));
    for (const [i, file] of read.entries()) {
      const next = read[i + 1] === undefined ? null : readSegment(read[i + 1] ?? new Uint8Array(0));
      const segment = readSegment(file, next?.ok ? (next.header.previous?.bytes ?? null) : null);
      if (!segment.ok) throw new Error(segment.problem);
      for (const { kind, data } of segment.records) {
        if (kind === "entry") entries.push(readEntryRecord(data));
        if (kind === "checkpoint") checkpoints.push(Buffer.from(data).toString("utf8"));
        const payload = kind === "payload" ? readPayloadRecord(data) : null;
        if (payload !== null) payloads.set(payload.entry, payload.ciphertext);
      }
    }
  }
  return { entries, checkpoints, payloads };
}

/** Hashes by position, over all logs. */
export function storedHashes(dir: string): readonly string[] {
  return readFolder(dir).entries.map(({ hash }) => hash);
}

export function verifyFolder(dir: string): VerifyReport {
  const { entries, checkpoints, payloads } = readFolder(dir);
  const keys = readFileSync(join(dir, "log.vkey"), "utf8")
    .trim()
    .split("\n")
    .map((line) => parseNoteKey(line, nodeCrypto));
  const known = keys.filter((key): key is NoteKey => key !== null);
  return verify({ entries, checkpoints, keys: known, payload: (id) => payloads.get(id) ?? null }, nodeCrypto);
}

/** Replaces a text by one as long in every entry of a segment, batch by batch, with right checksums but not with right hashes. */
export function rewriteEntries(path: string, from: string, to: string): void {
  const file = readFileSync(path);
  const parts: Uint8Array[] = [file.subarray(0, SEGMENT_START)];
  for (let at = SEGMENT_START; at < file.length; ) {
    const batch = readBatch(file, at);
    if (batch.state !== "whole") throw new Error("not a whole segment");
    const records = batch.records.map(({ kind, data }) => ({
      kind,
      data: kind === "entry" ? replaced(data, from, to) : data,
    }));
    parts.push(encodeBatch(records).bytes);
    at = batch.next;
  }
  writeFileSync(path, concat(...parts));
}

/** The magic and the version. */
const SEGMENT_START = 8;

function replaced(data: Uint8Array, from: string, to: string): Uint8Array {
  return concat(
    data.subarray(0, 32),
    Buffer.from(Buffer.from(data.subarray(32)).toString("utf8").replaceAll(from, to)),
  );
}
