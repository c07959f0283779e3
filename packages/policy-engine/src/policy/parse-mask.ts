/**
 * Reads a mask: a name out of `define.masks`, the bare name of a method without parameters, or a mapping.
 * The plain word `null` is the method, not an absent value.
 */
import { isScalar } from "yaml";
import type { Mask } from "../decision.ts";
import { hint } from "./diagnostic.ts";
import type { NamedMask } from "./documents.ts";
import {
  bool,
  type Cursor,
  type Decode,
  fail,
  type MapReader,
  nonEmptyText,
  oneOf,
  readMap,
  wholeNumber,
} from "./yaml-reader.ts";

const METHODS = ["redact", "null", "hmac", "partial", "generalise", "date-shift"] as const;
type Method = (typeof METHODS)[number];

/** Parameters that each method takes. */
const PARAMETERS: Readonly<Record<Method, readonly string[]>> = {
  redact: [],
  null: [],
  hmac: ["domain", "keepJoin"],
  partial: ["keep"],
  generalise: ["to"],
  "date-shift": ["days"],
};

const method: Decode<Method> = (node, cursor) =>
  isNullWord(node) ? "null" : oneOf(METHODS, "a masking method")(node, cursor);

function isNullWord(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === "null";
}

/** A definition under `define.masks`; `name` is the default domain of an `hmac` mask. */
export function parseMask(node: unknown, cursor: Cursor, name: string): Mask | undefined {
  const map = readMap(node, cursor, "a mask", ["method", "domain", "keepJoin", "keep", "to", "days"]);
  const chosen = map?.required("method", method);
  if (map === undefined || chosen === undefined) return undefined;
  for (const key of ["domain", "keepJoin", "keep", "to", "days"]) {
    if (map.has(key) && !PARAMETERS[chosen].includes(key))
      fail(cursor, map.at(key), "UNKNOWN_KEY", `\`${key}\` is not a parameter of \`${chosen}\`.`);
  }
  return maskOf(chosen, map, name);
}

function maskOf(chosen: Method, map: MapReader, name: string): Mask | undefined {
  switch (chosen) {
    case "redact":
    case "null":
      return { method: chosen };
    case "hmac":
      return {
        method: "hmac",
        domain: map.optional("domain", nonEmptyText) ?? name,
        keepJoin: map.optional("keepJoin", bool) ?? false,
      };
    case "partial": {
      const keep = map.required("keep", oneOf(["last4", "domain", "first1"], "a part to keep"));
      return keep === undefined ? undefined : { method: "partial", keep };
    }
    case "generalise": {
      const to = map.required("to", oneOf(["year", "month", "decade", "zip3"], "a generalisation"));
      return to === undefined ? undefined : { method: "generalise", to };
    }
    case "date-shift": {
      const days = map.required("days", wholeNumber(1, 3650));
      return days === undefined ? undefined : { method: "date-shift", days };
    }
  }
}

/** `mask: pseudonym`, `mask: redact`, `mask: null` or `mask: { method: partial, keep: last4 }`. */
export function parseNamedMask(masks: ReadonlyMap<string, NamedMask>): Decode<NamedMask> {
  return (node, cursor) => {
    if (isNullWord(node)) return { label: "null", mask: { method: "null" } };
    if (!isScalar(node)) {
      const mask = parseMask(node, cursor, "inline");
      return mask === undefined ? undefined : { label: mask.method, mask };
    }
    const name = nonEmptyText(node, cursor);
    if (name === undefined) return undefined;
    const named = masks.get(name);
    if (named !== undefined) return named;
    if (name === "redact" || name === "null") return { label: name, mask: { method: name } };
    const names = [...masks.keys(), "redact", "null"];
    return fail(
      cursor,
      node,
      "UNKNOWN_NAME",
      `\`${name}\` is not a mask that this policy defines, nor a method without parameters.${hint(name, names)}`,
    );
  };
}
