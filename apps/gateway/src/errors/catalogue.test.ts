/** Guarantee: docs/errors.md says of every refusal what the gateway does, and nothing of refusals that there aren't. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUE, type ErrorRow, GatewayError } from "./catalogue.ts";

const DOCS = join(import.meta.dirname, "../../../../docs/errors.md");
const rows: readonly (readonly [string, ErrorRow])[] = Object.entries(CATALOGUE);

/** The sections of the page, by heading. */
function readSections(markdown: string): ReadonlyMap<string, string> {
  const parts = markdown.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")).trim(), part.slice(part.indexOf("\n"))]));
}

/** The cells of a section's table. */
function readTable(section: string): readonly string[] {
  const line = section.split("\n").filter((one) => one.startsWith("|"))[2] ?? "";
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

const markdown = readFileSync(DOCS, "utf8");
const sections = readSections(markdown);
const sectionOf = (code: string): string => sections.get(code) ?? "";

describe("docs/errors.md", () => {
  it("has one section for each code, in the catalogue's order, and no other", () => {
    expect([...markdown.matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual(rows.map(([code]) => code));
  });

  it.each(rows)("%s: gives owner, wire code, sqlState, HTTP status and log level as they are", (code, row) => {
    const told = [row.owner, row.wire?.code ?? "–", row.wire?.sqlState ?? "–", String(row.http), row.level];
    expect(readTable(sectionOf(code))).toEqual(told);
  });

  it.each(rows)("%s: quotes the public sentence and says when it happens and what to do", (code, row) => {
    expect(sectionOf(code)).toContain(`\n> ${row.sentence}\n`);
    expect(sectionOf(code)).toMatch(/^\*\*When\.\*\* .{20,}/m);
    expect(sectionOf(code)).toMatch(/^\*\*What to do\.\*\* .{5,}/m);
  });

  it("links only to sections that exist", () => {
    const anchors = [...sections.keys()].map((heading) => `#${heading.toLowerCase()}`);
    for (const [, target] of markdown.matchAll(/\]\((#[^)]+)\)/g)) expect(anchors).toContain(target);
  });
});

describe("the catalogue", () => {
  it.each(rows)("%s: is six digits and an SQLSTATE on the wire, or never travels there", (_, row) => {
    if (row.wire === null) return;
    expect(row.wire.code).toMatch(/^[0-9]{6}$/);
    expect(row.wire.sqlState).toMatch(/^[0-9A-Z]{5}$/);
  });

  it.each(rows)("%s: tells the public one sentence or more, with no address and no token", (_, row) => {
    expect(row.sentence).not.toMatch(/\w:\/\/|\bwww\.|\b\d{1,3}(\.\d{1,3}){3}\b|localhost|slu_[apsm]_/i);
    expect(row.sentence).toMatch(/^[A-Z].*[a-z.]$/);
    expect(row.http).toBeGreaterThanOrEqual(400);
    expect(row.http).toBeLessThan(600);
  });

  it("never answers with the codes that make drivers poll, submit again or report a constraint", () => {
    // 333333/333334 mean "in progress", 000612 re-submits the statement, 100072 reads as an integrity error.
    const codes = rows.map(([, row]) => row.wire?.code);
    for (const code of ["333333", "333334", "000612", "100072"]) expect(codes).not.toContain(code);
  });

  it("answers with the session codes of 390xxx only for logins and sessions", () => {
    const found = rows.filter(([, row]) => row.wire?.code.startsWith("390") === true).map(([code]) => code);
    for (const code of found) expect(code).toMatch(/^SLUICE_(LOGIN|SESSION|TOKEN|MASTER)_/);
  });

  it("speaks its row's sentence unless told a better one", () => {
    expect(new GatewayError("SLUICE_STALE").message).toBe(CATALOGUE.SLUICE_STALE.sentence);
    expect(new GatewayError("SLUICE_STALE", "why").message).toBe("why");
  });
});
