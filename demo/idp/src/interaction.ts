/**
 * Login and consent: the steps between the console's redirect and the answer to it. Each request is tied to its
 * interaction by the provider's cookie; a form that has another one, or none, is refused.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { InteractionResults } from "oidc-provider";
import { consentPage, errorPage, loginPage } from "./pages.ts";
import type { Directory } from "./people.ts";

const BODY_BYTES_MAX = 4_096;
const PATH = /^\/interaction\/([\w-]{1,64})(?:\/(login|consent|abort))?$/;

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Error("The form is too large.");
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function requestedScopes(details: Details): string[] {
  const scope = details.params["scope"];
  return typeof scope === "string" ? scope.split(" ").filter(Boolean) : [];
}

/** Records that the person lets the client have what it asked for, and returns the provider's way to go on. */
async function grantAll(provider: Provider, details: Details): Promise<InteractionResults> {
  const accountId = details.session?.accountId;
  const clientId = String(details.params["client_id"]);
  const found = details.grantId === undefined ? undefined : await provider.Grant.find(details.grantId);
  const grant = found ?? new provider.Grant({ ...(accountId === undefined ? {} : { accountId }), clientId });
  grant.addOIDCScope(requestedScopes(details).join(" "));
  return { consent: { grantId: await grant.save() } };
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(html);
}

async function answer(
  provider: Provider,
  directory: Directory,
  step: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  const finish = (result: InteractionResults) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: step === "consent" });
  if (request.method === "GET" && step === undefined) {
    if (details.prompt.name === "login") return sendPage(response, 200, loginPage(details.uid, "", null));
    return sendPage(response, 200, consentPage(details.uid, "Sluice", requestedScopes(details)));
  }
  if (request.method !== "POST") return sendPage(response, 405, errorPage("This address takes a form."));
  if (step === "abort") return await finish({ error: "access_denied", error_description: "The person said no." });
  if (step === "login" && details.prompt.name === "login") {
    const form = await readForm(request);
    const name = (form.get("name") ?? "").trim().toLowerCase();
    const person = directory.login(name, form.get("password") ?? "", Date.now());
    if (person !== null) return await finish({ login: { accountId: person.name } });
    return sendPage(response, 401, loginPage(details.uid, name, "That name and password do not belong together."));
  }
  if (step === "consent" && details.prompt.name === "consent") return await finish(await grantAll(provider, details));
  return sendPage(response, 400, errorPage("This form belongs to another step. Go back to Sluice and log in again."));
}

/** Answers a request under /interaction/; returns false for any other path. */
export async function answerInteraction(
  provider: Provider,
  directory: Directory,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  if (!path.startsWith("/interaction/")) return false;
  try {
    const match = PATH.exec(path);
    if (match === null) sendPage(response, 404, errorPage("There is no such page."));
    else await answer(provider, directory, match[2], request, response);
  } catch {
    if (!response.headersSent)
      sendPage(response, 400, errorPage("This login has expired. Go back to Sluice and log in again."));
    else response.destroy();
  }
  return true;
}
