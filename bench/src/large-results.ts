/**
 * What Sluice does to a large result: 200,000 rows with one masked column, in JSON and in Arrow, fetched as a driver
 * fetches it, direct and through; and the memory that it takes to deliver a gigabyte.
 */
import { performance } from "node:perf_hooks";
import { watchMemory } from "./child-process.ts";
import { budgeted, type Figure, figure, megabytes, type Section, time } from "./report.ts";
import type { Stack } from "./stack.ts";
import { median } from "./statistics.ts";

const ROWS = 200_000;
/** E-mail addresses leave as tokens; the other three columns hold no text. */
const SELECT = `select e.id, e.customer_id, c.email, e.at from events e join customers c on c.id = e.customer_id where e.id <= ${ROWS}`;
const GIGABYTE = 1_000_000_000;
const GROWTH_MAX = 128 * 1_048_576;
const FIRST_BYTE_MS_MAX = 1000;

type Format = "JSON" | "ARROW";
type Way = "direct" | "sluice";

interface Fetched {
  readonly bytes: number;
  readonly answerMs: number;
  readonly downloadMs: number;
  readonly firstByteMs: number;
  readonly urls: readonly string[];
}

async function fetchOnce(stack: Stack, way: Way, format: Format): Promise<Fetched> {
  const client = await stack.client(way, "demo", format).open();
  const started = performance.now();
  const answer = await client.query(SELECT);
  const answered = performance.now();
  if (answer.total !== ROWS) throw new Error(`${answer.total} rows instead of ${ROWS}`);
  if (format === "JSON" && answer.text.includes('"tok_') !== (way === "sluice"))
    throw new Error("the e-mail column is not as it should be");
  const urls = answer.chunks.map((chunk) => chunk.url);
  const { bytes, firstByteMs } = await client.download(urls);
  const done = performance.now();
  await client.close();
  return {
    bytes: bytes + answer.inlineBytes,
    answerMs: answered - started,
    downloadMs: done - answered,
    firstByteMs,
    urls,
  };
}

interface Rates {
  readonly mbPerSecond: number;
  readonly wholeMs: number;
  readonly firstByteMs: number;
  readonly megabytes: number;
  readonly parts: number;
}

function ratesOf(runs: readonly Fetched[]): Rates {
  return {
    mbPerSecond: median(runs.map((run) => megabytes(run.bytes) / (run.downloadMs / 1000))),
    wholeMs: median(runs.map((run) => run.answerMs + run.downloadMs)),
    firstByteMs: Math.max(...runs.map((run) => run.firstByteMs)),
    megabytes: megabytes(runs[0]?.bytes ?? 0),
    parts: runs[0]?.urls.length ?? 0,
  };
}

async function measureFormat(stack: Stack, format: Format, repeats: number): Promise<readonly Figure[]> {
  const runs: Record<Way, Fetched[]> = { direct: [], sluice: [] };
  await fetchOnce(stack, "sluice", format);
  const memory = watchMemory(stack.gateway);
  for (let round = 0; round < repeats; round += 1) {
    for (const way of ["direct", "sluice"] as const) runs[way].push(await fetchOnce(stack, way, format));
  }
  const grown = memory.growth();
  const [direct, through] = [ratesOf(runs.direct), ratesOf(runs.sluice)];
  const line = (rates: Rates): string => `${rates.mbPerSecond.toFixed(0)} MB/s, whole ${time(rates.wholeMs)}`;
  const numbers = (rates: Rates) => ({
    mbPerSecond: rates.mbPerSecond,
    wholeMs: rates.wholeMs,
    firstByteMs: rates.firstByteMs,
    megabytes: rates.megabytes,
  });
  const ratio = through.mbPerSecond / direct.mbPerSecond;
  return [
    figure(
      `${format}, direct (${direct.megabytes.toFixed(1)} MB in ${direct.parts} parts)`,
      line(direct),
      numbers(direct),
    ),
    figure(`${format}, through Sluice (${through.megabytes.toFixed(1)} MB)`, line(through), numbers(through)),
    figure(
      `${format}, through against direct`,
      `parts ${(ratio * 100).toFixed(0)} %, whole ${((direct.wholeMs / through.wholeMs) * 100).toFixed(0)} %`,
      { ratio },
    ),
    budgeted(
      `${format}, slowest first byte of a part`,
      time(through.firstByteMs),
      "≤ 1 s",
      through.firstByteMs <= FIRST_BYTE_MS_MAX,
      { firstByteMs: through.firstByteMs },
    ),
    ...(grown === null
      ? []
      : [
          figure(
            `${format}, gateway's memory while it delivers`,
            `peak ${megabytes(grown.peakBytes).toFixed(0)} MB, grown by ${megabytes(grown.grownBytes).toFixed(0)} MB`,
            grown,
          ),
        ]),
  ];
}

/** The parts of one result fetched over and over until a gigabyte has passed. */
async function measureGigabyte(stack: Stack, format: Format): Promise<readonly Figure[]> {
  const client = await stack.client("sluice", "demo", format).open();
  const urls = (await client.query(SELECT)).chunks.map((chunk) => chunk.url);
  await client.download(urls);
  const memory = watchMemory(stack.gateway);
  const started = performance.now();
  let bytes = 0;
  while (bytes < GIGABYTE) bytes += (await client.download(urls)).bytes;
  const seconds = (performance.now() - started) / 1000;
  await client.close();
  const grown = memory.growth();
  if (grown === null) return [];
  const text = `grown by ${megabytes(grown.grownBytes).toFixed(0)} MB to ${megabytes(grown.peakBytes).toFixed(0)} MB, ${(megabytes(bytes) / seconds).toFixed(0)} MB/s`;
  return [
    budgeted(
      `1 GB of parts in ${format}, gateway's memory`,
      text,
      "grows by ≤ 128 MiB",
      grown.grownBytes <= GROWTH_MAX,
      { ...grown, seconds, bytes },
    ),
  ];
}

export async function measureLargeResults(stack: Stack, repeats: number, hasGigabyte: boolean): Promise<Section> {
  const figures: Figure[] = [];
  for (const format of ["JSON", "ARROW"] as const) figures.push(...(await measureFormat(stack, format, repeats)));
  if (hasGigabyte)
    for (const format of ["JSON", "ARROW"] as const) figures.push(...(await measureGigabyte(stack, format)));
  return {
    title: `${ROWS.toLocaleString("en")} rows with one masked column, four parts fetched at a time, median of ${repeats}`,
    figures,
    notes: [
      "MB/s: result parts after unpacking, from the first request to the last byte. Whole: from the statement to the last byte.",
      "Direct, the demo warehouse sends files that it compressed beforehand; through, each part is unpacked, masked and packed again.",
    ],
  };
}
