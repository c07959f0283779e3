/**
 * The demo's people, agents and passwords. Passwords are made once per state folder, so that a browser that remembers
 * them stays right; the warehouse's own are made anew at each start.
 */
import { randomBytes, randomInt } from "node:crypto";
import { join } from "node:path";
import { readIfThere, writeWhole } from "./whole-file.ts";

/** A demo person as the identity provider knows them, and what they are for. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
  readonly purpose: string;
}

export const people: readonly Person[] = [
  { name: "ana", groups: ["admins", "analysts"], purpose: "administrator; devin and copilot work for her" },
  { name: "pia", groups: ["policy-authors"], purpose: "writes policy" },
  { name: "sam", groups: ["data-stewards"], purpose: "data steward: approves" },
  { name: "max", groups: ["data-stewards"], purpose: "data steward: approves" },
  { name: "ola", groups: ["auditors"], purpose: "auditor: reads the record" },
  { name: "vic", groups: ["viewers"], purpose: "viewer" },
];

export const agents = ["devin", "copilot", "ci"] as const;

/** A secret that nobody types. */
export const secretText = (): string => randomBytes(32).toString("base64url");

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A password that a person can read off the screen: four groups of four, 79 bits. */
function passwordText(): string {
  const group = () => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}

function parsePasswords(text: string | null): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === "string" && one.length >= 12));
  } catch {
    return {};
  }
}

/** The passwords of the demo's people, the same at each start of this state folder. */
export async function readPasswords(stateFolder: string): Promise<ReadonlyMap<string, string>> {
  const file = join(stateFolder, "passwords.json");
  const found = parsePasswords(await readIfThere(file));
  const passwords = new Map(people.map(({ name }) => [name, found[name] ?? passwordText()]));
  const text = `${JSON.stringify(Object.fromEntries(passwords), null, 2)}\n`;
  await writeWhole(file, text);
  return passwords;
}
