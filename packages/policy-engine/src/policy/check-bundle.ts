/**
 * What can only be checked over all documents of a bundle: names that must be unique, and warnings that a reader
 * of one rule can't see. Warnings never keep a bundle from loading.
 */
import type { Diagnostic, DiagnosticCode } from "./diagnostic.ts";
import type { CatalogDocument, Guardrail, Origin, PolicyDocument } from "./documents.ts";

/** Tags whose columns have few possible values: a keyed token of each is a dictionary away. */
const SMALL_DOMAIN_TAGS = ["ssn", "card", "date-of-birth", "dob", "birthdate", "phone", "gender", "zip"];
const RULES_MAX = 20_000;

function diagnostic(origin: Origin, severity: "error" | "warning", code: DiagnosticCode, message: string): Diagnostic {
  return { path: origin.file, line: origin.line, column: 1, severity, code, message };
}

export function checkBundle(
  policies: readonly PolicyDocument[],
  catalogs: readonly CatalogDocument[],
): readonly Diagnostic[] {
  const report: Diagnostic[] = [];
  const seen = new Map<string, Origin>();
  const once = (what: string, name: string, origin: Origin): void => {
    const first = seen.get(`${what} ${name}`);
    if (first === undefined) seen.set(`${what} ${name}`, origin);
    else
      report.push(
        diagnostic(
          origin,
          "error",
          "DUPLICATE",
          `There is a ${what} \`${name}\` already, at ${first.file}:${first.line}.`,
        ),
      );
  };
  for (const policy of policies) {
    once("policy", policy.name, policy.origin);
    for (const rule of [...policy.grants, ...policy.guardrails]) once("rule", rule.id, rule.origin);
    for (const pattern of policy.patterns) once("pattern", pattern.name, policy.origin);
    for (const rule of policy.guardrails) report.push(...checkGuardrail(rule));
  }
  const rules = policies.reduce((sum, policy) => sum + policy.grants.length + policy.guardrails.length, 0);
  const [firstPolicy] = policies;
  if (rules > RULES_MAX && firstPolicy !== undefined)
    report.push(diagnostic(firstPolicy.origin, "error", "TOO_LARGE", `At most ${RULES_MAX} rules make a bundle.`));
  report.push(...checkTags(policies, catalogs));
  return report;
}

function checkGuardrail(rule: Guardrail): readonly Diagnostic[] {
  const report: Diagnostic[] = [];
  const small =
    rule.mask?.mask.method === "hmac"
      ? rule.columns?.tagged.filter((tag) => SMALL_DOMAIN_TAGS.includes(tag))
      : undefined;
  if (small !== undefined && small.length > 0) {
    report.push(
      diagnostic(
        rule.origin,
        "warning",
        "SMALL_DOMAIN",
        `\`${rule.id}\` makes tokens of values that are few enough to guess (${small.join(", ")}): use redact or partial.`,
      ),
    );
  }
  if (rule.onUncertain === "hold" && rule.require === null) {
    report.push(
      diagnostic(
        rule.origin,
        "warning",
        "NO_EFFECT",
        `\`${rule.id}\` holds when unsure but names nobody to ask, so nobody can approve: add \`require\`.`,
      ),
    );
  }
  return report;
}

/** A tag that a rule names and no column carries is likely a misspelling; only said where there is a catalog at all. */
function checkTags(policies: readonly PolicyDocument[], catalogs: readonly CatalogDocument[]): readonly Diagnostic[] {
  const known = new Set<string>();
  for (const table of catalogs.flatMap((catalog) => catalog.tables)) {
    for (const column of table.columns) {
      for (const tag of [...(column.tags ?? []), ...Object.values(column.paths ?? {}).flat()]) known.add(tag);
    }
  }
  if (known.size === 0) return [];
  const report: Diagnostic[] = [];
  for (const rule of policies.flatMap((policy) => policy.guardrails)) {
    for (const tag of rule.columns?.tagged ?? []) {
      if (!known.has(tag))
        report.push(
          diagnostic(
            rule.origin,
            "warning",
            "UNUSED",
            `No column of the catalog is tagged \`${tag}\`, which \`${rule.id}\` names.`,
          ),
        );
    }
  }
  return report;
}
