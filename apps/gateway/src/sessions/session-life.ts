/**
 * How sessions begin, go on and end: login with a Sluice token, one upstream session each, renewal, revocation,
 * idle expiry, and adoption after a restart. Each step is recorded before it takes effect.
 */
import { randomUUID } from "node:crypto";
import {
  FORCED_PARAMETERS,
  failure,
  type LoginContext,
  type LoginRequest,
  type LoginResponse,
  overlayParameters,
  type RenewResponse,
} from "@sluice/snowflake-wire";
import type { Config } from "../config/config.ts";
import type { Connection, Connections } from "../connections/connections.ts";
import { hashToken } from "../credentials/tokens.ts";
import type { Vault } from "../credentials/vault.ts";
import { GatewayError } from "../errors/catalogue.ts";
import { type Authenticated, authenticate } from "../identity/authenticate.ts";
import { LoginBackoff } from "../identity/login-backoff.ts";
import type { Journal } from "../journal/port.ts";
import { faultOf, type Log } from "../observability/log.ts";
import type { PolicyPort } from "../policy/port.ts";
import type { Pool } from "../store/pool.ts";
import { endSession, insertSession, keepLeases, revokedAmong, updateSealed, updateTokens } from "../store/sessions.ts";
import { loginUpstream, type UpstreamSession } from "../upstream/upstream-session.ts";
import { adoptByToken } from "./adoption.ts";
import { GatewaySession } from "./gateway-session.ts";
import type { SessionFacts } from "./port.ts";
import { issueTokens, newNumericId, SessionRegistry } from "./registry.ts";

export interface SessionLifeDeps {
  readonly config: Config;
  readonly pool: Pool;
  readonly journal: Journal;
  readonly vault: Vault;
  readonly connections: Connections;
  readonly replica: string;
  readonly log: Log;
  readonly now: () => number;
  /** Policy as it stands for one principal on one connection. */
  readonly policyFor: (facts: Pick<SessionFacts, "principal" | "connection">) => PolicyPort;
  readonly assertFresh: () => void;
  /** A session whose token was taken back: what it was given stops working too. */
  readonly onRevoked: (session: string) => void;
}

/** Sessions that nobody has used for this long are closed; drivers often don't say goodbye (protocol §20). */
const IDLE_MS = 4 * 3_600_000;
const UPSTREAM_BEAT_MS = 15 * 60_000;

export class SessionLife {
  readonly #deps: SessionLifeDeps;
  readonly #registry: SessionRegistry;
  readonly #upstreams = new WeakMap<GatewaySession, UpstreamSession>();
  readonly #beats = new WeakMap<GatewaySession, number>();
  readonly #ending = new Map<GatewaySession, Promise<void>>();
  readonly #recordedEnds = new WeakSet<GatewaySession>();
  readonly #adopting = new Map<string, Promise<void>>();
  readonly #backoff = new LoginBackoff();

  constructor(deps: SessionLifeDeps) {
    this.#deps = deps;
    this.#registry = new SessionRegistry(deps.config.sessionMs, deps.config.masterMs);
  }

  get open(): number {
    return this.#registry.size;
  }

  sessions(): readonly GatewaySession[] {
    return this.#registry.all().map((held) => held.session);
  }

  async login(request: LoginRequest, context: LoginContext, remote: string | null): Promise<LoginResponse> {
    const { connections, pool, now } = this.#deps;
    this.#deps.assertFresh();
    const connection = connections.find(request.accountName);
    const authenticated = await this.#authenticate(request, connection, remote);
    if (connection === null) throw new GatewayError("SLUICE_LOGIN_REFUSED");
    const { request: upstreamRequest, context: upstreamContext } = this.#deps.vault.upstreamLogin(
      connection.document,
      connection.sealed,
      {
        clientAppId: request.clientAppId,
        clientAppVersion: request.clientAppVersion,
        sessionParameters: request.sessionParameters,
        context,
      },
    );
    const outcome = await loginUpstream(connection.transport, upstreamRequest, upstreamContext);
    if (outcome.kind === "refused") return this.#upstreamRefused(outcome.failure.code);
    if (outcome.kind === "nonsense") throw new GatewayError("SLUICE_UPSTREAM_NONSENSE");
    if (outcome.kind === "unreachable") throw new GatewayError("SLUICE_UPSTREAM_UNREACHABLE");
    const { result, session: upstream } = outcome;
    const facts: SessionFacts = {
      id: randomUUID(),
      numericId: newNumericId(),
      epoch: 1,
      principal: authenticated.owner.principal,
      tokenId: authenticated.owner.tokenId,
      connection: connection.document.name,
      client: { app: request.clientAppId ?? "unknown", version: request.clientAppVersion ?? "" },
      parameters: result.parameters,
    };
    const { databaseName: database, schemaName: schema, roleName: role, warehouseName: warehouse } = result.sessionInfo;
    const session = new GatewaySession(
      facts,
      upstream,
      this.#deps.policyFor(facts),
      { database, schema, role, warehouse, inTransaction: false },
      now(),
    );
    session.isAutocommit = String(request.sessionParameters.AUTOCOMMIT ?? "true").toLowerCase() !== "false";
    const tokens = issueTokens();
    try {
      await this.#recordStart(session, authenticated, request, remote);
      await insertSession(pool, {
        id: facts.id,
        principalId: facts.principal.id,
        delegatorId: facts.principal.delegator?.id ?? null,
        connection: facts.connection,
        client: { ...facts.client, numericId: facts.numericId, tokenId: facts.tokenId },
        owner: this.#deps.replica,
        epoch: 1,
        tokenHash: tokens.tokenHash,
        masterHash: tokens.masterHash,
        sealedUpstream: this.#seal(facts.id, upstream),
        database,
        schema,
        role,
        warehouse,
      });
    } catch (error) {
      // Nobody will ever use it.
      await upstream.close();
      throw error;
    }
    this.#register(session, upstream, tokens);
    return {
      kind: "success",
      token: tokens.token,
      masterToken: tokens.masterToken,
      validityInSeconds: Math.floor(this.#deps.config.sessionMs / 1000),
      masterValidityInSeconds: Math.floor(this.#deps.config.masterMs / 1000),
      displayUserName: authenticated.owner.name.toUpperCase(),
      serverVersion: result.serverVersion,
      sessionId: facts.numericId,
      healthCheckInterval: result.healthCheckInterval,
      parameters: overlayParameters(result.parameters, FORCED_PARAMETERS),
      sessionInfo: result.sessionInfo,
      idToken: null,
      mfaToken: null,
    };
  }

  async renew(masterToken: string): Promise<RenewResponse> {
    const now = this.#deps.now();
    await this.#adoptIfUnknown(masterToken);
    const held = this.#registry.byMasterToken(masterToken, now);
    const { facts } = held.session;
    const tokens = issueTokens();
    if (!(await updateTokens(this.#deps.pool, facts.id, facts.epoch, tokens.tokenHash, tokens.masterHash)))
      throw new GatewayError("SLUICE_SESSION_GONE");
    await this.#deps.journal.append({
      type: "session.renewed",
      session: facts.id,
      epoch: facts.epoch,
      principal: facts.principal.id,
      connection: facts.connection,
      body: {},
    });
    this.#registry.renew(held, tokens, now);
    return {
      kind: "success",
      sessionToken: tokens.token,
      validityInSecondsST: Math.floor(this.#deps.config.sessionMs / 1000),
      masterToken: tokens.masterToken,
      validityInSecondsMT: Math.floor(this.#deps.config.masterMs / 1000),
      sessionId: facts.numericId,
    };
  }

  /** The session of a token; throws the coded refusal that makes the driver do the right thing. */
  async find(token: string, isPolling = false): Promise<GatewaySession> {
    await this.#adoptIfUnknown(token);
    return this.#registry.bySessionToken(token, this.#deps.now(), isPolling);
  }

  /** Ends it once, whoever asks; what could not be recorded or stored is tried again each second. */
  end(session: GatewaySession, reason: string): Promise<void> {
    const ending =
      this.#ending.get(session) ?? this.#endNow(session, reason).finally(() => this.#ending.delete(session));
    this.#ending.set(session, ending);
    return ending;
  }

  /**
   * INVARIANT (an ended session stays ended): it is known here, as ended, until its row says so too; or its token
   * would be found there and the session taken up again.
   */
  async #endNow(session: GatewaySession, reason: string): Promise<void> {
    session.end(reason);
    await Promise.all([...session.runs()].map((run) => run.settled));
    await this.#upstreams.get(session)?.close();
    const { id, epoch, principal, connection } = session.facts;
    if (!this.#recordedEnds.has(session)) {
      await this.#deps.journal.append({
        type: "session.end",
        session: id,
        epoch,
        principal: principal.id,
        connection,
        body: { reason: session.ended ?? reason },
      });
      this.#recordedEnds.add(session);
    }
    await endSession(this.#deps.pool, id, session.ended ?? reason);
    this.#registry.remove(session);
  }

  /** Once a second: revoked tokens, idle sessions, old statements, leases, upstream heartbeats. */
  async tick(): Promise<void> {
    const now = this.#deps.now();
    const held = this.#registry.all();
    const revoked = await revokedAmong(this.#deps.pool, [...new Set(held.map((one) => one.session.facts.tokenId))]);
    for (const { session, masterExpiresAt } of held) {
      session.forgetOld(now);
      if (revoked.has(session.facts.tokenId)) {
        this.#deps.onRevoked(session.facts.id);
        this.#endSoon(session, "revoked");
      } else if (session.ended !== null) this.#endSoon(session, session.ended);
      else if (masterExpiresAt <= now || now - session.lastSeenAt > IDLE_MS) this.#endSoon(session, "idle");
      else this.#beat(session, now);
    }
    await keepLeases(
      this.#deps.pool,
      this.#deps.replica,
      held.map(({ session }) => ({
        id: session.facts.id,
        at: new Date(session.lastSeenAt),
        database: session.settings.database,
        schema: session.settings.schema,
      })),
    );
  }

  #endSoon(session: GatewaySession, reason: string): void {
    this.end(session, reason).catch((error: unknown) =>
      this.#deps.log.warn({ session: session.facts.id, err: faultOf(error) }, "session not ended"),
    );
  }

  /** The warehouse forgets idle sessions; a statement that waits for people must not lose its session. */
  #beat(session: GatewaySession, now: number): void {
    const last = this.#beats.get(session) ?? now;
    this.#beats.set(session, last);
    if (now - last < UPSTREAM_BEAT_MS) return;
    this.#beats.set(session, now);
    void this.#upstreams
      .get(session)
      ?.heartbeat()
      .then((state) => {
        if (state === "gone") this.#endSoon(session, "upstream-gone");
      })
      .catch((error: unknown) => this.#deps.log.warn({ err: faultOf(error) }, "heartbeat failed"));
  }

  async #authenticate(
    request: LoginRequest,
    connection: Connection | null,
    remote: string | null,
  ): Promise<Authenticated> {
    const now = this.#deps.now();
    const origin = { remote, account: request.accountName, login: request.loginName ?? "" };
    // Refused without a look, and without an entry: a flood must not fill the journal.
    if (this.#backoff.isBlocked(origin, now)) throw new GatewayError("SLUICE_LOGIN_REFUSED");
    try {
      const found = await authenticate(
        this.#deps.pool,
        request.credential,
        connection?.document.name ?? "",
        new Date(now),
      );
      this.#backoff.succeeded(origin);
      return found;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw new GatewayError("SLUICE_STALE");
      if (error.code === "SLUICE_LOGIN_REFUSED") this.#backoff.failed(origin, now);
      const client = request.clientAppId?.slice(0, 100) ?? null;
      await this.#deps.journal.append({
        type: "auth",
        session: null,
        principal: null,
        connection: connection?.document.name ?? null,
        body: { outcome: "refused", method: request.credential.kind, code: error.code, remote, client },
      });
      throw error;
    }
  }

  async #recordStart(
    session: GatewaySession,
    authenticated: Authenticated,
    request: LoginRequest,
    remote: string | null,
  ): Promise<void> {
    const { facts, settings } = session;
    const { principal } = facts;
    try {
      await this.#deps.journal.append({
        type: "session.start",
        session: facts.id,
        epoch: facts.epoch,
        principal: principal.id,
        connection: facts.connection,
        body: {
          kind: principal.kind,
          method: authenticated.method,
          delegator: principal.delegator?.id ?? null,
          agent: principal.agent ?? null,
          groups: [...principal.groups],
          client: facts.client.app.slice(0, 500),
          clientVersion: facts.client.version.slice(0, 500),
          remote,
          database: settings.database,
          schema: settings.schema,
          role: settings.role,
          warehouse: settings.warehouse,
          credential: facts.tokenId,
          dropped: request.droppedParameters.slice(0, 100),
        },
      });
    } catch (error) {
      this.#deps.log.error({ err: faultOf(error) }, "session start not recorded");
      throw new GatewayError("SLUICE_JOURNAL_UNAVAILABLE");
    }
  }

  #upstreamRefused(code: string | null): LoginResponse {
    this.#deps.log.error({ upstreamCode: code }, "the warehouse refused the gateway's own login");
    return failure({
      code: "390100",
      message: "The gateway can't sign in to the warehouse with its own credential. Ask whoever runs it.",
      sqlState: "08001",
    });
  }

  #register(
    session: GatewaySession,
    upstream: UpstreamSession,
    tokens: { readonly tokenHash: Buffer; readonly masterHash: Buffer },
  ): void {
    this.#upstreams.set(session, upstream);
    upstream.onTokens = () => {
      void updateSealed(
        this.#deps.pool,
        session.facts.id,
        session.facts.epoch,
        this.#seal(session.facts.id, upstream),
      ).catch(() => undefined);
    };
    this.#registry.add(session, tokens, this.#deps.now());
  }

  #seal(id: string, upstream: UpstreamSession): Buffer {
    return this.#deps.vault.sealTokens(id, upstream.tokens());
  }

  /** After a restart the token is known only to PostgreSQL: the session goes on under a new epoch. */
  async #adoptIfUnknown(token: string): Promise<void> {
    if (this.#registry.knows(token)) return;
    this.#deps.assertFresh();
    // Requests that come in at the same time share one adoption.
    const key = hashToken(token).toString("hex");
    const adopting = this.#adopting.get(key) ?? this.#adopt(token).finally(() => this.#adopting.delete(key));
    this.#adopting.set(key, adopting);
    await adopting;
  }

  async #adopt(token: string): Promise<void> {
    const adopted = await adoptByToken(this.#deps, token);
    if (adopted !== null) this.#register(adopted.session, adopted.upstream, adopted.row);
  }
}
