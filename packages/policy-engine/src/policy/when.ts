/**
 * `when`: CEL over a closed, typed list of factors.
 *
 * Parsed and type-checked by the CEL library; evaluated here, over a closed subset, in Kleene's three-valued logic:
 * an unknown fact or a fault makes the answer unknown (null) unless the other side of `&&` or `||` settles it.
 * Must never read a clock, do I/O, loop over data of unbounded size, or run a backtracking regular expression.
 */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import type { DecisionFacts } from "../decision.ts";
import { hint } from "./diagnostic.ts";
import { FACTORS, type Factor, type FactorValue, factorSchemas } from "./factors.ts";

export interface When {
  readonly text: string;
  /** The earliest moment at which every factor it names is known. */
  readonly moment: "statement" | "result";
  /** true, false, or null when it can't be known. */
  readonly evaluate: (facts: DecisionFacts) => boolean | null;
}

export type WhenResult =
  | { readonly ok: true; readonly when: When }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** A value of an expression; null is unknown. */
type Value = FactorValue | null;
type Run = (facts: DecisionFacts) => Value;

const TEXT_MAX = 2000;
const RE2_MAX = 200;
const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 200, maxMapEntries: 0, maxCallArguments: 2 };

class WhenError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function newEnvironment(): Environment {
  const environment = new Environment({ limits: LIMITS });
  for (const [name, schema] of Object.entries(factorSchemas())) {
    if (typeof schema === "string") environment.registerVariable(name, schema);
    else environment.registerVariable({ name, schema });
  }
  // Only its type is used: evaluation is ours.
  environment.registerFunction("re2(string, string): bool", () => false);
  return environment;
}

const environment = newEnvironment();

/** Compiles an expression, or says what is wrong with it and at which offset of `text`. */
export function compileWhen(text: string): WhenResult {
  if (text.length > TEXT_MAX)
    return { ok: false, message: `A condition may have at most ${TEXT_MAX} characters.`, offset: 0 };
  try {
    const moments = new Set<string>();
    const ast = parse(text);
    const run = compile(ast, moments);
    checkType(text);
    const evaluate = (facts: DecisionFacts): boolean | null => {
      const value = run(facts);
      return typeof value === "boolean" ? value : null;
    };
    return { ok: true, when: { text, moment: moments.has("result") ? "result" : "statement", evaluate } };
  } catch (error) {
    if (error instanceof WhenError) return { ok: false, message: error.message, offset: error.offset };
    throw error;
  }
}

function parse(text: string): ASTNode {
  try {
    return environment.parse(text).ast;
  } catch (error) {
    throw asWhenError(error);
  }
}

function checkType(text: string): void {
  const checked = environment.check(text);
  if (!checked.valid) throw asWhenError(checked.error);
  if (checked.type !== "bool")
    throw new WhenError(`A condition must be true or false; this is ${checked.type ?? "something else"}.`, 0);
}

function asWhenError(error: unknown): WhenError {
  if (!(error instanceof Error)) return new WhenError("The condition can't be read.", 0);
  const summary =
    "summary" in error && typeof error.summary === "string" ? error.summary : (error.message.split("\n")[0] ?? "");
  const range = "range" in error ? error.range : undefined;
  const start =
    typeof range === "object" && range !== null && "start" in range && typeof range.start === "number"
      ? range.start
      : 0;
  return new WhenError(`The condition can't be read: ${summary}.`, start);
}

function compile(node: ASTNode, moments: Set<string>): Run {
  const sub = (child: ASTNode): Run => compile(child, moments);
  switch (node.op) {
    case "value":
      return constant(literal(node.args, node.start));
    case "id":
    case ".":
      return readFactor(node, moments);
    case "list":
      return list(node.args.map(sub));
    case "!_":
      return not(sub(node.args));
    case "-_":
      return numeric(constant(0), sub(node.args), (a, b) => a - b);
    case "&&":
      return settle(sub(node.args[0]), sub(node.args[1]), false);
    case "||":
      return settle(sub(node.args[0]), sub(node.args[1]), true);
    case "?:":
      return choose(sub(node.args[0]), sub(node.args[1]), sub(node.args[2]));
    case "==":
      return both(sub(node.args[0]), sub(node.args[1]), isEqual);
    case "!=":
      return both(sub(node.args[0]), sub(node.args[1]), (a, b) => !isEqual(a, b));
    case "in":
      return both(sub(node.args[0]), sub(node.args[1]), (a, b) =>
        Array.isArray(b) ? b.some((item) => isEqual(a, item)) : null,
      );
    case "<":
      return compare(sub(node.args[0]), sub(node.args[1]), (order) => order < 0);
    case "<=":
      return compare(sub(node.args[0]), sub(node.args[1]), (order) => order <= 0);
    case ">":
      return compare(sub(node.args[0]), sub(node.args[1]), (order) => order > 0);
    case ">=":
      return compare(sub(node.args[0]), sub(node.args[1]), (order) => order >= 0);
    case "+":
      return numeric(sub(node.args[0]), sub(node.args[1]), (a, b) => a + b);
    case "-":
      return numeric(sub(node.args[0]), sub(node.args[1]), (a, b) => a - b);
    case "*":
      return numeric(sub(node.args[0]), sub(node.args[1]), (a, b) => a * b);
    case "call":
      return call(node.args[0], node.args[1], node, moments);
    case "rcall":
      return method(node.args[0], node.args[1], node.args[2], node, moments);
    default:
      throw new WhenError(`\`${node.op}\` can't be used in a condition.`, node.start);
  }
}

function constant(value: Value): Run {
  return () => value;
}

function literal(value: unknown, offset: number): Value {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  throw new WhenError("This literal can't be used in a condition.", offset);
}

function factorName(node: ASTNode): string | null {
  if (node.op === "id") return node.args;
  if (node.op !== ".") return null;
  const parent = factorName(node.args[0]);
  return parent === null ? null : `${parent}.${node.args[1]}`;
}

function findFactor(node: ASTNode, moments: Set<string>): Factor {
  const name = factorName(node);
  const factor = name === null ? undefined : FACTORS.get(name);
  if (name === null || factor === undefined) {
    throw new WhenError(
      `\`${name ?? "this"}\` is not a fact that a condition can ask for.${hint(name ?? "", [...FACTORS.keys()])}`,
      node.start,
    );
  }
  moments.add(factor.moment);
  return factor;
}

function readFactor(node: ASTNode, moments: Set<string>): Run {
  const { read } = findFactor(node, moments);
  return (facts) => read(facts) ?? null;
}

function list(items: readonly Run[]): Run {
  return (facts) => {
    const values: (string | number | boolean)[] = [];
    for (const item of items) {
      const value = item(facts);
      if (value === null || Array.isArray(value) || typeof value === "object") return null;
      values.push(value);
    }
    return values;
  };
}

function not(run: Run): Run {
  return (facts) => {
    const value = run(facts);
    return typeof value === "boolean" ? !value : null;
  };
}

/** `&&` (decided by false) and `||` (decided by true): one deciding side settles it, whatever the other is. */
function settle(left: Run, right: Run, deciding: boolean): Run {
  return (facts) => {
    const a = left(facts);
    if (a === deciding) return deciding;
    const b = right(facts);
    if (b === deciding) return deciding;
    return typeof a === "boolean" && typeof b === "boolean" ? !deciding : null;
  };
}

function choose(condition: Run, yes: Run, no: Run): Run {
  return (facts) => {
    const value = condition(facts);
    if (value === true) return yes(facts);
    return value === false ? no(facts) : null;
  };
}

function both(left: Run, right: Run, join: (a: FactorValue, b: FactorValue) => boolean | null): Run {
  return (facts) => {
    const a = left(facts);
    const b = right(facts);
    return a === null || b === null ? null : join(a, b);
  };
}

function isEqual(a: FactorValue, b: FactorValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => item === b[i]);
  return a === b;
}

function compare(left: Run, right: Run, accept: (order: number) => boolean): Run {
  return both(left, right, (a, b) => {
    if (typeof a === "number" && typeof b === "number") return accept(a - b);
    if (typeof a === "string" && typeof b === "string") return accept(a < b ? -1 : a > b ? 1 : 0);
    return null;
  });
}

function numeric(left: Run, right: Run, apply: (a: number, b: number) => number): Run {
  return (facts) => {
    const a = left(facts);
    const b = right(facts);
    if (typeof a !== "number" || typeof b !== "number") return null;
    const value = apply(a, b);
    return Number.isFinite(value) ? value : null;
  };
}

function call(name: string, args: readonly ASTNode[], node: ASTNode, moments: Set<string>): Run {
  const [first, second] = args;
  if (name === "has" && first !== undefined && args.length === 1) {
    const { read } = findFactor(first, moments);
    return (facts) => (read(facts) ?? null) !== null;
  }
  if (name === "size" && first !== undefined && args.length === 1) return size(compile(first, moments));
  if (name === "re2" && first !== undefined && second !== undefined && args.length === 2) {
    return linearMatch(compile(first, moments), second);
  }
  throw new WhenError(`\`${name}()\` can't be used in a condition. Known: has, size, re2.`, node.start);
}

function size(run: Run): Run {
  return (facts) => {
    const value = run(facts);
    return typeof value === "string" || Array.isArray(value) ? value.length : null;
  };
}

function linearMatch(subject: Run, pattern: ASTNode): Run {
  if (pattern.op !== "value" || typeof pattern.args !== "string" || pattern.args.length > RE2_MAX) {
    throw new WhenError(
      `re2's second argument must be a literal text of at most ${RE2_MAX} characters.`,
      pattern.start,
    );
  }
  const compiled = compilePattern(pattern.args, pattern.start);
  return (facts) => {
    const value = subject(facts);
    return typeof value === "string" ? compiled.matcher(value).find() : null;
  };
}

function compilePattern(text: string, offset: number): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    throw new WhenError(`The pattern can't be read: ${error instanceof Error ? error.message : "unknown"}.`, offset);
  }
}

const METHODS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

function method(name: string, receiver: ASTNode, args: readonly ASTNode[], node: ASTNode, moments: Set<string>): Run {
  const [only] = args;
  if (name === "matches")
    throw new WhenError("`matches` can backtrack without end: use re2(text, 'pattern').", node.start);
  if (name === "size" && args.length === 0) return size(compile(receiver, moments));
  const apply = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (apply === undefined || only === undefined || args.length !== 1) {
    throw new WhenError(
      `\`.${name}()\` can't be used in a condition. Known: ${Object.keys(METHODS).join(", ")}, size.`,
      node.start,
    );
  }
  return both(compile(receiver, moments), compile(only, moments), (a, b) =>
    typeof a === "string" && typeof b === "string" ? apply(a, b) : null,
  );
}
