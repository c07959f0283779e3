/**
 * The composition root: config → adapters → gate → listeners → drain. Everything is put together here and nowhere
 * else; tests start the same gateway in their own process.
 */
import { createHmac, createSecretKey, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ApiDeps } from "./api/routes.ts";
import { ApprovalDesk } from "./approvals/desk.ts";
import { withdrawLeftovers } from "./approvals/leftovers.ts";
import { type Config, isLoopback } from "./config/config.ts";
import { Connections } from "./connections/connections.ts";
import { Vault } from "./credentials/vault.ts";
import { GatewayError } from "./errors/catalogue.ts";
import type { GatePorts } from "./gate/ports.ts";
import { type Journal, openJournal } from "./journal/index.ts";
import { createMasker } from "./masking/index.ts";
import { faultOf, type Log, openLog } from "./observability/log.ts";
import { openMetrics } from "./observability/metrics.ts";
import { Sequencer } from "./outbox/sequencer.ts";
import { ActivePolicy } from "./policy/active-policy.ts";
import { SessionPolicy } from "./policy/session-policy.ts";
import { createAdminListener, type Readiness } from "./server/admin.ts";
import { startRounds } from "./server/rounds.ts";
import { recordUnknownOutcomes } from "./sessions/recover-unfinished.ts";
import { SessionLife } from "./sessions/session-life.ts";
import { ChunkDesk } from "./snowflake/chunks.ts";
import { createSnowflakeListener } from "./snowflake/listener.ts";
import { ResultDelivery } from "./snowflake/result-delivery.ts";
import type { Services } from "./snowflake/services.ts";
import { reportReplica } from "./store/bundles.ts";
import { listenForHints, openPool } from "./store/pool.ts";
import { cursorStore, entryIndexSink, folderBlobStore } from "./store/shipping.ts";
import { findPrevious, mayHaveRun, StatementIndex } from "./store/statements.ts";

export const VERSION = "0.1.0";
const TICK_MS = 1000;
const SHIP_MS = 2000;
const HEARTBEAT_MS = 60_000;
const DRAIN_MS = 10_000;

export interface Gateway {
  readonly snowflakeUrl: string;
  readonly adminUrl: string;
  readonly log: Log;
  readonly journal: Journal;
  /** Runs one round of what the timer runs each second. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

export interface GatewayOverrides {
  readonly journal?: Journal;
  readonly now?: () => number;
}

export async function startGateway(config: Config, overrides: GatewayOverrides = {}): Promise<Gateway> {
  const log = openLog(config.logLevel);
  const metrics = openMetrics();
  const now = overrides.now ?? Date.now;
  const replica = randomUUID();
  const vault = new Vault(config.masterKeyHex);
  const pool = openPool(config.databaseUrl);
  const journal =
    overrides.journal ??
    (await openJournal({
      dir: join(config.stateDir, "journal"),
      log: `sluice/${replica}`,
      clock: { now },
      keys: vault,
      maxUnshippedBytes: config.journalBytesMax,
    }));
  const active = new ActivePolicy(config.staleAfterMs, now);
  const connections = new Connections(vault);
  const desk = new ApprovalDesk(pool, journal);
  const sequencer = new Sequencer(pool, journal, () => void desk.look(now()).catch(() => undefined));
  const index = new StatementIndex(pool, (error) => log.warn({ err: faultOf(error) }, "statement index not written"));
  const chunks = new ChunkDesk(journal, log);
  const sessions = new SessionLife({
    config,
    pool,
    journal,
    vault,
    connections,
    replica,
    log,
    now,
    assertFresh: () => active.assertFresh(),
    onRevoked: (session) => chunks.revoke(session),
    policyFor: ({ principal, connection }) => {
      const known = connections.find(connection);
      if (known === null) throw new GatewayError("SLUICE_SESSION_GONE");
      return new SessionPolicy(active, known.catalog, principal, connection);
    },
  });
  const results = new ResultDelivery({
    masker: createMasker(vault.deriveKey("masking")),
    chunks,
    connections,
    patterns: () => active.bundle?.patterns ?? [],
    resultAgain: async (session, queryId) => {
      const owner = sessions.sessions().find((one) => one.facts.id === session);
      return owner === undefined ? { kind: "session-gone" } : await owner.upstream.result(queryId);
    },
  });
  const gate: GatePorts = {
    now,
    journal,
    approvals: desk,
    index,
    results,
    digestText: keyedDigest(vault.deriveKey("text-digest")),
    newId: randomUUID,
    onEnding: (ending) => metrics.endings.inc({ ending }),
    onDecision: (effect) => metrics.decisions.inc({ effect }),
    fault: (error) => log.error({ err: faultOf(error) }, "statement fault"),
    callerGraceMs: config.callerGraceMs,
  };
  const services: Services = {
    config,
    gate,
    sessions,
    chunks,
    log,
    metrics,
    findPrevious: async (session, request) => {
      const row = await findPrevious(pool, session, request);
      return row === null ? null : { mayHaveRun: mayHaveRun(row) };
    },
  };
  const refresh = async (): Promise<void> => {
    await connections.refresh(pool);
    await active.refresh(pool);
  };
  const api: ApiDeps = {
    pool,
    journal,
    vault,
    active,
    connections,
    sequence: () => sequencer.run(),
    refresh,
    bootstrapToken: config.bootstrapToken,
  };
  const readiness = (): Readiness => readinessOf(active, journal);
  const snowflake = createSnowflakeListener(services);
  const admin = createAdminListener({ api, metrics, log, readiness, tls: adminTls(config) });

  const targets = {
    cursors: cursorStore(pool),
    blobs: folderBlobStore(config.blobsDir),
    sinks: [entryIndexSink(pool)],
  };
  const ship = async (): Promise<void> => {
    const report = await journal.ship(targets);
    for (const { sink, problem } of report.failed) log.warn({ sink, problem }, "journal not shipped");
  };
  const sweep = async (): Promise<void> => {
    await reportReplica(pool, replica, VERSION, active.bundle?.digest ?? null);
    await sequencer.run();
    await desk.look(now());
    await sessions.tick();
    metrics.held.set(desk.waiting);
    metrics.sessions.set(sessions.open);
  };

  const tick = async (): Promise<void> => {
    await refresh();
    await sweep();
  };
  await tick();
  await recordUnknownOutcomes(journal);
  await withdrawLeftovers(pool, journal);
  await journal.append({
    type: "gateway.started",
    session: null,
    principal: null,
    connection: null,
    body: { version: VERSION, clean: journal.wasClean, bundleDigest: active.bundle?.digest ?? null },
  });
  const heartbeat = () =>
    journal.append({
      type: "heartbeat",
      session: null,
      principal: null,
      connection: null,
      body: { sessions: sessions.open, held: desk.waiting, unshippedBytes: journal.status().unshippedBytes },
    });
  const rounds = startRounds(
    [
      // On its own, so that nothing slow beside it makes the view of policy stale.
      { name: "refresh", everyMs: TICK_MS, run: refresh },
      { name: "sweep", everyMs: TICK_MS, run: sweep },
      { name: "journal", everyMs: TICK_MS, run: () => journal.tick() },
      { name: "ship", everyMs: SHIP_MS, run: ship },
      { name: "heartbeat", everyMs: HEARTBEAT_MS, run: heartbeat },
    ],
    log,
  );
  const hints = listenForHints(config.databaseUrl, () => {
    void sequencer
      .run()
      .then(() => desk.look(now()))
      .then(refresh)
      .catch(() => undefined);
  });
  const snowflakePort = await listen(snowflake, config.snowflakePort, config.host);
  const adminPort = await listen(admin, config.adminPort, config.host);
  log.info({ snowflakePort, adminPort, replica }, "listening");
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    rounds.stop();
    await hints.close();
    await Promise.all([closeServer(snowflake), closeServer(admin)]);
    await index.flush();
    await journal
      .append({
        type: "gateway.stopped",
        session: null,
        principal: null,
        connection: null,
        body: { reason: "stopped" },
      })
      .catch(() => undefined);
    await journal.close();
    await connections.close();
    await pool.end();
  };
  return {
    snowflakeUrl: `${config.tls === null ? "http" : "https"}://${config.host}:${snowflakePort}`,
    adminUrl: `${adminTls(config) === null ? "http" : "https"}://${config.host}:${adminPort}`,
    log,
    journal,
    tick,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Tokens travel to the admin listener too: beyond loopback it speaks TLS or nothing. */
const adminTls = (config: Config): Config["tls"] => (isLoopback(config.host) ? null : config.tls);

function keyedDigest(key: Buffer): (sql: string) => string {
  // A key object is made once: making one from bytes costs more than the digest.
  const secret = createSecretKey(key);
  return (sql) => createHmac("sha256", secret).update(sql, "utf8").digest("hex");
}

function readinessOf(active: ActivePolicy, journal: Journal): Readiness {
  const status = journal.status();
  const checks = {
    policy: active.bundle === null ? "no policy is active" : (active.problem ?? "ok"),
    database: active.isFresh ? "ok" : "not seen for 10 s",
    journal: !status.healthy ? (status.problem ?? "not writable") : status.nearlyFull ? "nearly full" : "ok",
  };
  // Without a policy the gateway is up and refuses everything: it must be reachable to be given one.
  return { ready: active.isFresh && status.healthy && !status.nearlyFull, checks };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(`port ${port} on ${host} is already in use`) : error);
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Stops accepting, lets what is under way finish for a while, then closes what is left. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
