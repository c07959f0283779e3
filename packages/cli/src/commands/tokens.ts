/** `sluice token`: create, list, revoke. */
import type { TokenAnswer } from "@sluice/contracts";
import type { Command } from "commander";
import { withAccess } from "../access-options.ts";
import { type Access, call } from "../api-client.ts";
import { ExitCode, Refusal } from "../exit.ts";
import { dim, type OutputOptions, printJson, printLine, printTable, shortId } from "../output.ts";

type Options = Access & OutputOptions;
const DEMO_ADMIN = "ana";
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

interface TokenRow {
  readonly id: string;
  readonly prefix: string;
  readonly principal: string;
  readonly kind: string;
  readonly connection: string | null;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
}

function parseTtl(text: string): number {
  const match = /^([0-9]{1,6})([smhd])$/.exec(text);
  const seconds = Number(match?.[1] ?? 0) * (UNITS[match?.[2] ?? ""] ?? 0);
  if (seconds < 60 || seconds > 31_536_000)
    throw new Refusal(
      ExitCode.usage,
      "CLI_TTL",
      "A lifetime is a number with s, m, h or d: 12h. Between a minute and a year.",
    );
  return seconds;
}

export function addTokens(program: Command): void {
  const tokens = program.command("token").description("Sluice tokens for agents, jobs and people");
  withAccess(
    tokens
      .command("create")
      .argument("<principal>", "whose token: devin")
      .description("make a token; its text is shown once"),
  )
    .option("--ttl <time>", "how long it lives", "12h")
    .option("--connection <name>", "only for this connection")
    .action(async (principal: string, options: Options & { ttl: string; connection?: string }) => {
      const answer = await call<TokenAnswer>(options, DEMO_ADMIN, "POST", "/v1/tokens", {
        principal,
        ttlSeconds: parseTtl(options.ttl),
        ...(options.connection === undefined ? {} : { connection: options.connection }),
      });
      if (options.json === true) return printJson(answer);
      printLine(answer.token);
      process.stderr.write(
        dim(
          `For ${answer.principal} until ${answer.expiresAt}. It is shown only now. Revoke: sluice token revoke ${answer.id}\n`,
        ),
      );
    });
  withAccess(tokens.command("ls").description("tokens and when they expire")).action(async (options: Options) => {
    const { tokens: found } = await call<{ tokens: readonly TokenRow[] }>(options, DEMO_ADMIN, "GET", "/v1/tokens");
    if (options.json === true) return printJson(found);
    printTable(
      ["ID", "STARTS WITH", "WHO", "CONNECTION", "EXPIRES", "STATE"],
      found.map((one) => [
        shortId(one.id),
        `${one.prefix}…`,
        one.principal,
        one.connection ?? "any",
        one.expiresAt,
        one.revokedAt !== null ? "revoked" : Date.parse(one.expiresAt) < Date.now() ? "expired" : "live",
      ]),
    );
  });
  withAccess(
    tokens.command("revoke").argument("<id>").description("stop a token; its sessions end within seconds"),
  ).action(async (id: string, options: Options) => {
    const answer = await call<{ revoked: string }>(
      options,
      DEMO_ADMIN,
      "DELETE",
      `/v1/tokens/${encodeURIComponent(id)}`,
    );
    if (options.json === true) return printJson(answer);
    printLine(`Revoked ${answer.revoked}.`);
  });
}
