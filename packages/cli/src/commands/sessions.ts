/** `sluice sessions` and `sluice session show`: what happened, statement by statement. */
import type { SessionDetail, SessionView, StatementView } from "@sluice/contracts";
import type { Command } from "commander";
import { withAccess } from "../access-options.ts";
import { type Access, call } from "../api-client.ts";
import {
  age,
  bold,
  dim,
  duration,
  effect,
  type OutputOptions,
  printJson,
  printLine,
  printTable,
  shortId,
  visible,
} from "../output.ts";

type Options = Access & OutputOptions;
const DEMO_READER = "ola";
const ROWS_SHOWN = 10;

export function addSessions(program: Command): void {
  const sessions = program.command("sessions").description("who was connected");
  withAccess(sessions.command("ls", { isDefault: true }).description("the newest sessions")).action(
    async (options: Options) => {
      const { sessions: found } = await call<{ sessions: readonly SessionView[] }>(
        options,
        DEMO_READER,
        "GET",
        "/v1/sessions",
      );
      if (options.json === true) return printJson(found);
      if (found.length === 0)
        return printLine("No session yet. Connect a driver with a snippet that `npm start` printed.");
      printTable(
        ["ID", "WHO", "FOR", "CONNECTION", "CLIENT", "STATEMENTS", "DENIED", "HELD", "STARTED", "STATE"],
        found.map((one) => [
          shortId(one.id),
          one.principal,
          one.delegator ?? "-",
          one.connection,
          one.client,
          String(one.statements),
          String(one.denied),
          String(one.held),
          age(one.startedAt),
          one.endedAt === null ? "open" : (one.endReason ?? "ended"),
        ]),
      );
      printLine(dim("\nsluice session show ID"));
    },
  );
  const session = program.command("session").description("one session");
  withAccess(
    session
      .command("show")
      .argument("<id>", "the session's id, or the start of it")
      .description("statements, decisions, waits, approvals and results"),
  ).action(async (id: string, options: Options) => {
    const one = await call<SessionDetail>(options, DEMO_READER, "GET", `/v1/sessions/${encodeURIComponent(id)}`);
    if (options.json === true) return printJson(one);
    printLine(bold(`Session ${one.id}`));
    printLine(
      `${one.principal}${one.delegator === null ? "" : ` for ${one.delegator}`} on ${one.connection} with ${visible(one.client)}, ${age(one.startedAt)}, ${one.endedAt === null ? "open" : (one.endReason ?? "ended")}`,
    );
    for (const [index, statement] of one.items.entries()) printStatement(index + 1, statement);
    if (one.items.length === 0) printLine(dim("\nNo statement yet."));
  });
}

function printStatement(number: number, one: StatementView): void {
  printLine();
  printLine(`${bold(`#${number}`)} ${effect(one.effect)} · ${one.state} · ${one.receivedAt} ${dim(shortId(one.id))}`);
  for (const line of (one.sql ?? "(the text is no longer readable)").split("\n").slice(0, 20))
    printLine(`    ${visible(line)}`);
  if (one.effect !== "allow" && one.sentence !== null && one.sentence !== "")
    printLine(`  ${dim("said")}      ${visible(one.sentence)}`);
  if (one.because.length > 0)
    printLine(
      `  ${dim("because")}   ${one.because.map((rule) => `${rule.rule} (${rule.file}:${rule.line})`).join(", ")}`,
    );
  if (one.waitedMs !== null) printLine(`  ${dim("waited")}    ${duration(one.waitedMs)}`);
  for (const approval of one.approvals) {
    for (const vote of approval.votes)
      printLine(
        `  ${dim(vote.verdict === "grant" ? "approved" : "denied  ")}  by ${vote.approver}${vote.reason === null ? "" : `: “${visible(vote.reason)}”`}`,
      );
    if (approval.votes.length === 0) printLine(`  ${dim("approval")}  ${approval.state}`);
  }
  for (const mask of one.masked)
    printLine(`  ${dim("masked")}    ${visible(mask.column)} (${mask.label}) from ${mask.from}`);
  if (one.error !== null) printLine(`  ${dim("error")}     ${one.error.code}: ${visible(one.error.text)}`);
  if (one.rows !== null)
    printLine(
      `  ${dim("rows")}      ${one.rows}${one.finishedAt === null ? "" : ` in ${duration(Date.parse(one.finishedAt) - Date.parse(one.receivedAt))}`}`,
    );
  if (one.result !== null && one.result.columns.length > 0) {
    printLine(dim("  as it left:"));
    printTable(
      one.result.columns,
      one.result.rows.slice(0, ROWS_SHOWN).map((row) => row.map((cell) => cell ?? "NULL")),
    );
    const more = one.result.rows.length - ROWS_SHOWN;
    if (more > 0 || one.result.truncated)
      printLine(dim(`  … ${more > 0 ? `${more} more recorded` : "more were delivered than recorded"}`));
  }
}
