/**
 * The documents of a bundle, as the parser has understood them: every name resolved, every number in its unit.
 * Absent parts are null, so that the engine asks one question of each. Types only.
 */
import type { ApprovalRequirement, Mask } from "../decision.ts";
import type { Action, CatalogTable, ColumnUse } from "../facts.ts";
import type { ObjectPattern } from "./object-pattern.ts";
import type { When } from "./when.ts";

export interface Who {
  readonly groups: readonly string[] | null;
  readonly agents: readonly string[] | null;
  readonly kinds: readonly ("human" | "agent" | "job")[] | null;
  readonly issuer: string | null;
  readonly claims: Readonly<Record<string, string>> | null;
  readonly delegators: { readonly groups: readonly string[] } | null;
}

export interface Window {
  readonly name: string;
  /** 0 is Sunday. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly zone: string;
}

export type ApprovalRule = Omit<ApprovalRequirement, "because">;

export interface NamedMask {
  readonly label: string;
  readonly mask: Mask;
}

/** Where a rule is written. */
export interface Origin {
  readonly policy: string;
  readonly file: string;
  readonly line: number;
}

interface RuleParts {
  readonly id: string;
  readonly origin: Origin;
  readonly who: Who | null;
  readonly during: Window | null;
  readonly when: When | null;
}

export interface Grant extends RuleParts {
  readonly type: "grant";
  readonly may: readonly Action[];
  readonly on: readonly ObjectPattern[];
  readonly roles: readonly string[] | null;
  readonly warehouses: readonly string[] | null;
}

export interface RuleLimits {
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly seconds: number | null;
  readonly statementsPerHour: number | null;
  readonly concurrent: number | null;
  readonly errorsPerHour: number | null;
  readonly creditsPerDay: number | null;
}

export interface Guardrail extends RuleParts {
  readonly type: "guardrail";
  readonly to: readonly Action[] | null;
  readonly on: readonly ObjectPattern[] | null;
  readonly except: Who | null;
  readonly columns: { readonly tagged: readonly string[]; readonly except: readonly string[] } | null;
  readonly used: readonly ColumnUse[] | null;
  readonly literals: readonly string[] | null;
  readonly at: "statement" | "result" | "literals";
  readonly deny: string | null;
  readonly require: ApprovalRule | null;
  readonly mask: NamedMask | null;
  readonly scan: readonly string[] | null;
  readonly limit: RuleLimits | null;
  readonly recordRows: number | null;
  readonly onUncertain: "hold" | "deny" | null;
}

export interface CustomPattern {
  readonly name: string;
  readonly re2: string;
  readonly words: readonly string[];
}

export interface PolicyDocument {
  readonly kind: "Policy";
  readonly name: string;
  readonly owner: string | null;
  readonly summary: string | null;
  readonly origin: Origin;
  readonly grants: readonly Grant[];
  readonly guardrails: readonly Guardrail[];
  readonly patterns: readonly CustomPattern[];
}

export interface CatalogDocument {
  readonly kind: "Catalog";
  readonly name: string | null;
  readonly path: string;
  readonly defaultDatabase: string | null;
  readonly defaultSchema: string | null;
  readonly tables: readonly CatalogTable[];
}

export interface TestPerson {
  readonly kind: "human" | "agent" | "job";
  readonly id: string;
  readonly groups: readonly string[];
  readonly agent: string | null;
  readonly issuer: string | null;
  readonly claims: Readonly<Record<string, string>> | null;
  readonly delegator: { readonly id: string; readonly groups: readonly string[] } | null;
}

export interface TestSession {
  readonly database: string | null;
  readonly schema: string | null;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly inTransaction: boolean;
}

export interface TestExpectation {
  readonly decision: "allow" | "hold" | "deny" | null;
  readonly masks: Readonly<Record<string, string>> | null;
  /** Output name → the rule because of which it is scanned. */
  readonly scans: Readonly<Record<string, string>> | null;
  readonly because: readonly string[] | null;
  readonly near: readonly string[] | null;
  readonly from: readonly string[] | null;
  readonly sentence: string | null;
  readonly complete: boolean | null;
}

export interface TestCase {
  readonly name: string;
  readonly line: number;
  readonly as: string;
  readonly at: string;
  readonly sql: string;
  readonly session: TestSession;
  readonly result: { readonly rows: number } | null;
  readonly binds: readonly string[];
  readonly expect: TestExpectation;
}

export interface PolicyTestDocument {
  readonly kind: "PolicyTest";
  readonly path: string;
  /** The path of a Catalog document's file, relative to this one. */
  readonly catalog: string | null;
  readonly connection: string;
  readonly people: Readonly<Record<string, TestPerson>>;
  readonly cases: readonly TestCase[];
}
