/** What one run found: figures beside their budgets, as a table for people and as JSON for comparison. */
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

export interface Figure {
  readonly what: string;
  /** The figure as people read it. */
  readonly text: string;
  readonly budget: string | null;
  readonly verdict: "met" | "missed" | null;
  /** The numbers behind the text, with their units in the names. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What the figures don't say by themselves. */
  readonly notes: readonly string[];
}

export function figure(what: string, text: string, numbers: Readonly<Record<string, number>>): Figure {
  return { what, text, budget: null, verdict: null, numbers };
}

export function budgeted(
  what: string,
  text: string,
  budget: string,
  isMet: boolean,
  numbers: Readonly<Record<string, number>>,
): Figure {
  return { what, text, budget, verdict: isMet ? "met" : "missed", numbers };
}

/** `0.41 ms`, `12.3 µs`: three digits in the unit that fits. */
export function time(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const [value, unit] = Math.abs(ms) < 1 ? [ms * 1000, "µs"] : Math.abs(ms) < 1000 ? [ms, "ms"] : [ms / 1000, "s"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

export const megabytes = (bytes: number): number => bytes / 1_000_000;

export interface Machine {
  readonly at: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly arch: string;
  /** Work that other processes did when the run began: figures of a busy machine are worth less. */
  readonly loadAtStart: number;
}

export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    at: new Date().toISOString(),
    node: process.version,
    cpu: first?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    arch: arch(),
    loadAtStart: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

export function renderTable(machine: Machine, sections: readonly Section[]): string {
  const all = sections.flatMap((section) => section.figures);
  const width = (cell: (one: Figure) => string): number => Math.max(...all.map((one) => cell(one).length));
  const [what, text, budget] = [width((one) => one.what), width((one) => one.text), width((one) => one.budget ?? "")];
  const lines = [
    `${machine.at} · ${machine.node} · ${machine.cores} × ${machine.cpu} · load ${machine.loadAtStart} at start`,
  ];
  for (const section of sections) {
    lines.push("", section.title, "─".repeat(what + text + budget + 16));
    for (const one of section.figures) {
      lines.push(
        `${one.what.padEnd(what)}  ${one.text.padEnd(text)}  ${(one.budget ?? "").padEnd(budget)}  ${one.verdict ?? ""}`.trimEnd(),
      );
    }
    for (const note of section.notes) lines.push(`  · ${note}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Writes the run beside the earlier ones and returns the path. */
export function writeResults(folder: string, machine: Machine, sections: readonly Section[]): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${machine.at.replaceAll(/[:.]/g, "-")}.json`);
  const text = `${JSON.stringify({ v: 1, machine, sections }, null, 2)}\n`;
  writeFileSync(path, text);
  writeFileSync(join(folder, "latest.json"), text);
  return path;
}
