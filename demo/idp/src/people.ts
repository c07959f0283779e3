/**
 * The demo's people: parsed strictly, looked up by name, and their passwords compared in constant time. Repeated wrong
 * passwords for one name are refused for a while, right or not.
 */
import { createHash, timingSafeEqual } from "node:crypto";

/** A person who can log in. */
export interface Person {
  readonly name: string;
  readonly password: string;
  readonly groups: readonly string[];
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const FAILURES_MAX = 10;
const FAILURE_WINDOW_MS = 60_000;

function parsePerson(value: unknown): Person {
  if (typeof value !== "object" || value === null)
    throw new Error("A person is an object with name, password, groups.");
  const { name, password, groups } = value as Record<string, unknown>;
  if (typeof name !== "string" || !NAME.test(name)) throw new Error(`"${String(name)}" is not the name of a person.`);
  if (typeof password !== "string" || password.length < 8) throw new Error(`${name} needs a password of 8 characters.`);
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === "string")) {
    throw new Error(`${name} needs a list of groups.`);
  }
  return { name, password, groups: groups.map(String) };
}

/** Parses a JSON list of people. Throws a sentence that names no password. */
export function parsePeople(text: string): Person[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("The list of people is not JSON.");
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > 1_000) {
    throw new Error("The list of people must hold between 1 and 1,000.");
  }
  const people = value.map(parsePerson);
  if (new Set(people.map(({ name }) => name)).size !== people.length) throw new Error("Two people have one name.");
  return people;
}

/** Answers whether a name and a password belong together. */
export interface Directory {
  find(name: string): Person | undefined;
  /** The person, or null for a wrong name or password, or when there were too many wrong ones a moment ago. */
  login(name: string, password: string, nowMs: number): Person | null;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export function openDirectory(people: readonly Person[]): Directory {
  const byName = new Map(people.map((person) => [person.name, person]));
  const failures = new Map<string, number[]>();
  const nobody = digest("");
  return {
    find: (name) => byName.get(name),
    login: (name, password, nowMs) => {
      const person = byName.get(name);
      const recent = (failures.get(name) ?? []).filter((at) => nowMs - at < FAILURE_WINDOW_MS);
      const matches = timingSafeEqual(digest(password), person === undefined ? nobody : digest(person.password));
      if (person !== undefined && matches && recent.length < FAILURES_MAX) return person;
      // Only known names are remembered: the map can't be filled from outside.
      if (person !== undefined) failures.set(name, [...recent, nowMs].slice(-FAILURES_MAX));
      return null;
    },
  };
}
