/**
 * The policy engine: what the gateway, the console and the command line all call, so that what the editor shows
 * is what the gateway does. Pure: no clock, no I/O, no environment; what it needs of cryptography is passed in.
 */

export { canonicalJson } from "./canonical-json.ts";
export type { Crypto } from "./crypto.ts";
export {
  type ApprovalInput,
  type ApprovedStatement,
  approvalDigest,
  determiningRules,
  ruleDigest,
} from "./decide/approval-digest.ts";
export { canonicalFacts, decide, ENGINE } from "./decide/decide.ts";
export { joinDecisions } from "./decide/join-decisions.ts";
export * from "./decision.ts";
export { explainDecision } from "./explain/explain-decision.ts";
export { runTests, type TestReport, type TestResult } from "./explain/run-tests.ts";
export * from "./facts.ts";
export type { CustomDetector } from "./mask/detect-custom.ts";
export { DETECTOR_NAMES, detect, detectLiterals, type Finding, MASK_TOKEN, mayHold } from "./mask/detectors.ts";
export { type DocumentPlan, maskDocument } from "./mask/mask-document.ts";
export { dateShiftDays, type MaskKeys, maskText, REDACTED, TOKEN_PREFIX } from "./mask/mask-text.ts";
export { scanText } from "./mask/scan-text.ts";
export { type Bundle, type BundleFile, type ParsedBundle, parseBundle } from "./policy/bundle.ts";
export type { Diagnostic, DiagnosticCode } from "./policy/diagnostic.ts";
export type * from "./policy/documents.ts";
export { mergeCatalog } from "./policy/merge-catalog.ts";
export { analyse, analyseJsonLine, literalsOf } from "./sql/index.ts";
