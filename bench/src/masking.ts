/**
 * What masking costs: megabytes of stream and values per second, on one core, for each mask over
 * Arrow and JSON. Prints a table, and JSON with --json. Figures are the best of several runs, in
 * processor time of all threads, so that what else runs on the machine counts for little.
 */

import type { ColumnMask, ColumnScan, Mask, MaskPlan } from "@sluice/policy-engine";
import { type ArrowCell, columnType, snowflakeField, writeStream } from "@sluice/snowflake-wire";
import { createMasker } from "../../apps/gateway/src/masking/index.ts";

const ROWS = 100_000;
const BATCHES = 10;
const REPEATS = 7;

interface Sample {
  readonly name: string;
  readonly mask: Mask | null;
  readonly scan: readonly string[] | null;
  readonly column: number;
  readonly budget: string;
}

const EMAIL = 6;
const NOTE = 9;
const DETECTORS = ["card", "ssn", "email", "phone", "iban", "secret"];
const SAMPLES: readonly Sample[] = [
  { name: "nothing masked", mask: null, scan: null, column: EMAIL, budget: "" },
  { name: "redact", mask: { method: "redact" }, scan: null, column: EMAIL, budget: "≥ 1 GB/s" },
  {
    name: "partial domain",
    mask: { method: "partial", keep: "domain" },
    scan: null,
    column: EMAIL,
    budget: "≥ 1 GB/s",
  },
  { name: "partial last4", mask: { method: "partial", keep: "last4" }, scan: null, column: EMAIL, budget: "≥ 1 GB/s" },
  { name: "null", mask: { method: "null" }, scan: null, column: 2, budget: "" },
  {
    name: "hmac",
    mask: { method: "hmac", domain: "email", keepJoin: true },
    scan: null,
    column: EMAIL,
    budget: "≥ 500,000 values/s",
  },
  { name: "scan of free text", mask: null, scan: DETECTORS, column: NOTE, budget: "≥ 200 MB/s of text" },
];

const WORDS =
  "the customer asked about her order again and would like to be called back: late in the afternoon, room 12, floor 3. she was told that shipping takes a week".split(
    " ",
  );

function sentence(row: number): string {
  const words = Array.from({ length: 24 }, (_, index) => WORDS[(row * 7 + index * 13) % WORDS.length] ?? "");
  if (row % 50 === 0) words[5] = `ann.${row}@example.com`;
  if (row % 200 === 1) words[9] = "4111 1111 1111 1111";
  return words.join(" ");
}

const NAMES = ["ID", "AMOUNT", "AGE", "SCORE", "DAY", "SEEN", "EMAIL", "NAME", "COUNTRY", "NOTE"];
const TYPES = ["fixed", "fixed", "fixed", "real", "date", "timestamp_ntz", "text", "text", "text", "text"] as const;
const ROWTYPE = NAMES.map((name, ordinal) =>
  columnType(name, TYPES[ordinal] ?? "text", { length: 16_777_216, byteLength: 16_777_216, precision: 18, scale: 0 }),
);

function cell(row: number, ordinal: number): ArrowCell {
  if (row % 50 === 7 && ordinal > 5) return null;
  const cells: readonly ArrowCell[] = [
    BigInt(row),
    BigInt(row * 31),
    row % 100,
    row / 3,
    19_000 + (row % 900),
    BigInt(1_700_000_000 + row),
    `user.${row}@example.com`,
    `Person Number ${row % 5000}`,
    ["ES", "DE", "US"][row % 3] ?? "",
    sentence(row),
  ];
  return cells[ordinal] ?? null;
}

function arrowBody(): Buffer {
  const fields = ROWTYPE.map((column) => {
    const field = snowflakeField(column);
    if (field === null) throw new Error(column.name);
    return field;
  });
  const rows = ROWS / BATCHES;
  const batches = Array.from({ length: BATCHES }, (_, batch) => ({
    rows,
    columns: fields.map((_field, ordinal) =>
      Array.from({ length: rows }, (_, row) => cell(batch * rows + row, ordinal)),
    ),
  }));
  return Buffer.from(writeStream({ fields, metadata: [] }, batches));
}

function jsonBody(): Buffer {
  const text = (value: ArrowCell): string => (value === null ? "null" : JSON.stringify(String(value)));
  return Buffer.from(
    Array.from(
      { length: ROWS },
      (_, row) => `[${NAMES.map((_name, ordinal) => text(cell(row, ordinal))).join(",")}]`,
    ).join(",\n"),
  );
}

function planOf(sample: Sample): MaskPlan {
  const edge = { database: "D", schema: "S", object: "T", column: "C" } as unknown as ColumnMask["edge"];
  const columns: ColumnMask[] =
    sample.mask === null
      ? []
      : [{ ordinal: sample.column, name: null, mask: sample.mask, label: "", edge, because: [] }];
  const scans: ColumnScan[] =
    sample.scan === null
      ? []
      : [{ ordinal: sample.column, detectors: sample.scan, mask: { method: "redact" }, because: [] }];
  return { outputs: NAMES, columns, scans, hideErrors: false };
}

const CHUNK_BYTES = 64 * 1024;

/** Milliseconds of processor time that one pass of the body takes, fed as a network would. */
async function passMs(format: "arrow" | "json", sample: Sample, body: Buffer): Promise<number> {
  const masker = createMasker(new Uint8Array(32).fill(1));
  const planned = masker.plan(planOf(sample), ROWTYPE);
  if (!planned.ok) throw planned.error;
  const stream = masker.chunk(format, planned.value, { rowsExpected: ROWS });
  let bytesOut = 0;
  stream.on("data", (bytes: Buffer) => {
    bytesOut += bytes.length;
  });
  const done = new Promise((resolve, reject) => {
    stream.on("end", resolve);
    stream.on("error", reject);
  });
  const start = process.cpuUsage();
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    if (!stream.write(body.subarray(at, at + CHUNK_BYTES)))
      await new Promise((resolve) => stream.once("drain", resolve));
  }
  stream.end();
  await done;
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000;
  if (bytesOut === 0) throw new Error("nothing left the masker");
  return ms;
}

async function main(): Promise<void> {
  const results: Record<string, string | number>[] = [];
  for (const format of ["arrow", "json"] as const) {
    const body = format === "arrow" ? arrowBody() : jsonBody();
    for (const sample of SAMPLES) {
      let best = Number.POSITIVE_INFINITY;
      for (let repeat = 0; repeat < REPEATS; repeat++) best = Math.min(best, await passMs(format, sample, body));
      const values = sample.mask === null && sample.scan === null ? 0 : Math.round(ROWS / (best / 1000));
      const textBytes =
        sample.scan === null
          ? 0
          : Array.from({ length: ROWS }, (_, row) => sentence(row).length).reduce((sum, length) => sum + length, 0);
      results.push({
        format,
        mask: sample.name,
        ms: Number(best.toFixed(1)),
        "stream MB/s": Math.round(body.length / 1e3 / best),
        "values/s": values,
        "text MB/s": Math.round(textBytes / 1e3 / best),
        budget: format === "arrow" ? sample.budget : "",
      });
    }
  }
  if (process.argv.includes("--json")) console.log(JSON.stringify(results));
  else console.table(results);
}

await main();
