/**
 * Taking up a session after a restart: its token is known only to PostgreSQL, its upstream tokens are sealed there,
 * and what the session's settings are by now, only the warehouse knows for sure.
 */
import { randomUUID } from "node:crypto";
import { queryRequest, Secret } from "@sluice/snowflake-wire";
import { allRows } from "../connections/all-rows.ts";
import { hashToken } from "../credentials/tokens.ts";
import { GatewayError } from "../errors/catalogue.ts";
import type { SessionSettings } from "../policy/port.ts";
import { findPrincipal } from "../store/principals.ts";
import { adoptSession, findAdoptable, revokedAmong, type SessionRow } from "../store/sessions.ts";
import { UpstreamSession } from "../upstream/upstream-session.ts";
import { GatewaySession } from "./gateway-session.ts";
import type { SessionFacts } from "./port.ts";
import type { SessionLifeDeps } from "./session-life.ts";

export interface Adopted {
  readonly session: GatewaySession;
  readonly upstream: UpstreamSession;
  readonly row: SessionRow;
}

/** The session of a token under a new epoch, recorded; null when there is none to take up. */
export async function adoptByToken(deps: SessionLifeDeps, token: string): Promise<Adopted | null> {
  const row = await findAdoptable(deps.pool, hashToken(token));
  if (row?.sealedUpstream == null) return null;
  const connection = deps.connections.find(row.connection);
  const known = await findPrincipal(deps.pool, row.principalId);
  const head = deps.journal.head(row.id);
  if (connection === null || known === null || head === null || head.ended) return null;
  const { tokenId } = row.client;
  if ((await revokedAmong(deps.pool, [tokenId])).has(tokenId)) return null;
  const stored = deps.vault.openTokens(row.id, row.sealedUpstream);
  const upstream = new UpstreamSession(connection.transport, new Secret(stored.token), new Secret(stored.masterToken));
  const settings = await readSettings(upstream);
  if (!(await adoptSession(deps.pool, row.id, row.epoch, deps.replica))) return null;
  const facts: SessionFacts = {
    id: row.id,
    numericId: row.client.numericId,
    epoch: row.epoch + 1,
    principal: known.principal,
    tokenId,
    connection: row.connection,
    client: row.client,
    parameters: [],
  };
  await deps.journal.append({
    type: "session.adopted",
    session: row.id,
    epoch: facts.epoch,
    principal: row.principalId,
    connection: row.connection,
    body: { fromEpoch: head.epoch, fromN: head.n, fromHash: head.hash, owner: deps.replica, reason: "restart" },
  });
  return { session: new GatewaySession(facts, upstream, deps.policyFor(facts), settings, deps.now()), upstream, row };
}

const ASKED = `select current_database(), current_schema(), current_role(), current_warehouse(), current_transaction()`;

/** Asks the warehouse. What was stored may be a second old, and a name must not be read in the wrong schema. */
async function readSettings(upstream: UpstreamSession): Promise<SessionSettings> {
  const request = queryRequest(ASKED, { parameters: { QUERY_TAG: "sluice-session" } });
  const answer = await upstream.query(request, randomUUID(), true);
  if (answer.kind === "session-gone") throw new GatewayError("SLUICE_SESSION_GONE");
  const rows = answer.kind === "result" ? await allRows(answer.data, () => Promise.reject(new Error("chunks"))) : null;
  const row = rows?.[0];
  if (row === undefined) throw new GatewayError("SLUICE_UPSTREAM_UNREACHABLE");
  const [database = null, schema = null, role = null, warehouse = null, transaction = null] = row;
  return { database, schema, role, warehouse, inTransaction: transaction !== null };
}
