/**
 * The credential of a login: one closed union over every login method of the protocol (protocol §3.2).
 *
 * A method outside it is LOGIN_METHOD. Secrets are wrapped the moment they are read.
 */

import type { JsonObject } from "./json.ts";
import type { Secret } from "./secret.ts";
import { type Fields, refuse } from "./shape.ts";

/** How the caller proves who it is (protocol §3.2). */
export type Credential =
  | {
      readonly kind: "password";
      readonly password: Secret;
      readonly passcode: Secret | null;
      readonly duoMethod: string | null;
    }
  /** USERNAME_PASSWORD_MFA: `mfaToken` is the driver's cached token. */
  | {
      readonly kind: "mfa";
      readonly password: Secret;
      readonly passcode: Secret | null;
      readonly mfaToken: Secret | null;
    }
  | { readonly kind: "oauth"; readonly token: Secret; readonly oauthType: string | null }
  | { readonly kind: "accessToken"; readonly token: Secret }
  /** SNOWFLAKE_JWT: a JWT signed with the caller's private key. */
  | { readonly kind: "keyPair"; readonly jwt: Secret }
  | { readonly kind: "externalBrowser"; readonly token: Secret; readonly proofKey: Secret }
  | { readonly kind: "idToken"; readonly token: Secret }
  | { readonly kind: "saml"; readonly response: Secret }
  | { readonly kind: "workloadIdentity"; readonly provider: WorkloadProvider; readonly token: Secret };

export const WORKLOAD_PROVIDERS = ["AWS", "AZURE", "GCP", "OIDC"] as const;
export type WorkloadProvider = (typeof WORKLOAD_PROVIDERS)[number];

const NAME_CHARS_MAX = 512;
const SECRET_CHARS_MAX = 65_536;

/** Reads a name or a setting: at most 512 characters. */
export function readName(fields: Fields, key: string): string | null {
  const text = fields.textOrNull(key);
  if (text !== null && text.length > NAME_CHARS_MAX) refuse("LIMIT", `${fields.at(key)}: too long`);
  return text;
}

function secret(data: Fields, key: string): Secret {
  const value = data.secret(key);
  if (value.reveal().length > SECRET_CHARS_MAX) refuse("LIMIT", `${data.at(key)}: too long`);
  return value;
}

/** Reads the credential among the fields of a login. */
export function readCredential(data: Fields): Credential {
  const method = (data.textOrNull("AUTHENTICATOR") ?? "SNOWFLAKE").toUpperCase();
  switch (method) {
    case "SNOWFLAKE":
      return readPassword(data);
    case "USERNAME_PASSWORD_MFA":
      return {
        kind: "mfa",
        password: secret(data, "PASSWORD"),
        passcode: data.secretOrNull("PASSCODE"),
        mfaToken: data.secretOrNull("TOKEN"),
      };
    case "OAUTH":
      return { kind: "oauth", token: secret(data, "TOKEN"), oauthType: readOauthType(data) };
    case "PROGRAMMATIC_ACCESS_TOKEN":
      return { kind: "accessToken", token: secret(data, "TOKEN") };
    case "SNOWFLAKE_JWT":
      return { kind: "keyPair", jwt: secret(data, "TOKEN") };
    case "EXTERNALBROWSER":
      return { kind: "externalBrowser", token: secret(data, "TOKEN"), proofKey: secret(data, "PROOF_KEY") };
    case "ID_TOKEN":
      return { kind: "idToken", token: secret(data, "TOKEN") };
    case "WORKLOAD_IDENTITY":
      return { kind: "workloadIdentity", provider: readProvider(data), token: secret(data, "TOKEN") };
    default:
      if (data.has("RAW_SAML_RESPONSE")) return { kind: "saml", response: secret(data, "RAW_SAML_RESPONSE") };
      return refuse("LOGIN_METHOD", "this login method is not known");
  }
}

function readPassword(data: Fields): Credential {
  if (data.has("RAW_SAML_RESPONSE")) return { kind: "saml", response: secret(data, "RAW_SAML_RESPONSE") };
  return {
    kind: "password",
    password: secret(data, "PASSWORD"),
    passcode: data.secretOrNull("PASSCODE"),
    duoMethod: readName(data, "EXT_AUTHN_DUO_METHOD"),
  };
}

function readOauthType(data: Fields): string | null {
  const nested = data.childOrNull("CLIENT_ENVIRONMENT")?.get("OAUTH_TYPE");
  return readName(data, "OAUTH_TYPE") ?? (typeof nested === "string" ? nested.slice(0, NAME_CHARS_MAX) : null);
}

function readProvider(data: Fields): WorkloadProvider {
  const name = data.text("PROVIDER").toUpperCase();
  return (
    WORKLOAD_PROVIDERS.find((provider) => provider === name) ?? refuse("LOGIN_METHOD", "an unknown identity provider")
  );
}

/** The fields of a credential, in clear, for the wire only. */
export function renderCredential(credential: Credential): JsonObject {
  switch (credential.kind) {
    case "password":
      return {
        PASSWORD: credential.password.reveal(),
        ...(credential.passcode === null ? {} : { PASSCODE: credential.passcode.reveal() }),
        ...(credential.duoMethod === null ? {} : { EXT_AUTHN_DUO_METHOD: credential.duoMethod }),
      };
    case "mfa":
      return {
        AUTHENTICATOR: "USERNAME_PASSWORD_MFA",
        PASSWORD: credential.password.reveal(),
        ...(credential.passcode === null ? {} : { PASSCODE: credential.passcode.reveal() }),
        ...(credential.mfaToken === null ? {} : { TOKEN: credential.mfaToken.reveal() }),
      };
    case "oauth":
      return {
        AUTHENTICATOR: "OAUTH",
        TOKEN: credential.token.reveal(),
        ...(credential.oauthType === null ? {} : { OAUTH_TYPE: credential.oauthType }),
      };
    case "accessToken":
      return { AUTHENTICATOR: "PROGRAMMATIC_ACCESS_TOKEN", TOKEN: credential.token.reveal() };
    case "keyPair":
      return { AUTHENTICATOR: "SNOWFLAKE_JWT", TOKEN: credential.jwt.reveal() };
    case "externalBrowser":
      return {
        AUTHENTICATOR: "EXTERNALBROWSER",
        TOKEN: credential.token.reveal(),
        PROOF_KEY: credential.proofKey.reveal(),
      };
    case "idToken":
      return { AUTHENTICATOR: "ID_TOKEN", TOKEN: credential.token.reveal() };
    case "saml":
      return { RAW_SAML_RESPONSE: credential.response.reveal() };
    case "workloadIdentity":
      return { AUTHENTICATOR: "WORKLOAD_IDENTITY", PROVIDER: credential.provider, TOKEN: credential.token.reveal() };
  }
}
