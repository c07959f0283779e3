/**
 * Which guardrails are about columns although they name no tags. They must be followed through views, so that
 * neither the index nor the match may go by the accessed object alone.
 */
import type { Guardrail } from "../policy/documents.ts";

/**
 * Is the guardrail, though it names no tags, about columns? Then it must follow them through views: the access
 * is on the view, and only the lineage names the table that `on` speaks of.
 */
export function isAboutColumns(rule: Guardrail): boolean {
  if (rule.columns !== null || rule.on === null) return false;
  return (
    rule.mask !== null ||
    rule.scan !== null ||
    rule.used !== null ||
    rule.on.some((pattern) => pattern.columns !== null)
  );
}
