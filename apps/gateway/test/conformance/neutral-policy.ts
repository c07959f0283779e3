/**
 * A policy under which the gateway has nothing to change: everybody may do everything, nothing is masked by tag.
 *
 * Values are still scanned, as the shipped bundle does, so that every result goes through the masking code; the
 * scenario's values hold nothing that a scan would find. It stands in the place of the demo's two policies.
 */

import type { ConfigFile } from "@sluice/contracts";

const TEXT = `apiVersion: sluice/v1
kind: Policy
name: conformance
owner: tests@demo.example
summary: Nothing is refused and nothing is masked, so that drivers must see what they see without a gateway.
grants:
  - id: everything
    who: { kinds: [human, agent, job] }
    may: [read, write, delete, truncate, ddl, session, metadata, transaction, explain, history, call, unknown]
    on: ["snowflake:*"]
guardrails:
  - id: scan-everything
    scan: [card, ssn, secret]
    mask: redact
`;

/** The documents that replace the demo's policies; an empty text leaves one out. */
export const NEUTRAL_POLICY: readonly ConfigFile[] = [
  { path: "baseline.policy.yaml", text: "" },
  { path: "demo.policy.yaml", text: TEXT },
];
