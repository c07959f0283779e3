/**
 * Reads one grant or one guardrail. A rule that can't be read in full is dropped, and the error that was reported
 * keeps the whole bundle from loading: there is no half-understood rule.
 */
import { isScalar } from "yaml";
import { ACTIONS, type Action, COVERING_ACTIONS } from "../facts.ts";
import { DETECTOR_NAMES } from "../mask/detectors.ts";
import { hint } from "./diagnostic.ts";
import type {
  ApprovalRule,
  CustomPattern,
  Grant,
  Guardrail,
  NamedMask,
  Origin,
  RuleLimits,
  Who,
  Window,
} from "./documents.ts";
import { type ObjectPattern, parseObjectPattern } from "./object-pattern.ts";
import { parseApproval } from "./parse-define.ts";
import { parseNamedMask } from "./parse-mask.ts";
import { durationSeconds, ratePer, sizeBytes } from "./quantity.ts";
import { compileWhen, type When } from "./when.ts";
import {
  type Cursor,
  type Decode,
  fail,
  lineOf,
  listOf,
  type MapReader,
  nonEmptyText,
  offsetOf,
  oneOf,
  readEntries,
  readMap,
  reportAt,
  text,
  wholeNumber,
} from "./yaml-reader.ts";

/** What a policy's `define` and `patterns` made available to its rules. */
export interface Definitions {
  readonly policy: string;
  readonly windows: ReadonlyMap<string, Window>;
  readonly approvals: ReadonlyMap<string, ApprovalRule>;
  readonly masks: ReadonlyMap<string, NamedMask>;
  readonly patterns: readonly CustomPattern[];
}

const RULE_ID = /^[a-z0-9][a-z0-9._-]{0,79}$/i;
const GRANT_KEYS = ["id", "who", "may", "on", "during", "when", "with"];
const GUARDRAIL_KEYS = [
  "id",
  "who",
  "except",
  "to",
  "on",
  "columns",
  "used",
  "onUncertain",
  "scan",
  "literals",
  "at",
  "during",
  "when",
  "deny",
  "require",
  "mask",
  "limit",
  "record",
];
const ACTION_WORDS: readonly string[] = [...ACTIONS, ...Object.keys(COVERING_ACTIONS)];

/** A name for a rule or a policy. */
export const ruleId: Decode<string> = (node, cursor) => {
  const id = nonEmptyText(node, cursor);
  if (id === undefined || RULE_ID.test(id)) return id;
  return fail(
    cursor,
    node,
    "WRONG_VALUE",
    `\`${id}\` can't be a name: letters, digits, dots, dashes and underscores, at most 80.`,
  );
};

/** Actions, with covering names spelt out. */
export const actions: Decode<readonly Action[]> = (node, cursor) => {
  const words = listOf(oneOf(ACTION_WORDS, "an action"))(node, cursor);
  if (words === undefined) return undefined;
  const named = new Set(
    words.flatMap((word): readonly string[] => (isCovering(word) ? COVERING_ACTIONS[word] : [word])),
  );
  return ACTIONS.filter((action) => named.has(action));
};

function isCovering(word: string): word is keyof typeof COVERING_ACTIONS {
  return Object.hasOwn(COVERING_ACTIONS, word);
}

/** `{ groups: […], agents: […], kinds: […], issuer: …, claims: {…}, delegators: { groups: […] } }`; all that are given must hold. */
export const who: Decode<Who> = (node, cursor) => {
  const map = readMap(node, cursor, "`who`", ["groups", "agents", "kinds", "issuer", "claims", "delegators"]);
  if (map === undefined) return undefined;
  const selector: Who = {
    groups: map.optional("groups", listOf(nonEmptyText)),
    agents: map.optional("agents", listOf(nonEmptyText)),
    kinds: map.optional("kinds", listOf(oneOf(["human", "agent", "job"], "a kind of principal"))),
    issuer: map.optional("issuer", nonEmptyText),
    claims: map.optional("claims", claims),
    delegators: map.optional("delegators", delegators),
  };
  if (Object.values(selector).some((part) => part !== null)) return selector;
  return fail(
    cursor,
    node,
    "WRONG_VALUE",
    "`who` names nobody: give groups, agents, kinds, issuer, claims or delegators.",
  );
};

const claims: Decode<Readonly<Record<string, string>>> = (node, cursor) => {
  const entries = readEntries(node, cursor, "`claims`");
  if (entries === undefined) return undefined;
  const read: Record<string, string> = Object.create(null);
  for (const [name, , value] of entries) {
    const expected = text(value, cursor);
    if (expected !== undefined) read[name] = expected;
  }
  return { ...read };
};

const delegators: Decode<{ readonly groups: readonly string[] }> = (node, cursor) => {
  const groups = readMap(node, cursor, "`delegators`", ["groups"])?.required("groups", listOf(nonEmptyText));
  return groups === undefined ? undefined : { groups };
};

const objectPattern: Decode<ObjectPattern> = (node, cursor) => {
  const typed = nonEmptyText(node, cursor);
  if (typed === undefined) return undefined;
  const pattern = parseObjectPattern(typed);
  return typeof pattern === "string" ? fail(cursor, node, "WRONG_VALUE", pattern) : pattern;
};

/** A condition; its errors point into the expression. */
const when: Decode<When> = (node, cursor) => {
  const typed = nonEmptyText(node, cursor);
  if (typed === undefined) return undefined;
  const compiled = compileWhen(typed);
  if (compiled.ok) return compiled.when;
  const quoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE") ? 1 : 0;
  const inline = !typed.includes("\n") && isScalar(node) && (node.type === "PLAIN" || quoted === 1);
  reportAt(cursor, offsetOf(node) + (inline ? quoted + compiled.offset : 0), "error", "WRONG_WHEN", compiled.message);
  return undefined;
};

/** A name out of a table of definitions. */
export function namedIn<T>(table: ReadonlyMap<string, T>, what: string): Decode<T> {
  return (node, cursor) => {
    const name = nonEmptyText(node, cursor);
    if (name === undefined) return undefined;
    const found = table.get(name);
    if (found !== undefined) return found;
    return fail(
      cursor,
      node,
      "UNKNOWN_NAME",
      `\`${name}\` is not ${what} that this policy defines.${hint(name, [...table.keys()])}`,
    );
  };
}

function detectorIn(definitions: Definitions): Decode<string> {
  const names = [...DETECTOR_NAMES, ...definitions.patterns.map((pattern) => `custom:${pattern.name}`)];
  return oneOf(names, "a detector");
}

function originOf(map: MapReader, cursor: Cursor, policy: string): Origin {
  return { policy, file: cursor.path, line: lineOf(map.node, cursor) };
}

/** A grant: who may do what, where. */
export function parseGrant(definitions: Definitions): Decode<Grant> {
  return (node, cursor) => {
    const map = readMap(node, cursor, "a grant", GRANT_KEYS);
    if (map === undefined) return undefined;
    const id = map.required("id", ruleId);
    const selector = map.required("who", who);
    const may = map.required("may", actions);
    const on = map.required("on", listOf(objectPattern));
    const during = map.optional("during", namedIn(definitions.windows, "a window"));
    const condition = map.optional("when", when);
    const use = map.optional("with", withUse);
    if (condition?.moment === "result") {
      fail(
        cursor,
        map.at("when"),
        "WRONG_MOMENT",
        "A grant is decided before the statement runs; facts of the result are not known then.",
      );
    }
    if (id === undefined || selector === undefined || may === undefined || on === undefined) return undefined;
    const origin = originOf(map, cursor, definitions.policy);
    return {
      type: "grant",
      id,
      origin,
      who: selector,
      may,
      on,
      during,
      when: condition,
      roles: use?.roles ?? null,
      warehouses: use?.warehouses ?? null,
    };
  };
}

const withUse: Decode<{ readonly roles: readonly string[] | null; readonly warehouses: readonly string[] | null }> = (
  node,
  cursor,
) => {
  const map = readMap(node, cursor, "`with`", ["roles", "warehouses"]);
  if (map === undefined) return undefined;
  return {
    roles: map.optional("roles", listOf(nonEmptyText)),
    warehouses: map.optional("warehouses", listOf(nonEmptyText)),
  };
};

/** A guardrail: what always applies, whatever granted the access. */
export function parseGuardrail(definitions: Definitions): Decode<Guardrail> {
  return (node, cursor) => {
    const map = readMap(node, cursor, "a guardrail", GUARDRAIL_KEYS);
    if (map === undefined) return undefined;
    const id = map.required("id", ruleId);
    const literals = map.optional("literals", listOf(detectorIn(definitions)));
    const guardrail = {
      type: "guardrail" as const,
      origin: originOf(map, cursor, definitions.policy),
      who: map.optional("who", who),
      except: map.optional("except", who),
      to: map.optional("to", actions),
      on: map.optional("on", listOf(objectPattern)),
      columns: map.optional("columns", taggedColumns),
      used: map.optional("used", listOf(oneOf(["predicate", "join", "group", "order"], "a use of a column"))),
      literals,
      at:
        map.optional("at", oneOf(["statement", "result", "literals"], "a moment")) ??
        (literals === null ? "statement" : "literals"),
      during: map.optional("during", namedIn(definitions.windows, "a window")),
      when: map.optional("when", when),
      ...effects(map, definitions),
    };
    checkGuardrail(map, cursor, guardrail);
    return id === undefined ? undefined : { ...guardrail, id };
  };
}

function effects(map: MapReader, definitions: Definitions) {
  return {
    deny: map.optional("deny", nonEmptyText),
    require: map.optional("require", approvalOrName(definitions)) ?? uncertainApproval(map, definitions),
    mask: map.optional("mask", parseNamedMask(definitions.masks)),
    scan: map.optional("scan", listOf(detectorIn(definitions))),
    limit: map.optional("limit", limits),
    recordRows: map.optional("record", recordRows),
    onUncertain: map.optional("onUncertain", oneOf(["hold", "deny"], "an answer to uncertainty")),
  };
}

/** `onUncertain: hold` without `require` asks the policy's only approval, or the one named `default`. */
function uncertainApproval(map: MapReader, { approvals }: Definitions): ApprovalRule | null {
  const onUncertain = map.at("onUncertain");
  if (!isScalar(onUncertain) || onUncertain.value !== "hold") return null;
  const [only, ...others] = approvals.values();
  return approvals.get("default") ?? (others.length === 0 ? (only ?? null) : null);
}

function approvalOrName(definitions: Definitions): Decode<ApprovalRule> {
  const byName = namedIn(definitions.approvals, "an approval");
  return (node, cursor) => (isScalar(node) ? byName(node, cursor) : parseApproval(node, cursor));
}

const taggedColumns: Decode<{ readonly tagged: readonly string[]; readonly except: readonly string[] }> = (
  node,
  cursor,
) => {
  const map = readMap(node, cursor, "`columns`", ["tagged", "except"]);
  const tagged = map?.required("tagged", listOf(nonEmptyText));
  if (map === undefined || tagged === undefined) return undefined;
  return { tagged, except: map.optional("except", listOf(nonEmptyText)) ?? [] };
};

const limits: Decode<RuleLimits> = (node, cursor) => {
  const map = readMap(node, cursor, "`limit`", [
    "rows",
    "bytes",
    "seconds",
    "statements",
    "concurrent",
    "errors",
    "credits",
  ]);
  if (map === undefined) return undefined;
  return {
    rows: map.optional("rows", wholeNumber(0, 1e12)),
    bytes: map.optional("bytes", sizeBytes),
    seconds: map.optional("seconds", durationSeconds),
    statementsPerHour: map.optional("statements", ratePer("h")),
    concurrent: map.optional("concurrent", wholeNumber(1, 100_000)),
    errorsPerHour: map.optional("errors", ratePer("h")),
    creditsPerDay: map.optional("credits", ratePer("day")),
  };
};

const recordRows: Decode<number> = (node, cursor) =>
  readMap(node, cursor, "`record`", ["rows"])?.required("rows", wholeNumber(0, 1_000_000));

/** Parts that only make sense together. */
function checkGuardrail(map: MapReader, cursor: Cursor, rule: Omit<Guardrail, "id">): void {
  const keys = ["deny", "require", "mask", "scan", "limit", "record", "onUncertain"];
  if (!keys.some((key) => map.has(key))) {
    fail(cursor, map.node, "NO_EFFECT", `A guardrail must do something: give one of ${keys.join(", ")}.`);
  }
  if (map.has("used") && !map.has("columns") && rule.on?.every((pattern) => pattern.columns === null) !== false) {
    fail(
      cursor,
      map.at("used"),
      "WRONG_VALUE",
      "`used` needs `columns` (or columns named in `on`): say which columns.",
    );
  }
  if (map.has("onUncertain") && !map.has("columns")) {
    fail(
      cursor,
      map.at("onUncertain"),
      "WRONG_VALUE",
      "`onUncertain` needs `columns: { tagged: [...] }`: say which columns.",
    );
  }
  if (rule.when?.moment === "result" && rule.at !== "result") {
    fail(
      cursor,
      map.at("when"),
      "WRONG_MOMENT",
      "`result.…` is known only when the result is announced: add `at: result`.",
    );
  }
  if (rule.at === "literals" && rule.literals === null) {
    fail(cursor, map.at("at"), "WRONG_MOMENT", "`at: literals` needs `literals: [...]`: say which detectors.");
  }
  if (rule.literals !== null && rule.at !== "literals") {
    fail(cursor, map.at("at"), "WRONG_MOMENT", "`literals` speaks on the way in: leave `at` out.");
  }
}
