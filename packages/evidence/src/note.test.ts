/** Guarantee: notes and checkpoints are C2SP's, and a note counts only with a good signature of a known key. */
import { describe, expect, it } from "vitest";
import { nodeCrypto, signerOf } from "../test/crypto.ts";
import { noteKey, openNote, parseCheckpoint, parseNoteKey, renderCheckpoint, renderNoteKey, signNote } from "./note.ts";

/** The example of the published signed-note package. */
const NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const NOTE = `${TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

const published = parseNoteKey(NEUMANN, nodeCrypto);

describe("published vector", () => {
  it("the verifier key is read and written the same", () => {
    expect(published && renderNoteKey(published)).toBe(NEUMANN);
  });

  it("the note opens", () => {
    expect(published && openNote(NOTE, [published], nodeCrypto)).toEqual({ ok: true, text: TEXT, by: [published] });
  });
});

const signer = signerOf(7);
const key = noteKey("sluice.example/gw/2026-11", signer.publicKey, nodeCrypto);
const checkpoint = {
  origin: "sluice.example/gw/2026-11",
  size: 42,
  root: Uint8Array.from(nodeCrypto.sha256(new Uint8Array(0))),
};
const note = signNote(renderCheckpoint(checkpoint), key.name, signer, nodeCrypto);

describe("own notes", () => {
  it("a signed checkpoint opens and reads back", () => {
    const opened = openNote(note, [key], nodeCrypto);
    expect(opened.ok && parseCheckpoint(opened.text)).toEqual(checkpoint);
  });

  it.each([
    ["the size changed", note.replace("\n42\n", "\n43\n")],
    ["the origin changed", note.replace("sluice.example", "sluice.evil")],
    ["the signature cut off", note.split("\n\n")[0] ?? ""],
    ["a signature line that is none", note.replace("— ", "- ")],
    ["no newline at the end", note.slice(0, -1)],
    ["text put before", `x\n\n${note}`.replace("x\n\n", "x\n")],
  ])("refuses a note with %s", (_name, changed) => {
    expect(openNote(changed, [key], nodeCrypto).ok).toBe(false);
  });

  it("refuses a note that only an unknown key has signed", () => {
    const other = noteKey(key.name, signerOf(8).publicKey, nodeCrypto);
    expect(openNote(note, [other], nodeCrypto).ok).toBe(false);
    expect(openNote(note, [], nodeCrypto).ok).toBe(false);
  });

  it("refuses a note of which one known signature is bad, even beside a good one", () => {
    const second = signerOf(9);
    const both =
      note +
      signNote(renderCheckpoint({ ...checkpoint, size: 1 }), "witness.example", second, nodeCrypto).split("\n\n")[1];
    const witness = noteKey("witness.example", second.publicKey, nodeCrypto);
    expect(openNote(both, [key], nodeCrypto).ok).toBe(true);
    expect(openNote(both, [key, witness], nodeCrypto).ok).toBe(false);
  });
});

it.each([
  "",
  "a+b",
  "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  NEUMANN.replace("+AR", "+Ag"),
  `${NEUMANN}x`,
  NEUMANN.replace("Peter", "Peter "),
])("refuses the verifier key %j", (text) => {
  expect(parseNoteKey(text, nodeCrypto)).toBeNull();
});

it.each([
  "",
  "origin\n-1\nAAAA\n",
  `origin\n01\n${"A".repeat(43)}=\n`,
  "origin\n1\nAAAA\n",
  `\n1\n${"A".repeat(43)}=\n`,
])("refuses the checkpoint %j", (text) => {
  expect(parseCheckpoint(text)).toBeNull();
});
