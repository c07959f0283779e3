/**
 * C2SP signed notes (signed-note v1.0.0) with Ed25519, and the checkpoints (tlog-checkpoint v1.0.0) written as
 * such. Opening a note is strict: the text is trusted only when a signature by a known key verifies, and a
 * signature that claims a known key and does not verify refuses the whole note.
 */
import { base64, base64Bytes, concat, equalBytes, hex, utf8 } from "./bytes.ts";
import type { Crypto, Signer } from "./crypto.ts";

const ED25519 = Uint8Array.of(1);
const SIGNATURES_MAX = 100;
const NOTE_CHARS_MAX = 1_000_000;

export interface NoteKey {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ key). */
  readonly id: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A key name may not hold white space or `+`. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= 200 && name.isWellFormed() && !/[\s+\u0000-\u001f]/.test(name);
}

export function noteKey(name: string, publicKey: Uint8Array, crypto: Crypto): NoteKey {
  if (!isKeyName(name)) throw new TypeError("not a name for a key of a signed note");
  const id = crypto.sha256(concat(utf8(`${name}\n`), ED25519, publicKey)).slice(0, 4);
  return { name, id, publicKey };
}

/** The verifier key's text: `<name>+<id in hex>+<base64 of 0x01 ‖ key>`. */
export function renderNoteKey(key: NoteKey): string {
  return `${key.name}+${hex(key.id)}+${base64(concat(ED25519, key.publicKey))}`;
}

/** null when the text is not an Ed25519 verifier key, or its id is not the one its key has. */
export function parseNoteKey(text: string, crypto: Crypto): NoteKey | null {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  const [, name = "", id = "", encoded = ""] = parts ?? [];
  const bytes = base64Bytes(encoded);
  if (!isKeyName(name) || bytes === null || bytes.length !== 33 || bytes[0] !== 1) return null;
  const key = noteKey(name, bytes.slice(1), crypto);
  return hex(key.id) === id ? key : null;
}

/** Signs `text`, which ends with a newline, and gives the whole note. */
export function signNote(text: string, name: string, signer: Signer, crypto: Crypto): string {
  if (!text.endsWith("\n")) throw new TypeError("a note's text ends with a newline");
  const key = noteKey(name, signer.publicKey, crypto);
  return `${text}\n— ${name} ${base64(concat(key.id, signer.sign(utf8(text))))}\n`;
}

export type OpenedNote =
  | { readonly ok: true; readonly text: string; readonly by: readonly NoteKey[] }
  | { readonly ok: false; readonly problem: string };

/** The text of a note that at least one of `keys` has signed. Signatures of unknown keys are ignored. */
export function openNote(note: string, keys: readonly NoteKey[], crypto: Crypto): OpenedNote {
  if (note.length > NOTE_CHARS_MAX) return { ok: false, problem: "the note is too large" };
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) return { ok: false, problem: "the note has no signatures" };
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX || !text.isWellFormed()) return { ok: false, problem: "the note is malformed" };
  const by: NoteKey[] = [];
  for (const line of lines) {
    const [, name = "", encoded = ""] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const signature = base64Bytes(encoded);
    if (!isKeyName(name) || signature === null || signature.length < 5)
      return { ok: false, problem: "a signature line is malformed" };
    const key = keys.find((known) => known.name === name && equalBytes(known.id, signature.subarray(0, 4)));
    if (key === undefined) continue;
    if (!crypto.ed25519Verify(key.publicKey, utf8(text), signature.subarray(4))) {
      return { ok: false, problem: `the signature by ${name} does not verify` };
    }
    by.push(key);
  }
  return by.length === 0 ? { ok: false, problem: "no known key has signed the note" } : { ok: true, text, by };
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export function renderCheckpoint(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${base64(checkpoint.root)}\n`;
}

/** null when the text is not a checkpoint. Extension lines are allowed and ignored. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = "", size = "", encoded = ""] = text.split("\n");
  const root = base64Bytes(encoded);
  if (origin === "" || !/^(0|[1-9]\d{0,15})$/.test(size) || root === null || root.length !== 32) return null;
  return Number.isSafeInteger(Number(size)) ? { origin, size: Number(size), root } : null;
}
