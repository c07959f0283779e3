/**
 * The policy engine: what the gateway, the console and the command line all call, so that what the editor shows
 * is what the gateway does. Pure: no clock, no I/O, no environment; what it needs of cryptography is passed in.
 */
export type { Crypto } from "./crypto.ts";
export * from "./decision.ts";
export * from "./facts.ts";
export { canonicalJson } from "./canonical-json.ts";
export { type Bundle, type BundleFile, type ParsedBundle, parseBundle } from "./policy/bundle.ts";
export { type Diagnostic, type DiagnosticCode } from "./policy/diagnostic.ts";
export type * from "./policy/documents.ts";
export { canonicalFacts, decide, ENGINE } from "./decide/decide.ts";
