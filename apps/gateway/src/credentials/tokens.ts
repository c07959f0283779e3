/**
 * Sluice's own tokens: opaque, 256 bits, with a prefix that a secret scanner recognises. Only the SHA-256 is
 * ever stored; a high-entropy token needs no slow hash.
 */
import { createHash, randomBytes } from "node:crypto";

export type TokenUse = "agent" | "person" | "session" | "master" | "chunk";

const PREFIX: Record<TokenUse, string> = {
  agent: "slu_a_",
  person: "slu_p_",
  session: "slu_s_",
  master: "slu_m_",
  chunk: "",
};

export const mintToken = (use: TokenUse): string => PREFIX[use] + randomBytes(32).toString("base64url");

export const hashToken = (token: string): Buffer => createHash("sha256").update(token, "utf8").digest();
