/** Guarantee: docs/cli.md has a section for every command and its options, and none for a command that isn't there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { ExitCode } from "./exit.ts";
import { buildProgram } from "./program.ts";

const markdown = readFileSync(join(import.meta.dirname, "../../../docs/cli.md"), "utf8");
/** Told once for all commands, at the page's top. */
const SHARED = ["--json", "--url", "--token", "--user"];

interface Told {
  readonly usage: string;
  readonly options: readonly string[];
}

/** Every command that does something, as it is typed. */
function leaves(command: Command, path: string): readonly Told[] {
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, `${path} ${child.name()}`));
  const words = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  const options = command.options.map((option) => option.long ?? option.flags);
  return [{ usage: [path, ...words].join(" "), options: options.filter((option) => !SHARED.includes(option)) }];
}

const commands = leaves(buildProgram(), "sluice");
const parts = markdown.split(/^### /m).slice(1);
const sections = new Map(parts.map((part) => [/^`(.+)`$/m.exec(part)?.[1] ?? "", part]));

describe("docs/cli.md", () => {
  it("has one section for each command, with its arguments, and no other", () => {
    expect([...sections.keys()].toSorted()).toEqual(commands.map(({ usage }) => usage).toSorted());
  });

  it.each(commands)("$usage: names each of its own options", ({ usage, options }) => {
    for (const option of options) expect(sections.get(usage)).toMatch(new RegExp(`${option}(?![a-z-])`));
  });

  it("names the shared options and every exit code", () => {
    const top = markdown.slice(0, markdown.indexOf("### "));
    for (const option of SHARED) expect(top).toContain(`\`${option}`);
    for (const code of [0, ...Object.values(ExitCode)]) expect(top).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
  });
});
