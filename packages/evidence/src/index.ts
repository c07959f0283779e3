/** Records as evidence: entries, chains, segments, the Merkle log, checkpoints, and the verifier. Pure. */
export * from "./bodies.ts";
export { base64, base64Bytes, concat, equalBytes, hex, hexBytes, utf8, utf8Text } from "./bytes.ts";
export * from "./canonical.ts";
export * from "./chain.ts";
export { crc32c } from "./crc32c.ts";
export * from "./crypto.ts";
export * from "./entry.ts";
export * from "./finding.ts";
export * from "./merkle.ts";
export * from "./note.ts";
export * from "./segment.ts";
export * from "./verify.ts";
