/**
 * The launcher's calls to the gateway's API: applying the demo's documents and minting tokens, with the bootstrap
 * token that this start made up. Error sentences come from the gateway and never hold a secret.
 */
import type { ApplyAnswer, ConfigFile, TokenAnswer } from "@sluice/contracts";

/** Where the gateway's API is, and what opens it. */
export interface AdminApi {
  readonly url: string;
  readonly token: string;
}

async function post(api: AdminApi, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${api.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${api.token}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The gateway refused POST ${path} (${answer.status}): ${text.slice(0, 2_000)}`);
  return JSON.parse(text);
}

/** Applies the documents. Throws with the gateway's diagnostics when it does not take them. */
export async function applyConfig(
  api: AdminApi,
  files: readonly ConfigFile[],
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = (await post(api, "/v1/apply", { files, secrets, note: "npm start" })) as ApplyAnswer;
  if (answer.applied) return;
  const lines = answer.diagnostics.map(
    ({ path, line, column, code, message }) => `  ${path}:${line}:${column} ${code} ${message}`,
  );
  throw new Error(`The demo's documents were not applied:\n${lines.join("\n")}`);
}

/** Mints a token for a principal that is known by name. */
export async function mintToken(api: AdminApi, principal: string, ttlSeconds: number): Promise<string> {
  const answer = (await post(api, "/v1/tokens", { principal, ttlSeconds })) as TokenAnswer;
  return answer.token;
}
