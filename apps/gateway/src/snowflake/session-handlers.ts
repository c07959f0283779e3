/** Login, renewal, heartbeat and close. A driver's credential ends here; it never goes upstream. */
import {
  decodeLoginContext,
  decodeLoginRequest,
  decodeRenewRequest,
  encodeAcknowledgement,
  encodeLoginResponse,
  encodeRenewResponse,
  type JsonObject,
} from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";
import { readJsonBody } from "./body.ts";
import type { Call } from "./call.ts";

const LOGIN_BYTES_MAX = 1_048_576;
const TOKEN = /^Snowflake Token="([A-Za-z0-9_-]{1,256})"$/;

/** The token of `Authorization: Snowflake Token="…"`; throws SLUICE_TOKEN_INVALID. */
export function tokenOf(call: Call): string {
  const token = TOKEN.exec(call.request.headers.authorization ?? "")?.[1];
  if (token === undefined) throw new GatewayError("SLUICE_TOKEN_INVALID");
  return token;
}

export async function login(call: Call): Promise<JsonObject> {
  const { sessions } = call.services;
  const body = await readJsonBody(call.request, LOGIN_BYTES_MAX);
  const decoded = decodeLoginRequest(body);
  if (!decoded.ok)
    throw new GatewayError(
      decoded.error.code === "LOGIN_METHOD" ? "SLUICE_LOGIN_METHOD" : "SLUICE_BAD_REQUEST",
      decoded.error.code === "LOGIN_METHOD" ? undefined : `The login is not acceptable: ${decoded.error.message}.`,
    );
  const remote = call.request.socket.remoteAddress ?? null;
  return encodeLoginResponse(await sessions.login(decoded.value, decodeLoginContext(call.query), remote));
}

export async function renew(call: Call): Promise<JsonObject> {
  const body = await readJsonBody(call.request, LOGIN_BYTES_MAX);
  const decoded = decodeRenewRequest(body);
  if (!decoded.ok)
    throw new GatewayError(decoded.error.code === "TOKEN_REQUEST" ? "SLUICE_UNKNOWN_ENDPOINT" : "SLUICE_BAD_REQUEST");
  return encodeRenewResponse(await call.services.sessions.renew(tokenOf(call)));
}

export async function heartbeat(call: Call): Promise<JsonObject> {
  call.request.resume();
  await call.services.sessions.find(tokenOf(call));
  return encodeAcknowledgement({ kind: "success" });
}

export async function close(call: Call): Promise<JsonObject> {
  call.request.resume();
  const session = await call.services.sessions.find(tokenOf(call));
  await call.services.sessions.end(session, "closed");
  return encodeAcknowledgement({ kind: "success" });
}
