/** Printing: plain tables for people, one JSON value for programs. Text from statements is never trusted. */
import pc from "picocolors";

export interface OutputOptions {
  readonly json?: boolean;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLine(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** Control, bidirectional and invisible characters as visible escapes: an agent wrote this, and a person decides by it. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = [head, ...rows].map((row) => row.map((cell) => visible(cell).replaceAll("\n", " ")));
  const widths = head.map((_, column) => Math.min(60, Math.max(...cells.map((row) => row[column]?.length ?? 0))));
  for (const [index, row] of cells.entries()) {
    const line = row
      .map((cell, column) => clip(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
    printLine(index === 0 ? pc.bold(line) : line);
  }
}

const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

const EFFECTS: Record<string, (text: string) => string> = { allow: pc.green, hold: pc.yellow, deny: pc.red };
export const effect = (word: string | null): string =>
  word === null ? "-" : (EFFECTS[word] ?? ((text: string) => text))(word);

/** `3m 12s` from milliseconds. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

export const age = (iso: string): string => `${duration(Math.max(0, Date.now() - Date.parse(iso)))} ago`;
export const shortId = (id: string): string => id.slice(0, 8);
export const dim = pc.dim;
export const bold = pc.bold;
