/** The engine's Crypto port over node:crypto. */
import { hash } from "node:crypto";
import type { Crypto } from "@sluice/policy-engine";

export const nodeCrypto: Crypto = { sha256Hex: (text) => hash("sha256", text, "hex") };
