/**
 * What Sluice adds to a small SELECT. The ways there take turns, statement by statement, so that whatever disturbs the
 * machine disturbs all of them alike; what is added is the median of the differences within each turn.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { processorMs } from "./child-process.ts";
import { budgeted, type Figure, figure, type Section, time } from "./report.ts";
import type { Stack, Upstream, Way } from "./stack.ts";
import { median, medianAdded, type Summary, summarise } from "./statistics.ts";
import type { WireClient } from "./wire-client.ts";

const SELECT = "select id, email, country from customers where id = 17";
const RATIO_MAX = 3;
const ADDED_MS_MAX = 1;
/** The budget with the durable journal holds where one fdatasync takes no longer than this. */
const FDATASYNC_MS = 0.2;
const ENTRY_BYTES = 1500;
const WARM_UP_MS = 1000;

const NAMES: Record<Way, string> = {
  direct: "direct",
  proxy: "bare proxy",
  sluice: "Sluice",
  "sluice-ram": "Sluice, journal in memory",
};

type Times = ReadonlyMap<Way, readonly number[]>;

async function takeTurns(stack: Stack, upstream: Upstream, warmUp: number, turns: number): Promise<Times> {
  const clients = await Promise.all(
    stack.ways.map(async (way) => ({ way, client: await stack.client(way, upstream).open() })),
  );
  for (const { way, client } of clients) checkAnswer(way, (await client.query(SELECT)).text);
  const times = new Map<Way, number[]>(stack.ways.map((way) => [way, []]));
  for (let turn = -warmUp; turn < turns; turn += 1) {
    for (const { way, client } of clients) {
      const taken = await client.post(SELECT);
      if (turn >= 0) times.get(way)?.push(taken);
    }
  }
  await Promise.all(clients.map(({ client }) => client.close()));
  return times;
}

/** A benchmark of refusals, or of an unmasked column, would look splendid. */
function checkAnswer(way: Way, text: string): void {
  const isMasked = text.includes('"tok_');
  if (isMasked !== way.startsWith("sluice"))
    throw new Error(`${NAMES[way]}: the answer is not the one to measure: ${text.slice(0, 300)}`);
}

/** How long this disk takes to make one entry durable. */
export function measureDisk(folder: string, rounds: number): Summary {
  const file = openSync(join(folder, "fdatasync-probe"), "w");
  const block = Buffer.alloc(ENTRY_BYTES, "x");
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    writeSync(file, block);
    const started = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - started);
  }
  closeSync(file);
  return summarise(times);
}

function wayFigures(times: Times): readonly Figure[] {
  const direct = times.get("direct") ?? [];
  return [...times].map(([way, taken]) => {
    const { p50, p99 } = summarise(taken);
    const added = way === "direct" ? "" : `, adds ${time(medianAdded(direct, taken))}`;
    return figure(NAMES[way], `p50 ${time(p50)}, p99 ${time(p99)}${added}`, {
      p50Ms: p50,
      p99Ms: p99,
      addedP50Ms: medianAdded(direct, taken),
    });
  });
}

function ratioFigure(times: Times): readonly Figure[] {
  const direct = times.get("direct") ?? [];
  const [proxy, ram] = [times.get("proxy"), times.get("sluice-ram")];
  if (proxy === undefined || ram === undefined) return [];
  const ratio = medianAdded(direct, ram) / medianAdded(direct, proxy);
  return [
    budgeted(
      "added without fdatasync, against what the proxy adds",
      `${ratio.toFixed(1)} ×`,
      `≤ ${RATIO_MAX} ×`,
      ratio <= RATIO_MAX,
      { ratio },
    ),
  ];
}

function durableFigure(times: Times, disk: Summary): readonly Figure[] {
  const added = medianAdded(times.get("direct") ?? [], times.get("sluice") ?? []);
  const what = "added with the durable journal";
  const numbers = { addedP50Ms: added, fdatasyncP50Ms: disk.p50 };
  // On a slower disk there is no promise to keep or break.
  if (disk.p50 > FDATASYNC_MS)
    return [
      {
        ...figure(what, time(added), numbers),
        budget: `≤ ${ADDED_MS_MAX} ms where fdatasync ≤ ${FDATASYNC_MS} ms (here ${time(disk.p50)})`,
      },
    ];
  return [budgeted(what, time(added), `≤ ${ADDED_MS_MAX} ms`, added <= ADDED_MS_MAX, numbers)];
}

export async function measureSmallStatements(stack: Stack, turns: number): Promise<readonly Section[]> {
  const before = measureDisk(stack.diskFolder, 300);
  const demo = await takeTurns(stack, "demo", Math.ceil(turns / 3), turns);
  const instant = await takeTurns(stack, "instant", Math.ceil(turns / 3), turns);
  const after = measureDisk(stack.diskFolder, 300);
  const disk = { count: 600, p50: (before.p50 + after.p50) / 2, p99: Math.max(before.p99, after.p99) };
  const perStatement = median(instant.get("sluice") ?? []) - median(instant.get("sluice-ram") ?? []);
  return [
    {
      title: `Small SELECT with one masked column, ${turns} turns, against the demo warehouse`,
      figures: [
        ...wayFigures(demo),
        ...ratioFigure(demo),
        ...durableFigure(demo, disk),
        figure("this disk's fdatasync", `p50 ${time(disk.p50)}, p99 ${time(disk.p99)}`, {
          p50Ms: disk.p50,
          p99Ms: disk.p99,
        }),
      ],
      notes: [],
    },
    {
      title: "The same against an upstream that answers at once",
      figures: [
        ...wayFigures(instant),
        ...ratioFigure(instant),
        figure("of which waiting for the disk", time(perStatement), { diskMs: perStatement }),
      ],
      notes: ["Here nothing but the gateway works while a statement is under way."],
    },
  ];
}

export interface ThroughputOptions {
  readonly connections: number;
  readonly seconds: number;
}

interface Counted {
  readonly perSecond: number;
  /** Processor time of whatever stands in between, for each statement. */
  readonly processorMs: number | null;
}

async function countStatements(
  stack: Stack,
  way: Way,
  upstream: Upstream,
  { connections, seconds }: ThroughputOptions,
): Promise<Counted> {
  const clients = await Promise.all(Array.from({ length: connections }, () => stack.client(way, upstream).open()));
  checkAnswer(way, (await clients[0]?.query(SELECT))?.text ?? "");
  const between = stack.process(way, upstream);
  await Promise.all(clients.map((client) => postUntil(client, performance.now() + WARM_UP_MS)));
  const usedBefore = between === null ? null : processorMs(between);
  const started = performance.now();
  const counts = await Promise.all(clients.map((client) => postUntil(client, started + seconds * 1000)));
  const elapsed = (performance.now() - started) / 1000;
  const usedAfter = between === null ? null : processorMs(between);
  await Promise.all(clients.map((client) => client.close()));
  const count = counts.reduce((sum, one) => sum + one, 0);
  return {
    perSecond: count / elapsed,
    processorMs: usedBefore === null || usedAfter === null ? null : (usedAfter - usedBefore) / count,
  };
}

async function postUntil(client: WireClient, end: number): Promise<number> {
  let count = 0;
  for (; performance.now() < end; count += 1) await client.post(SELECT);
  return count;
}

function countedFigure(label: string, way: Way, { perSecond, processorMs: used }: Counted): Figure {
  const processor = used === null ? "" : `, ${time(used)} of processor each`;
  const numbers = { perSecond, ...(used === null ? {} : { processorMs: used }) };
  return figure(`${label}: ${NAMES[way]}`, `${Math.round(perSecond)} statements/s${processor}`, numbers);
}

/** Statements a second over many connections, each with a session of its own. */
export async function measureThroughput(stack: Stack, options: ThroughputOptions): Promise<Section> {
  const figures: Figure[] = [];
  for (const upstream of ["demo", "instant"] as const) {
    const label = upstream === "demo" ? "demo warehouse" : "instant upstream";
    const counted = new Map<Way, Counted>();
    for (const way of stack.ways) counted.set(way, await countStatements(stack, way, upstream, options));
    for (const [way, one] of counted) figures.push(countedFigure(label, way, one));
    const share = (counted.get("sluice")?.perSecond ?? 0) / (counted.get("proxy")?.perSecond ?? 1);
    const what = `${label}: Sluice against the bare proxy`;
    figures.push(budgeted(what, `${(share * 100).toFixed(0)} %`, "≥ 33 %", share >= 1 / 3, { share }));
  }
  return {
    title: `Throughput of small SELECTs, ${options.connections} connections, ${options.seconds} s each`,
    figures,
    notes: ["Client, upstream and PostgreSQL share this machine's cores with what is measured."],
  };
}
