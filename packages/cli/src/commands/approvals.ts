/** `sluice approvals`: what waits, one request whole, approve, deny. */
import type { ApprovalView } from "@sluice/contracts";
import type { Command } from "commander";
import { withAccess } from "../access-options.ts";
import { type Access, call } from "../api-client.ts";
import {
  age,
  bold,
  dim,
  duration,
  type OutputOptions,
  printJson,
  printLine,
  printTable,
  shortId,
  visible,
} from "../output.ts";

type Options = Access & OutputOptions;
const DEMO_REVIEWER = "sam";

export function addApprovals(program: Command): void {
  const approvals = program.command("approvals").description("statements that wait for a person");
  withAccess(approvals.command("ls", { isDefault: true }).description("what waits for approval"))
    .option("--all", "those already decided too")
    .action(async (options: Options & { all?: boolean }) => {
      const { approvals: found } = await call<{ approvals: readonly ApprovalView[] }>(
        options,
        DEMO_REVIEWER,
        "GET",
        `/v1/approvals?state=${options.all === true ? "all" : "pending"}`,
      );
      if (options.json === true) return printJson(found);
      if (found.length === 0) return printLine("Nothing waits for approval.");
      printTable(
        ["ID", "STATE", "WHO", "FOR", "WHAT", "RULE", "ASKED", "EXPIRES"],
        found.map((one) => [
          shortId(one.id),
          one.state,
          one.principal,
          one.delegator ?? "-",
          one.touches?.join(", ") ?? "",
          one.because[0]?.rule ?? "",
          age(one.requestedAt),
          remaining(one),
        ]),
      );
      printLine(dim("\nsluice approvals show ID · approve ID · deny ID --reason TEXT"));
    });
  withAccess(
    approvals
      .command("show")
      .argument("<id>", "the request's id, or the start of it")
      .description("one request, with its statement"),
  ).action(async (id: string, options: Options) => {
    const one = await call<ApprovalView>(options, DEMO_REVIEWER, "GET", `/v1/approvals/${encodeURIComponent(id)}`);
    if (options.json === true) return printJson(one);
    printApproval(one);
  });
  withAccess(
    approvals.command("approve").argument("<id>").option("--reason <text>", "why").description("let it run, once"),
  ).action(async (id: string, options: Options & { reason?: string }) => {
    const vote = options.reason === undefined ? { verdict: "grant" } : { verdict: "grant", reason: options.reason };
    report(
      await call<ApprovalView>(options, DEMO_REVIEWER, "POST", `/v1/approvals/${encodeURIComponent(id)}/vote`, vote),
      options,
    );
  });
  withAccess(
    approvals
      .command("deny")
      .argument("<id>")
      .requiredOption("--reason <text>", "told to whoever asked")
      .description("refuse it"),
  ).action(async (id: string, options: Options & { reason: string }) => {
    report(
      await call<ApprovalView>(options, DEMO_REVIEWER, "POST", `/v1/approvals/${encodeURIComponent(id)}/vote`, {
        verdict: "deny",
        reason: options.reason,
      }),
      options,
    );
  });
}

function report(one: ApprovalView, options: Options): void {
  if (options.json === true) return printJson(one);
  const word =
    { granted: "Approved", used: "Approved", denied: "Denied", pending: "Noted; more approvers are needed for" }[
      one.state as string
    ] ?? one.state;
  printLine(`${word} ${shortId(one.id)}: ${one.touches?.join(", ") ?? ""} for ${one.principal}.`);
}

const remaining = (one: ApprovalView): string =>
  one.state === "pending" ? `in ${duration(Math.max(0, Date.parse(one.expiresAt) - Date.now()))}` : "-";

function printApproval(one: ApprovalView): void {
  printLine(
    bold(
      `${one.principal} wants to run on ${one.connection}${one.delegator === null ? "" : `, for ${one.delegator}`}:`,
    ),
  );
  printLine();
  for (const line of (one.sql ?? "(the text is no longer readable)").split("\n")) printLine(`    ${visible(line)}`);
  if (one.binds !== null && one.binds !== undefined)
    printLine(`    ${dim(`binds: ${visible(JSON.stringify(one.binds))}`)}`);
  printLine();
  printLine(visible(one.summary));
  printLine();
  const rows: [string, string][] = [
    ["id", one.id],
    ["state", one.state],
    ["touches", one.touches?.join(", ") ?? ""],
    ["asked by", one.because.map((rule) => `${rule.rule} (${rule.file}:${rule.line})`).join(", ")],
    ["needs", one.requires.map((need) => `${need.count} of ${need.from.join(", ")}`).join(" and ")],
    ["asked", age(one.requestedAt)],
    ["expires", remaining(one)],
    ["session", one.session],
  ];
  for (const [label, text] of rows) printLine(`  ${dim(label.padEnd(9))} ${visible(text)}`);
  for (const vote of one.votes)
    printLine(
      `  ${dim("vote".padEnd(9))} ${vote.approver}: ${vote.verdict === "grant" ? "approved" : "denied"} ${age(vote.at)}${vote.reason === null ? "" : `, “${visible(vote.reason)}”`}`,
    );
}
