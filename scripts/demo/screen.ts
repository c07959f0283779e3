/**
 * What `npm start` says: a line for each part as it becomes ready, then addresses, logins and snippets to paste.
 * Colours only on a terminal that wants them. It prints secrets on purpose: they are the demo's, made for this start.
 */
import { styleText } from "node:util";
import type { DemoFile } from "@sluice/contracts";
import { people } from "./logins.ts";
import { snippetsFor } from "./snippets.ts";

type Style = Parameters<typeof styleText>[0];
const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });
// Nobody reads any more (`npm start | head`): the demo goes on without words.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
const say = (text = ""): void => {
  process.stdout.write(`${text}\n`);
};

/** One step that is done, with the time it took. */
export function sayDone(what: string, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`  ${styled("green", "✓")} ${what} ${styled("dim", `${seconds} s`)}`);
}

export function sayNote(text: string): void {
  say(`  ${styled("yellow", "·")} ${text}`);
}

export function sayTitle(text: string): void {
  say(styled("bold", text));
}

/** An error sentence, on stderr. */
export function sayError(text: string): void {
  const mark = styleText("red", "✗", { stream: process.stderr });
  process.stderr.write(`\n  ${mark} ${text.replaceAll("\n", "\n    ")}\n\n`);
}

function sayBlock(title: string, text: string): void {
  say(`  ${styled("bold", title)}`);
  for (const line of text.split("\n")) say(line === "" ? "" : `    ${line}`);
  say();
}

function sayTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)));
    say(`    ${cells.join("   ")}`);
  }
  say();
}

/** Everything that a newcomer needs to send the first statement. */
export function sayReady(demo: DemoFile, idpUrl: string, stateFolder: string): void {
  const { gateway, warehouse } = demo;
  const snippets = snippetsFor(demo);
  say();
  sayTitle("Sluice is running. Agents connect to the gateway as if it were Snowflake.");
  say();
  sayTable([
    ["gateway (Snowflake protocol)", `${gateway.protocol}://${gateway.host}:${gateway.port}`, "account demo"],
    ["gateway, admin", demo.admin, "/healthz  /readyz  /metrics  /v1"],
    ["demo warehouse", `${warehouse.protocol}://${warehouse.host}:${warehouse.port}`, "what the gateway protects"],
    ["demo identity provider", idpUrl, "OpenID Connect"],
  ]);
  sayBlock("Node (npm install snowflake-sdk)", snippets.node);
  sayBlock("Python (pip install snowflake-connector-python)", snippets.python);
  sayBlock("snow (pip install snowflake-cli)", snippets.snow);
  say(`  ${styled("bold", "Demo people")}`);
  sayTable(people.map(({ name, purpose }) => [name, demo.people[name]?.password ?? "", purpose]));
  say(`  ${styled("bold", "What waits for a person")}  npx sluice approvals ls   ·   npx sluice --help`);
  say(
    `  ${styled("bold", "For scripts")}              ${stateFolder}/demo.json holds all of the above, and every token`,
  );
  say(`  ${styled("bold", "Stop")}                     Ctrl-C   ·   start empty: npm start -- --reset`);
  say();
}
