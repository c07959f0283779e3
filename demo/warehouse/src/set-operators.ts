/**
 * Puts parentheses around a branch of a set operation that ends with a parenthesis. The SQL library
 * takes `… > (select 1) union all select …` for a set operation inside the comparison; with the branch
 * in parentheses it reads what Snowflake reads.
 */
import { type Token, tokenize } from "./tokens.ts";

const OPERATORS: ReadonlySet<string> = new Set(["UNION", "INTERSECT", "EXCEPT", "MINUS"]);

export function groupBranches(sql: string): string {
  if (!/\)\s*(?:union|intersect|except|minus)\b/i.test(sql)) return sql;
  const tokens = tokenize(sql);
  const marks: { at: number; text: string }[] = [];
  /** Where the branch starts that is being read, one for each open parenthesis. */
  const starts: (Token | null)[] = [null];
  tokens.forEach((token, i) => {
    if (token.text === "(") starts.push(null);
    else if (token.text === ")" && starts.length > 1) starts.pop();
    else if (isWord(token, "SELECT")) starts[starts.length - 1] ??= token;
    else if (
      token.kind === "word" &&
      OPERATORS.has(token.upper) &&
      isWord(branchStart(tokens, i), "SELECT", "(", "VALUES")
    ) {
      const start = starts.at(-1);
      const before = tokens[i - 1];
      if (start !== null && start !== undefined && before?.text === ")") {
        marks.push({ at: start.start, text: "(" }, { at: before.end, text: ")" });
      }
      starts[starts.length - 1] = null;
    }
  });
  return marked(sql, marks);
}

/** The first token of the branch after the operator at `index`. */
function branchStart(tokens: readonly Token[], index: number): Token | undefined {
  const next = tokens[index + 1];
  return isWord(next, "ALL", "DISTINCT") ? tokens[index + 2] : next;
}

function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token !== undefined && token.kind !== "quoted" && token.kind !== "string" && words.includes(token.upper);
}

function marked(sql: string, marks: readonly { at: number; text: string }[]): string {
  let out = "";
  let from = 0;
  for (const { at, text } of [...marks].sort((a, b) => a.at - b.at)) {
    out += sql.slice(from, at) + text;
    from = at;
  }
  return out + sql.slice(from);
}
