/**
 * The API for the command line, on the admin listener: a closed table of routes, each with the permission that it
 * needs. A person's Sluice token is the bearer token.
 */
import type { IncomingMessage } from "node:http";
import { applyRequest, explainRequest, tokenRequest, voteRequest } from "@sluice/contracts";
import { explainDecision } from "@sluice/policy-engine";
import type { Connections } from "../connections/connections.ts";
import { hashToken } from "../credentials/tokens.ts";
import type { Vault } from "../credentials/vault.ts";
import { GatewayError } from "../errors/catalogue.ts";
import type { Journal } from "../journal/port.ts";
import type { ActivePolicy } from "../policy/active-policy.ts";
import { SessionPolicy } from "../policy/session-policy.ts";
import { readBody } from "../server/http-api.ts";
import type { Pool } from "../store/pool.ts";
import { findPrincipal, findTokenOwner, listTokens, type TokenOwner } from "../store/principals.ts";
import { apply } from "./apply.ts";
import { APPROVAL_STATES, listApprovalViews, oneApprovalView } from "./approval-views.ts";
import { may, need, type Permission } from "./permissions.ts";
import { sessionDetail, sessionList } from "./session-views.ts";
import { issueToken, revoke } from "./tokens.ts";
import { castVote } from "./vote.ts";

export interface ApiDeps {
  readonly pool: Pool;
  readonly journal: Journal;
  readonly vault: Vault;
  readonly active: ActivePolicy;
  readonly connections: Connections;
  /** Sequences what was just written; resolves when it took effect. */
  readonly sequence: () => Promise<void>;
  /** Reads documents anew after an apply. */
  readonly refresh: () => Promise<void>;
  readonly bootstrapToken: string | null;
}

interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: RegExp;
  readonly permission: Permission | null;
  readonly run: (
    deps: ApiDeps,
    owner: TokenOwner,
    request: IncomingMessage,
    match: RegExpExecArray,
    query: URLSearchParams,
  ) => Promise<unknown>;
}

const ID = "([0-9a-zA-Z-]{4,64})";
const found = <T>(value: T | null): T => {
  if (value === null) throw new GatewayError("SLUICE_NOT_FOUND");
  return value;
};

export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: /^\/v1\/me$/,
    permission: "me",
    run: async (_, owner) => ({
      id: owner.principal.id,
      name: owner.name,
      kind: owner.principal.kind,
      groups: owner.principal.groups,
      roles: owner.roles,
    }),
  },
  {
    method: "POST",
    path: /^\/v1\/apply$/,
    permission: null,
    run: async (deps, owner, request) => {
      const answer = await apply(deps, owner, await readBody(request, applyRequest));
      await deps.sequence();
      await deps.refresh();
      return answer;
    },
  },
  {
    method: "POST",
    path: /^\/v1\/explain$/,
    permission: "policy.explain",
    run: async (deps, _, request) => await explain(deps, request),
  },
  {
    method: "GET",
    path: /^\/v1\/approvals$/,
    permission: "approvals.read",
    run: async (deps, _, __, ___, query) => {
      const wanted = query.get("state") ?? "pending";
      const states = wanted === "all" ? APPROVAL_STATES : APPROVAL_STATES.filter((state) => state === wanted);
      return { approvals: await listApprovalViews(deps.pool, states) };
    },
  },
  {
    method: "GET",
    path: new RegExp(`^/v1/approvals/${ID}$`),
    permission: "approvals.read",
    run: async (deps, _, __, match) => found(await oneApprovalView(deps.pool, deps.journal, match[1] ?? "")),
  },
  {
    method: "POST",
    path: new RegExp(`^/v1/approvals/${ID}/vote$`),
    permission: "approvals.vote",
    run: async (deps, owner, request, match) => {
      const id = await castVote(deps.pool, owner, match[1] ?? "", await readBody(request, voteRequest));
      await deps.sequence();
      return found(await oneApprovalView(deps.pool, deps.journal, id));
    },
  },
  {
    method: "GET",
    path: /^\/v1\/sessions$/,
    permission: "sessions.read",
    run: async (deps) => ({ sessions: await sessionList(deps.pool) }),
  },
  {
    method: "GET",
    path: new RegExp(`^/v1/sessions/${ID}$`),
    permission: "sessions.read",
    run: async (deps, owner, _, match) => {
      const hasResults = may(owner, "results.read");
      const detail = found(await sessionDetail(deps.pool, deps.journal, match[1] ?? "", hasResults));
      // Looking at a recording is itself on record, before it is shown.
      await deps.journal.append({
        type: "playback.viewed",
        session: null,
        principal: owner.principal.id,
        connection: detail.connection,
        body: { viewed: detail.id, payloads: hasResults },
      });
      return detail;
    },
  },
  {
    method: "POST",
    path: /^\/v1\/tokens$/,
    permission: "tokens.issue",
    run: async (deps, owner, request) => {
      const answer = await issueToken(deps.pool, owner, await readBody(request, tokenRequest));
      await deps.sequence();
      return answer;
    },
  },
  {
    method: "GET",
    path: /^\/v1\/tokens$/,
    permission: "tokens.read",
    run: async (deps) => ({ tokens: await listTokens(deps.pool) }),
  },
  {
    method: "DELETE",
    path: new RegExp(`^/v1/tokens/${ID}$`),
    permission: "tokens.issue",
    run: async (deps, owner, _, match) => {
      await revoke(deps.pool, owner, match[1] ?? "");
      await deps.sequence();
      return { revoked: match[1] };
    },
  },
];

export async function callApi(deps: ApiDeps, request: IncomingMessage, target: URL): Promise<unknown> {
  const owner = await ownerOf(deps, request);
  for (const route of ROUTES) {
    const match = request.method === route.method ? route.path.exec(target.pathname) : null;
    if (match === null) continue;
    if (route.permission !== null) need(owner, route.permission);
    return await route.run(deps, owner, request, match, target.searchParams);
  }
  throw new GatewayError("SLUICE_UNKNOWN_ENDPOINT");
}

const BOOTSTRAP: TokenOwner = {
  principal: { id: "human:bootstrap", kind: "human", groups: [] },
  name: "bootstrap",
  roles: ["admin"],
  tokenId: "bootstrap",
  tokenKind: "person",
  connection: null,
  expiresAt: new Date(8.64e15),
};

async function ownerOf(deps: ApiDeps, request: IncomingMessage): Promise<TokenOwner> {
  const token = /^Bearer ([A-Za-z0-9_-]{20,256})$/.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) throw new GatewayError("SLUICE_UNAUTHENTICATED");
  // Compared by hash: equal length, nothing to time.
  if (deps.bootstrapToken !== null && hashToken(token).equals(hashToken(deps.bootstrapToken))) return BOOTSTRAP;
  const owner = await findTokenOwner(deps.pool, hashToken(token), new Date());
  if (owner === null) throw new GatewayError("SLUICE_UNAUTHENTICATED");
  if (owner.principal.kind !== "human")
    throw new GatewayError(
      "SLUICE_FORBIDDEN",
      "Agents and jobs can't use this API: they don't approve, edit policy or mint credentials.",
    );
  return owner;
}

async function explain(deps: ApiDeps, request: IncomingMessage): Promise<unknown> {
  const wanted = await readBody(request, explainRequest);
  const known = found(await findPrincipal(deps.pool, wanted.as));
  const connection =
    wanted.connection === undefined ? deps.connections.all()[0] : deps.connections.find(wanted.connection);
  if (connection == null) throw new GatewayError("SLUICE_NOT_FOUND", "There is no such connection.");
  const { upstream, name } = connection.document;
  const policy = new SessionPolicy(deps.active, connection.catalog, known.principal, name);
  await policy.prepare(false);
  const settings = {
    database: wanted.database ?? upstream.database ?? null,
    schema: wanted.schema ?? upstream.schema ?? null,
    role: upstream.role ?? null,
    warehouse: upstream.warehouse ?? null,
    inTransaction: false,
  };
  const inspection = policy.inspect({ sql: wanted.sql, bindings: null, parameters: {}, settings, at: new Date() });
  return {
    effect: inspection.effect,
    sentence: inspection.sentence,
    complete: inspection.complete,
    bundleDigest: inspection.bundleDigest,
    statements: inspection.statements.map((one) => ({
      sql: one.sql,
      facts: one.facts,
      decision: one.decision,
      explanation: explainDecision(one.decision, one.decisionFacts),
    })),
  };
}
