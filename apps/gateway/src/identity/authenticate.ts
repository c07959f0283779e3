/**
 * From a credential on the wire to a principal. Only Sluice's own tokens are taken, in the three places where
 * unmodified drivers can carry one: password, programmatic access token, OAuth token. Every refusal of a token
 * looks the same to the caller.
 */
import type { Credential } from "@sluice/snowflake-wire";
import { hashToken } from "../credentials/tokens.ts";
import { GatewayError } from "../errors/catalogue.ts";
import type { Queryable } from "../store/pool.ts";
import { findTokenOwner, type TokenOwner } from "../store/principals.ts";

export interface Authenticated {
  readonly owner: TokenOwner;
  readonly method: "password" | "access-token" | "oauth";
}

function carriedToken(credential: Credential): { readonly token: string; readonly method: Authenticated["method"] } {
  switch (credential.kind) {
    case "password":
      return { token: credential.password.reveal(), method: "password" };
    case "accessToken":
      return { token: credential.token.reveal(), method: "access-token" };
    case "oauth":
      return { token: credential.token.reveal(), method: "oauth" };
    case "mfa":
    case "keyPair":
    case "externalBrowser":
    case "idToken":
    case "saml":
    case "workloadIdentity":
      throw new GatewayError("SLUICE_LOGIN_METHOD");
  }
}

/** The owner of the token that the credential carries; throws SLUICE_LOGIN_REFUSED or SLUICE_LOGIN_METHOD. */
export async function authenticate(
  db: Queryable,
  credential: Credential,
  connection: string,
  now: Date,
): Promise<Authenticated> {
  const { token, method } = carriedToken(credential);
  const owner = await findTokenOwner(db, hashToken(token), now);
  if (owner === null || (owner.connection !== null && owner.connection !== connection))
    throw new GatewayError("SLUICE_LOGIN_REFUSED");
  return { owner, method };
}
