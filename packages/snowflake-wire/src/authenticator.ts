/**
 * `POST /session/authenticator-request`: a driver asks where to log in with a browser (protocol §2.2, §3.4).
 *
 * Only the external-browser form is decoded; the Okta form, in which the driver itself posts a password to an
 * identity provider, is LOGIN_METHOD.
 */

import { encodeFailure, encodeSuccess, type Failure, readEnvelope } from "./envelope.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Result } from "./outcome.ts";
import { Secret } from "./secret.ts";
import { decoding, Fields, refuse } from "./shape.ts";

export interface AuthenticatorRequest {
  readonly accountName: string;
  readonly loginName: string | null;
  /** The port of the driver's own listener on the caller's machine. */
  readonly redirectPort: number;
  readonly clientAppId: string | null;
}

export type AuthenticatorResponse =
  | { readonly kind: "success"; readonly ssoUrl: string; readonly proofKey: Secret }
  | Failure;

/** Reads the request for a browser login. */
export function decodeAuthenticatorRequest(json: Json): Result<AuthenticatorRequest> {
  return decoding(() => {
    const data = new Fields(json, "").child("data");
    if ((data.textOrNull("AUTHENTICATOR") ?? "").toUpperCase() !== "EXTERNALBROWSER") {
      refuse("LOGIN_METHOD", "only the external browser is offered here");
    }
    const port = data.get("BROWSER_MODE_REDIRECT_PORT");
    const redirectPort = Number(typeof port === "string" || typeof port === "number" ? port : Number.NaN);
    if (!Number.isInteger(redirectPort) || redirectPort < 1 || redirectPort > 65_535) {
      data.wrong("BROWSER_MODE_REDIRECT_PORT", "a port");
    }
    return {
      accountName: data.textOrNull("ACCOUNT_NAME") ?? "",
      loginName: data.textOrNull("LOGIN_NAME"),
      redirectPort,
      clientAppId: data.textOrNull("CLIENT_APP_ID"),
    };
  });
}

/** Writes the request for a browser login. */
export function encodeAuthenticatorRequest(request: AuthenticatorRequest): JsonObject {
  return {
    data: {
      ACCOUNT_NAME: request.accountName,
      LOGIN_NAME: request.loginName,
      AUTHENTICATOR: "EXTERNALBROWSER",
      BROWSER_MODE_REDIRECT_PORT: String(request.redirectPort),
      CLIENT_APP_ID: request.clientAppId,
    },
  };
}

/** Reads the answer. */
export function decodeAuthenticatorResponse(json: Json): Result<AuthenticatorResponse> {
  return decoding(() => {
    const envelope = readEnvelope(json);
    if (envelope.kind === "failure") return envelope;
    const data = envelope.body.child("data");
    return { kind: "success", ssoUrl: data.text("ssoUrl"), proofKey: new Secret(data.text("proofKey")) };
  });
}

/** Writes the answer. */
export function encodeAuthenticatorResponse(response: AuthenticatorResponse): JsonObject {
  if (response.kind === "failure") return encodeFailure(response);
  return encodeSuccess({ ssoUrl: response.ssoUrl, proofKey: response.proofKey.reveal(), tokenUrl: null });
}
