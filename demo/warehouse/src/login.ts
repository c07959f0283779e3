/**
 * Logins by password or token, and the answer with tokens and parameters (protocol reference 3).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Database } from "./database.ts";
import { envelope, sessionFailure } from "./response.ts";
import { openSession, type Session, WAREHOUSES } from "./session.ts";

export interface User {
  readonly name: string;
  readonly password: string;
  /** Accepted as a programmatic access token or an OAuth token. */
  readonly token?: string;
}

export interface LoginResult {
  readonly session: Session | null;
  readonly body: string;
}

const REFUSED = "Incorrect username or password was specified.";
export const SESSION_SECONDS = 3600;
export const MASTER_SECONDS = 14_400;

export async function logIn(
  body: unknown,
  query: URLSearchParams,
  users: readonly User[],
  database: Database,
  id: number,
): Promise<LoginResult> {
  const data = fieldsOf(fieldsOf(body)["data"]);
  const user = authenticate(data, users);
  if (typeof user === "string")
    return {
      session: null,
      body: sessionFailure(
        user,
        user === "390139"
          ? "The specified authenticator is not accepted by your Snowflake account configuration."
          : user === "394400"
            ? "Programmatic access token is invalid."
            : REFUSED,
      ),
    };
  const session = await openSession(
    { id, user: user.name, clientAppId: text(data["CLIENT_APP_ID"]), clientVersion: text(data["CLIENT_APP_VERSION"]) },
    database,
  );
  for (const [name, value] of Object.entries(fieldsOf(data["SESSION_PARAMETERS"]))) session.parameters.set(name, value);
  await enterContext(session, query);
  return { session, body: loginAnswer(session) };
}

function authenticate(data: Readonly<Record<string, unknown>>, users: readonly User[]): User | string {
  const name = text(data["LOGIN_NAME"]).toUpperCase();
  const authenticator = text(data["AUTHENTICATOR"]).toUpperCase();
  switch (authenticator) {
    case "":
    case "SNOWFLAKE":
    case "USERNAME_PASSWORD_MFA":
      return (
        users.find((user) => user.name.toUpperCase() === name && isSame(user.password, text(data["PASSWORD"]))) ??
        users.find(
          (user) =>
            user.name.toUpperCase() === name && user.token !== undefined && isSame(user.token, text(data["PASSWORD"])),
        ) ??
        "390100"
      );
    case "PROGRAMMATIC_ACCESS_TOKEN":
    case "OAUTH":
      return (
        users.find(
          (user) =>
            (name === "" || user.name.toUpperCase() === name) &&
            user.token !== undefined &&
            isSame(user.token, text(data["TOKEN"])),
        ) ?? (authenticator === "OAUTH" ? "390303" : "394400")
      );
    default:
      return "390139";
  }
}

function isSame(expected: string, given: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(expected), digest(given));
}

/** Takes over what the client asks for and what exists; as with Snowflake the rest stays empty. */
async function enterContext(session: Session, query: URLSearchParams): Promise<void> {
  const named = (key: string) => folded(query.get(key) ?? "");
  const [database, schema, warehouse, role] = [
    named("databaseName"),
    named("schemaName"),
    named("warehouse"),
    named("roleName"),
  ];
  if (role !== "") session.context.role = role;
  session.context.warehouse =
    warehouse === "" ? (WAREHOUSES[0] ?? null) : WAREHOUSES.includes(warehouse) ? warehouse : null;
  if (database !== "" && !(await session.useSchema(database, schema === "" ? null : schema)))
    await session.useSchema(database, null);
  await session.applyContext();
}

/** A name as typed in connection settings: upper-case unless quoted. */
function folded(name: string): string {
  return name.startsWith('"') && name.endsWith('"') && name.length > 2 ? name.slice(1, -1) : name.toUpperCase();
}

function loginAnswer(session: Session): string {
  const { context } = session;
  return envelope({
    masterToken: session.tokens.master,
    token: session.tokens.session,
    validityInSeconds: SESSION_SECONDS,
    masterValidityInSeconds: MASTER_SECONDS,
    displayUserName: session.user.toUpperCase(),
    serverVersion: "9.38.0",
    firstLogin: false,
    remMeToken: null,
    remMeValidityInSeconds: 0,
    healthCheckInterval: 45,
    newClientForUpgrade: null,
    sessionId: session.id,
    parameters: session.parameters.list(),
    sessionInfo: {
      databaseName: context.database,
      schemaName: context.schema,
      warehouseName: context.warehouse,
      roleName: context.role,
    },
    idToken: null,
    idTokenValidityInSeconds: 0,
    responseData: null,
    mfaToken: null,
    mfaTokenValidityInSeconds: 0,
  });
}

/** The answer to a renewal of tokens. */
export function renewAnswer(session: Session): string {
  const tokens = session.renew();
  return envelope({
    sessionToken: tokens.session,
    validityInSecondsST: SESSION_SECONDS,
    masterToken: tokens.master,
    validityInSecondsMT: MASTER_SECONDS,
    sessionId: session.id,
  });
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
