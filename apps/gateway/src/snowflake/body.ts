/**
 * Reads a request's body: bounded before and after decompression, gzip recognised by its magic bytes (headers
 * lie, and Node's driver has sent wrong ones), UTF-8 or nothing, one JSON value with no key twice.
 */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Json, parseJson } from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";

const gunzipAsync = promisify(gunzip);
const EMPTY: Json = {};

/** The body as JSON; `{}` for an empty one. Throws SLUICE_BODY_TOO_LARGE or SLUICE_BAD_REQUEST. */
export async function readJsonBody(request: IncomingMessage, bytesMax: number): Promise<Json> {
  const text = await readTextBody(request, bytesMax);
  if (text.trim() === "") return EMPTY;
  const parsed = parseJson(text);
  if (!parsed.ok)
    throw new GatewayError("SLUICE_BAD_REQUEST", `The body is not acceptable JSON: ${parsed.error.message}.`);
  return parsed.value;
}

export async function readTextBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip")
    throw new GatewayError("SLUICE_BAD_REQUEST", "This content encoding is not accepted; use gzip or none.");
  const bytes = await readBytes(request, bytesMax);
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? await inflate(bytes, bytesMax) : bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch {
    throw new GatewayError("SLUICE_BAD_REQUEST", "The body is not UTF-8.");
  }
}

async function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > bytesMax) throw new GatewayError("SLUICE_BODY_TOO_LARGE");
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > bytesMax) throw new GatewayError("SLUICE_BODY_TOO_LARGE");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function inflate(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await gunzipAsync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const tooLarge =
      error instanceof RangeError ||
      (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE");
    throw new GatewayError(tooLarge ? "SLUICE_BODY_TOO_LARGE" : "SLUICE_BAD_REQUEST");
  }
}
