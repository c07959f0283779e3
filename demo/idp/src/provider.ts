/**
 * The OpenID Connect part: oidc-provider, configured for one client (the console), authorization code with PKCE, and
 * a groups claim. Keys and sessions live in memory and end with the process.
 */
import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, type JSONWebKeySet } from "jose";
import Provider, { type Configuration } from "oidc-provider";
import { errorPage } from "./pages.ts";
import type { Directory } from "./people.ts";

/** The one client: the console. */
export interface ConsoleClient {
  readonly clientId: string;
  /** Without one the client is public and proves itself by PKCE alone. */
  readonly clientSecret: string | null;
  readonly redirectUris: readonly string[];
}

const HOUR_SECONDS = 3600;

/** New signing keys, as a private JWK set. */
export async function makeSigningKeys(): Promise<JSONWebKeySet> {
  const keys = await Promise.all(
    (["RS256", "ES256"] as const).map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      return { ...(await exportJWK(privateKey)), alg, use: "sig", kid: `demo-${alg.toLowerCase()}` };
    }),
  );
  return { keys };
}

function claimsOf(directory: Directory, name: string) {
  const person = directory.find(name);
  if (person === undefined) return undefined;
  return {
    sub: person.name,
    name: person.name,
    preferred_username: person.name,
    email: `${person.name}@demo.example`,
    email_verified: true,
    groups: [...person.groups],
  };
}

/** Makes the provider for `issuer`. */
export function makeProvider(
  issuer: string,
  directory: Directory,
  client: ConsoleClient,
  jwks: JSONWebKeySet,
): Provider {
  const configuration: Configuration = {
    clients: [
      {
        client_id: client.clientId,
        client_name: "Sluice",
        redirect_uris: [...client.redirectUris],
        grant_types: ["authorization_code"],
        response_types: ["code"],
        ...(client.clientSecret === null
          ? { token_endpoint_auth_method: "none" }
          : { client_secret: client.clientSecret, token_endpoint_auth_method: "client_secret_basic" }),
      },
    ],
    jwks: { keys: [...jwks.keys] },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    pkce: { required: () => true },
    scopes: ["openid", "profile", "email", "groups"],
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups"],
    },
    // The console reads the claims from the ID token, and needs no second call.
    conformIdTokenClaims: false,
    findAccount: (_context, id) => {
      const claims = claimsOf(directory, id);
      return claims === undefined ? undefined : { accountId: id, claims: () => claims };
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    renderError: (context, out) => {
      context.type = "html";
      context.body = errorPage(`${out.error}: ${out.error_description ?? ""}`);
    },
    ttl: {
      AccessToken: HOUR_SECONDS,
      AuthorizationCode: 60,
      Grant: 12 * HOUR_SECONDS,
      IdToken: HOUR_SECONDS,
      Interaction: HOUR_SECONDS,
      Session: 12 * HOUR_SECONDS,
    },
  };
  return new Provider(issuer, configuration);
}
