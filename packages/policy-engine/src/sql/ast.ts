/**
 * The tree of a statement: the intermediate form that the resolver reads. Every node has a span, and every
 * sub-expression of accepted text is in the tree; a parser that can't keep something must refuse the text.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Ident extends Span {
  readonly name: string;
  readonly quoted: boolean;
}

export interface Literal extends Span {
  readonly k: "literal";
  readonly type: "string" | "number" | "null" | "true" | "false" | "other";
  readonly value: string;
}
export interface ColumnName extends Span {
  readonly k: "column";
  readonly parts: readonly Ident[];
}
/** `$1`, `t.$2` */
export interface PositionalColumn extends Span {
  readonly k: "positional";
  readonly parts: readonly Ident[];
  readonly index: number;
}
export interface Variable extends Span {
  readonly k: "variable";
  readonly name: string;
}
export interface Bind extends Span {
  readonly k: "bind";
}
export interface Star extends Span {
  readonly k: "star";
  readonly parts: readonly Ident[];
  readonly ilike: string | null;
  readonly exclude: readonly Ident[];
  readonly replace: readonly { readonly value: Expr; readonly name: Ident }[];
  readonly rename: readonly { readonly from: Ident; readonly to: Ident }[];
}
export type PathStep = { readonly name: string } | { readonly index: string } | { readonly value: Expr };
export interface Path extends Span {
  readonly k: "path";
  readonly base: Expr;
  readonly steps: readonly PathStep[];
}
export interface Cast extends Span {
  readonly k: "cast";
  readonly value: Expr;
  /** Every type of the chain is a text without a length: the value arrives as it is. */
  readonly toText: boolean;
}
/** Operators, array and object constructors, tuples: everything whose value is computed from all of its parts. */
export interface Operation extends Span {
  readonly k: "op";
  readonly op: string;
  readonly args: readonly Expr[];
}
export interface Case extends Span {
  readonly k: "case";
  readonly operand: Expr | null;
  readonly whens: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise: Expr | null;
}
export interface OrderItem {
  readonly value: Expr;
}
export interface Window {
  readonly partition: readonly Expr[];
  readonly order: readonly OrderItem[];
  readonly frame: readonly Expr[];
}
export interface Argument {
  readonly name: string | null;
  readonly value: Expr;
}
export interface Call extends Span {
  readonly k: "call";
  readonly name: readonly Ident[];
  readonly args: readonly Argument[];
  readonly distinct: boolean;
  readonly within: readonly OrderItem[];
  readonly filter: Expr | null;
  readonly over: Window | null;
}
export interface Subquery extends Span {
  readonly k: "query";
  readonly mode: "value" | "exists";
  readonly query: Query;
}
export interface Lambda extends Span {
  readonly k: "lambda";
  readonly params: readonly string[];
  readonly body: Expr;
}

export type Expr =
  | Literal
  | ColumnName
  | PositionalColumn
  | Variable
  | Bind
  | Star
  | Path
  | Cast
  | Operation
  | Case
  | Call
  | Subquery
  | Lambda;

export interface SelectItem extends Span {
  readonly value: Expr;
  readonly alias: Ident | null;
}

export interface Select extends Span {
  readonly k: "select";
  readonly distinct: boolean;
  readonly top: Expr | null;
  readonly items: readonly SelectItem[];
  readonly from: readonly From[];
  readonly where: Expr | null;
  readonly connect: { readonly start: Expr | null; readonly by: Expr } | null;
  readonly groupAll: boolean;
  readonly group: readonly Expr[];
  readonly grouped: boolean;
  /** CUBE, ROLLUP or GROUPING SETS: more rows than groups. */
  readonly groupSets: boolean;
  readonly having: Expr | null;
  readonly qualify: Expr | null;
}
export interface SetOperation extends Span {
  readonly k: "set";
  readonly op: "union" | "union all" | "intersect" | "except";
  readonly byName: boolean;
  readonly branches: readonly QueryBody[];
}
export interface Values extends Span {
  readonly k: "values";
  readonly rows: readonly (readonly Expr[])[];
}
export type QueryBody = Select | SetOperation | Values | Query;

export interface Cte {
  readonly name: Ident;
  readonly columns: readonly Ident[] | null;
  readonly query: Query;
}
export interface Query extends Span {
  readonly k: "subselect";
  readonly recursive: boolean;
  readonly ctes: readonly Cte[];
  readonly body: QueryBody;
  readonly order: readonly OrderItem[];
  readonly orderAll: boolean;
  readonly limit: Expr | null;
  readonly offset: Expr | null;
}

/** One comma-separated element of FROM: a factor and the joins behind it. */
export interface From {
  readonly factor: Factor;
  readonly joins: readonly Join[];
}
export interface Join {
  readonly type: "inner" | "left" | "right" | "full" | "cross" | "asof";
  readonly natural: boolean;
  readonly factor: Factor;
  readonly match: Expr | null;
  readonly on: Expr | null;
  readonly using: readonly Ident[];
}
interface FactorBase extends Span {
  readonly alias: Ident | null;
  readonly columns: readonly Ident[] | null;
}
export interface TableFactor extends FactorBase {
  readonly k: "table";
  readonly name: readonly Ident[];
  /** The name stood in a text: IDENTIFIER('t'), TABLE('t'). */
  readonly fromText: boolean;
  /** Time travel, change tracking: expressions that choose the rows. */
  readonly at: readonly Expr[];
}
export interface DerivedFactor extends FactorBase {
  readonly k: "derived";
  readonly query: Query;
  readonly lateral: boolean;
}
export interface FunctionFactor extends FactorBase {
  readonly k: "function";
  readonly call: Call;
}
export interface GroupFactor extends FactorBase {
  readonly k: "group";
  readonly from: From;
}
export interface StageFactor extends FactorBase {
  readonly k: "stage";
  readonly stage: string;
}
/** A source whose text is not known: `IDENTIFIER($x)`, `TABLE(?)`. */
export interface DynamicFactor extends FactorBase {
  readonly k: "dynamic";
  readonly values: readonly Expr[];
}
export interface PivotFactor extends FactorBase {
  readonly k: "pivot";
  readonly source: Factor;
  readonly aggregates: readonly { readonly value: Expr; readonly alias: Ident | null }[];
  readonly key: Ident;
  /** null: the values come from data (`ANY`, a subquery). */
  readonly values: readonly { readonly name: string }[] | null;
  readonly used: readonly Expr[];
}
export interface UnpivotFactor extends FactorBase {
  readonly k: "unpivot";
  readonly source: Factor;
  readonly value: Ident;
  readonly name: Ident;
  readonly from: readonly Ident[];
}
export interface MatchFactor extends FactorBase {
  readonly k: "match";
  readonly source: Factor;
  readonly partition: readonly Expr[];
  readonly order: readonly OrderItem[];
  readonly measures: readonly { readonly value: Expr; readonly name: Ident }[];
  readonly defines: readonly Expr[];
  readonly symbols: readonly string[];
  readonly allRows: boolean;
}
export type Factor =
  | TableFactor
  | DerivedFactor
  | FunctionFactor
  | GroupFactor
  | StageFactor
  | DynamicFactor
  | PivotFactor
  | UnpivotFactor
  | MatchFactor;
