/**
 * The only place where an upstream credential is opened. It turns a connection's sealed credential and what a
 * caller asked for into a login request; the text of the credential goes nowhere else.
 */
import type { ConnectionDocument } from "@sluice/contracts";
import { type LoginContext, type LoginRequest, type ParameterValue, Secret } from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";

export interface CallerWishes {
  readonly clientAppId: string | null;
  readonly clientAppVersion: string | null;
  readonly sessionParameters: Readonly<Record<string, ParameterValue>>;
  readonly context: LoginContext;
}

/**
 * What the gateway's own sessions (catalog, checks) ask for. The server picks the result format by client id, and
 * this is the one client that always gets JSON (protocol §7.3); who we are is said in CLIENT_ENVIRONMENT.
 */
export const OWN_WISHES: CallerWishes = {
  clientAppId: "JavaScript",
  clientAppVersion: "3.3.0",
  sessionParameters: {},
  context: { warehouse: null, database: null, schema: null, role: null },
};

export interface UpstreamLogin {
  readonly request: LoginRequest;
  readonly context: LoginContext;
}

/** The caller names its client, context and parameters; account, user, role and credential are the connection's. */
export function upstreamLogin(document: ConnectionDocument, plain: string | null, wishes: CallerWishes): UpstreamLogin {
  if (plain === null) throw new GatewayError("SLUICE_UPSTREAM_UNREACHABLE");
  const { upstream } = document;
  const password = new Secret(plain);
  return {
    request: {
      accountName: upstream.account,
      loginName: upstream.user,
      credential: { kind: "password", password, passcode: null, duoMethod: null },
      clientAppId: wishes.clientAppId,
      clientAppVersion: wishes.clientAppVersion,
      clientEnvironment: { APPLICATION: "Sluice" },
      sessionParameters: wishes.sessionParameters,
      droppedParameters: [],
    },
    context: {
      warehouse: wishes.context.warehouse ?? upstream.warehouse ?? null,
      database: wishes.context.database ?? upstream.database ?? null,
      schema: wishes.context.schema ?? (wishes.context.database === null ? (upstream.schema ?? null) : null),
      role: upstream.role ?? null,
    },
  };
}
