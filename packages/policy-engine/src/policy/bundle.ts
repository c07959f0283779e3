/**
 * A bundle: the policy set in force, named by the SHA-256 of its canonical documents.
 *
 * Any error in any document, a document of an unknown kind, or one newer than this engine gives no bundle at all:
 * whoever loads keeps the last good one. Order and file boundaries change nothing but where rules point.
 */
import { type Document, isMap, isScalar, LineCounter, parseAllDocuments } from "yaml";
import { canonicalJson } from "../canonical-json.ts";
import type { Crypto } from "../crypto.ts";
import { type CompiledRules, compileRules } from "../decide/compile.ts";
import { checkBundle } from "./check-bundle.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { hint } from "./diagnostic.ts";
import type { CatalogDocument, CustomPattern, PolicyDocument, PolicyTestDocument } from "./documents.ts";
import { parseCatalog } from "./parse-catalog.ts";
import { parsePolicy } from "./parse-policy.ts";
import { parseTest } from "./parse-test.ts";
import { type Cursor, fail, reportAt, text } from "./yaml-reader.ts";

export interface BundleFile {
  readonly path: string;
  readonly text: string;
}

/** Opaque but for what is documented here. Immutable. */
export interface Bundle {
  /** SHA-256 (hex) over the canonical JSON of the Policy and Catalog documents, in canonical order. */
  readonly digest: string;
  readonly policies: readonly PolicyDocument[];
  readonly catalogs: readonly CatalogDocument[];
  readonly tests: readonly PolicyTestDocument[];
  /** Every custom detector, for `detect`, `scanText` and `detectLiterals`. */
  readonly patterns: readonly CustomPattern[];
  /** Detectors that some rule runs over literals on the way in: give them to `detectLiterals`. */
  readonly literalDetectors: readonly string[];
  readonly compiled: CompiledRules;
}

export interface ParsedBundle {
  readonly bundle: Bundle | null;
  readonly diagnostics: readonly Diagnostic[];
}

const API_VERSION = "sluice/v1";
const OWN_KINDS = ["Policy", "PolicyTest", "Catalog"] as const;
/** Kinds of the same configuration folder that other programs read. */
const OTHER_KINDS = ["Connection", "Agent", "Person", "Job", "Group", "IdentityProvider", "Channel", "Retention"];
const FILES_MAX = 1000;
const TEXT_MAX = 2 * 1024 * 1024;

interface Collected {
  readonly policies: PolicyDocument[];
  readonly catalogs: CatalogDocument[];
  readonly tests: PolicyTestDocument[];
  readonly deciding: string[];
}

/** Parses and checks a folder's documents. `bundle` is null when any diagnostic is an error. */
export function parseBundle(files: readonly BundleFile[], crypto: Crypto): ParsedBundle {
  const report: Diagnostic[] = [];
  const collected: Collected = { policies: [], catalogs: [], tests: [], deciding: [] };
  if (files.length > FILES_MAX) {
    report.push({
      path: "",
      line: 1,
      column: 1,
      severity: "error",
      code: "TOO_LARGE",
      message: `At most ${FILES_MAX} files make a bundle.`,
    });
    return { bundle: null, diagnostics: report };
  }
  for (const file of files) parseFile(file, collected, report);
  report.push(...checkBundle(collected.policies, collected.catalogs));
  if (report.some((diagnostic) => diagnostic.severity === "error")) return { bundle: null, diagnostics: report };
  return { bundle: newBundle(collected, crypto), diagnostics: report };
}

function newBundle(collected: Collected, crypto: Crypto): Bundle {
  const { policies, catalogs, tests, deciding } = collected;
  return {
    digest: crypto.sha256Hex(`[${[...deciding].sort().join(",")}]`),
    policies,
    catalogs,
    tests,
    patterns: policies.flatMap((policy) => policy.patterns),
    literalDetectors: [
      ...new Set(policies.flatMap((policy) => policy.guardrails.flatMap((rule) => rule.literals ?? []))),
    ].sort(),
    compiled: compileRules(policies),
  };
}

function parseFile(file: BundleFile, collected: Collected, report: Diagnostic[]): void {
  const lines = new LineCounter();
  const cursor: Cursor = { path: file.path, lines, report };
  if (file.text.length > TEXT_MAX) {
    reportAt(cursor, 0, "error", "TOO_LARGE", `A file may have at most ${TEXT_MAX} characters.`);
    return;
  }
  const documents = parseAllDocuments(file.text, {
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    schema: "core",
    prettyErrors: false,
  });
  for (const document of documents) parseDocument(document, cursor, collected);
}

function parseDocument(document: Document.Parsed, cursor: Cursor, collected: Collected): void {
  for (const error of [...document.errors, ...document.warnings]) {
    reportAt(cursor, error.pos[0], "error", error.code === "DUPLICATE_KEY" ? "DUPLICATE" : "YAML", error.message);
  }
  const node: unknown = document.contents;
  const isEmpty = node === null || (isScalar(node) && node.value === null);
  if (document.errors.length > 0 || isEmpty) return;
  if (!isMap(node)) {
    fail(cursor, node, "NOT_A_DOCUMENT", "A document must be a mapping with `apiVersion` and `kind`.");
    return;
  }
  const kind = readKind(node.get("kind", true), node.get("apiVersion", true), node, cursor);
  if (kind === null) return;
  const before = cursor.report.length;
  collect(kind, node, cursor, collected);
  const isWhole = !cursor.report.slice(before).some((diagnostic) => diagnostic.severity === "error");
  if (kind !== "PolicyTest" && isWhole) collected.deciding.push(canonicalJson(document.toJS({ maxAliasCount: 0 })));
}

/** The kind, or null when the document isn't ours or can't be one. */
function readKind(
  kindNode: unknown,
  versionNode: unknown,
  node: unknown,
  cursor: Cursor,
): (typeof OWN_KINDS)[number] | null {
  if (versionNode === undefined || kindNode === undefined) {
    fail(cursor, node, "NOT_A_DOCUMENT", "A document needs `apiVersion: sluice/v1` and `kind`.");
    return null;
  }
  const version = text(versionNode, cursor);
  const kind = text(kindNode, cursor);
  if (version === undefined || kind === undefined) return null;
  if (version !== API_VERSION) {
    fail(
      cursor,
      versionNode,
      "UNKNOWN_VERSION",
      `\`${version}\` is not a version that this engine reads: it reads ${API_VERSION}.`,
    );
    return null;
  }
  const own = OWN_KINDS.find((candidate) => candidate === kind);
  if (own !== undefined) return own;
  if (!OTHER_KINDS.includes(kind))
    fail(
      cursor,
      kindNode,
      "UNKNOWN_KIND",
      `\`${kind}\` is not a kind of document.${hint(kind, [...OWN_KINDS, ...OTHER_KINDS])}`,
    );
  return null;
}

function collect(kind: (typeof OWN_KINDS)[number], node: unknown, cursor: Cursor, collected: Collected): void {
  switch (kind) {
    case "Policy": {
      const policy = parsePolicy(node, cursor);
      if (policy !== undefined) collected.policies.push(policy);
      return;
    }
    case "Catalog": {
      const catalog = parseCatalog(node, cursor);
      if (catalog !== undefined) collected.catalogs.push(catalog);
      return;
    }
    case "PolicyTest": {
      const test = parseTest(node, cursor);
      if (test !== undefined) collected.tests.push(test);
      return;
    }
  }
}
