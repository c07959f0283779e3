/**
 * Calls the gateway's API. Where: `--url`, SLUICE_API, or the running demo. As whom: `--token`, SLUICE_TOKEN, or in
 * the demo a person by name (`--user`, SLUICE_USER) or the one who usually does this.
 */
import { findDemo } from "./demo-file.ts";
import { ExitCode, Refusal } from "./exit.ts";

export interface Access {
  readonly url?: string;
  readonly token?: string;
  readonly user?: string;
}

interface Target {
  readonly url: string;
  readonly token: string;
}

function target(access: Access, demoUser: string): Target {
  const demo = findDemo();
  const url = access.url ?? process.env.SLUICE_API ?? demo?.admin;
  if (url === undefined)
    throw new Refusal(
      ExitCode.unreachable,
      "CLI_NO_GATEWAY",
      "No gateway to talk to.",
      "Start the demo with `npm start`, or set SLUICE_API and SLUICE_TOKEN.",
    );
  const given = access.token ?? process.env.SLUICE_TOKEN;
  if (given !== undefined) return { url, token: given };
  const user = access.user ?? process.env.SLUICE_USER ?? demoUser;
  const token = demo?.people[user]?.token ?? demo?.agents[user]?.token;
  if (token === undefined)
    throw new Refusal(
      ExitCode.refused,
      "CLI_NO_TOKEN",
      demo === null ? "No token." : `The demo knows nobody called ${user}.`,
      "Give --token or set SLUICE_TOKEN; in the demo, --user NAME.",
    );
  return { url, token };
}

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** Calls one route. `demoUser`: who does this in the demo when nobody is named. */
export async function call<T>(
  access: Access,
  demoUser: string,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T> {
  const { url, token } = target(access, demoUser);
  let answer: Response;
  try {
    answer = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
  } catch {
    throw new Refusal(
      ExitCode.unreachable,
      "CLI_UNREACHABLE",
      `The gateway at ${url} does not answer.`,
      "Is it running? `npm start` starts the demo.",
    );
  }
  const value: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusalOf(answer.status, value as ErrorBody);
  return value as T;
}

function refusalOf(status: number, body: ErrorBody): Refusal {
  const code = body.error?.code ?? `HTTP_${status}`;
  const message = body.error?.message ?? `The gateway answered ${status}.`;
  if (status === 401 || status === 403) return new Refusal(ExitCode.refused, code, message);
  return new Refusal(ExitCode.failed, code, message);
}
