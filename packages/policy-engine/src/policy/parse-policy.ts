/**
 * Reads a `kind: Policy` document: definitions, patterns, grants, guardrails.
 */
import type { Grant, Guardrail, PolicyDocument } from "./documents.ts";
import { NO_DEFINITIONS, parseDefine, parsePatterns } from "./parse-define.ts";
import { type Definitions, parseGrant, parseGuardrail, ruleId } from "./parse-rule.ts";
import { anyListOf, type Cursor, type Decode, lineOf, nonEmptyText, readMap } from "./yaml-reader.ts";

const POLICY_KEYS = ["apiVersion", "kind", "name", "owner", "summary", "define", "grants", "guardrails", "patterns"];

/** A policy, or undefined when a part that everything hangs on can't be read. Errors stand in `cursor.report`. */
export function parsePolicy(node: unknown, cursor: Cursor): PolicyDocument | undefined {
  const map = readMap(node, cursor, "a Policy", POLICY_KEYS);
  const name = map?.required("name", ruleId);
  if (map === undefined || name === undefined) return undefined;
  const define = map.optional("define", parseDefine) ?? NO_DEFINITIONS;
  const patterns = map.optional("patterns", parsePatterns) ?? [];
  const definitions: Definitions = { ...define, policy: name, patterns };
  const grants: Decode<readonly Grant[]> = anyListOf(parseGrant(definitions));
  const guardrails: Decode<readonly Guardrail[]> = anyListOf(parseGuardrail(definitions));
  return {
    kind: "Policy",
    name,
    owner: map.optional("owner", nonEmptyText),
    summary: map.optional("summary", nonEmptyText),
    origin: { policy: name, file: cursor.path, line: lineOf(node, cursor) },
    grants: map.optional("grants", grants) ?? [],
    guardrails: map.optional("guardrails", guardrails) ?? [],
    patterns,
  };
}
