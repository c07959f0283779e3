/**
 * Reads a folder of YAML documents for `apply`. In files that hold connections, `${NAME}` and `${NAME:-default}`
 * stand for environment variables, so that one folder serves several environments; policy files are never
 * changed, since their digest names what is in force.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { ConfigFile } from "@sluice/contracts";
import { ExitCode, Refusal } from "./exit.ts";

const FILES_MAX = 500;
const POLICY = /^kind:\s*(Policy|PolicyTest|Catalog)\s*$/m;
const CONNECTION = /^kind:\s*Connection\s*$/m;

export const isPolicyFile = (file: ConfigFile): boolean => POLICY.test(file.text);

/** What variables stand for: the environment, then the running demo, then the default that the file gives. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The documents below `path`. Throws a Refusal when there are none, or a variable is not set. */
export function readConfigFiles(path: string, variables: Variables = process.env): readonly ConfigFile[] {
  let found: readonly string[];
  try {
    found = statSync(path).isDirectory() ? filesBelow(path) : [path];
  } catch {
    throw new Refusal(ExitCode.usage, "CLI_NO_FILES", `There is no file or folder ${path}.`);
  }
  if (found.length === 0) throw new Refusal(ExitCode.usage, "CLI_NO_FILES", `There are no .yaml files in ${path}.`);
  if (found.length > FILES_MAX)
    throw new Refusal(ExitCode.usage, "CLI_TOO_MANY_FILES", `${path} holds more than ${FILES_MAX} files.`);
  return found.map((file) => {
    const text = readFileSync(file, "utf8");
    const name = found.length === 1 && file === path ? (path.split(sep).at(-1) ?? path) : relative(path, file);
    return { path: name, text: CONNECTION.test(text) ? expand(text, variables) : text };
  });
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

function expand(text: string, variables: Variables): string {
  return text.replace(/\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    const value = variables[name] ?? fallback;
    if (value === undefined)
      throw new Refusal(ExitCode.usage, "CLI_VARIABLE", `The documents use \${${name}}, which is not set.`);
    return value;
  });
}

/** `NAME=value`, `NAME=@file` or `NAME=env:VARIABLE`; the value never appears in a process list that way. */
export function readSecrets(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf("=");
      if (at < 1)
        throw new Refusal(ExitCode.usage, "CLI_SECRET", "A secret is given as NAME=@file or NAME=env:VARIABLE.");
      return [one.slice(0, at), secretValue(one.slice(at + 1))] as const;
    }),
  );
}

function secretValue(source: string): string {
  if (source.startsWith("@")) return readFileSync(source.slice(1), "utf8").replace(/\n$/, "");
  if (!source.startsWith("env:")) return source;
  const value = process.env[source.slice(4)];
  if (value === undefined)
    throw new Refusal(ExitCode.usage, "CLI_SECRET", `The variable ${source.slice(4)} is not set.`);
  return value;
}
