/** The small HTTP vocabulary that the admin listener's routes share: JSON in, JSON out, coded refusals. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { GatewayError } from "../errors/catalogue.ts";
import { readTextBody } from "../snowflake/body.ts";

const BODY_BYTES_MAX = 16 * 1_048_576;

export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    throw new GatewayError("SLUICE_BAD_REQUEST", "Send JSON with content-type application/json.");
  const text = await readTextBody(request, BODY_BYTES_MAX);
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch {
    throw new GatewayError("SLUICE_BAD_REQUEST", "The body is not JSON.");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new GatewayError(
      "SLUICE_BAD_REQUEST",
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    );
  return parsed.data;
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value), "utf8");
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": body.length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

export function sendError(response: ServerResponse, error: unknown): GatewayError {
  const coded = error instanceof GatewayError ? error : new GatewayError("SLUICE_INTERNAL");
  sendJson(response, coded.row.http, { error: { code: coded.code, message: coded.message } });
  return coded;
}
