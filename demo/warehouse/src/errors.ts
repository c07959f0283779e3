/**
 * Errors of the warehouse, coded and worded as Snowflake words them, and the table that turns the
 * engine's own errors into them. An engine error that is in no row becomes 000603 with its text.
 */

export interface Failure {
  readonly code: string;
  readonly sqlState: string;
  readonly message: string;
}

export class WarehouseError extends Error {
  readonly code: string;
  readonly sqlState: string;
  constructor(code: string, sqlState: string, message: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }
}

export function syntaxError(line: number, position: number, word: string): WarehouseError {
  const at = `syntax error line ${line} at position ${Math.max(0, position)} unexpected '${word}'.`;
  return new WarehouseError("001003", "42000", `SQL compilation error:\n${at}`);
}

export function unsupported(feature: string): WarehouseError {
  return new WarehouseError("000002", "0A000", `Unsupported feature '${feature}'.`);
}

export function objectMissing(kind: string, name: string): WarehouseError {
  return new WarehouseError(
    "002003",
    kind === "Object" || kind === "Table" || kind === "View" ? "42S02" : "02000",
    `SQL compilation error:\n${kind} '${name.toUpperCase()}' does not exist or not authorized.`,
  );
}

export function operationImpossible(): WarehouseError {
  return new WarehouseError(
    "002043",
    "02000",
    "SQL compilation error:\nObject does not exist, or operation cannot be performed.",
  );
}

export function canceled(): WarehouseError {
  return new WarehouseError("000604", "57014", "SQL execution canceled");
}

interface Row {
  readonly pattern: RegExp;
  readonly failure: (match: RegExpExecArray) => WarehouseError;
}

const compilation = (code: string, state: string, text: string) =>
  new WarehouseError(code, state, `SQL compilation error:\n${text}`);

const ENGINE_ERRORS: readonly Row[] = [
  { pattern: /^INTERRUPT/i, failure: canceled },
  { pattern: /because schema "([^"]+)" does not exist/, failure: (m) => objectMissing("Schema", m[1] ?? "") },
  {
    pattern: /(?:Schema with name|schema) "?([\w.]+)"? (?:does not exist|not found)/i,
    failure: (m) => objectMissing("Schema", m[1] ?? ""),
  },
  { pattern: /Catalog "([^"]+)" does not exist/, failure: (m) => objectMissing("Database", m[1] ?? "") },
  {
    pattern: /(?:Table|View) with name "?([^"]+?)"? does not exist/,
    failure: (m) => objectMissing("Object", m[1] ?? ""),
  },
  {
    pattern: /(?:Table|View|Schema|Index|Type) with name "([^"]+)" already exists/,
    failure: (m) => compilation("002002", "42710", `Object '${(m[1] ?? "").toUpperCase()}' already exists.`),
  },
  {
    pattern: /Existing object (\S+) is of type/,
    failure: (m) => compilation("002002", "42710", `Object '${(m[1] ?? "").toUpperCase()}' already exists.`),
  },
  {
    pattern: /Function with name "?([\w$.]+)"? (?:does not exist|is not in)/i,
    failure: (m) => compilation("002141", "42601", `Unknown user-defined function ${(m[1] ?? "").toUpperCase()}`),
  },
  { pattern: /Referenced (?:update )?column "?([^" ]+)"? not found/, failure: (m) => invalidIdentifier(m[1] ?? "") },
  {
    pattern: /Table "([^"]+)" does not have a column (?:named|with name) "([^"]+)"/,
    failure: (m) => invalidIdentifier(`${m[1]}.${m[2]}`),
  },
  { pattern: /Referenced table "([^"]+)" not found/, failure: (m) => invalidIdentifier(m[1] ?? "") },
  { pattern: /Column with name "?([^" ]+)"? does not exist/i, failure: (m) => invalidIdentifier(m[1] ?? "") },
  {
    pattern: /Ambiguous reference to column name "([^"]+)"/,
    failure: (m) => compilation("002027", "42601", `ambiguous column name '${(m[1] ?? "").toUpperCase()}'`),
  },
  {
    pattern: /has (\d+) columns but (\d+) values were supplied/,
    failure: (m) =>
      compilation("002020", "21S01", `Insert value list does not match column list expecting ${m[1]} but got ${m[2]}`),
  },
  {
    pattern: /Could not convert string ["'](.*?)["'] to BOOL/s,
    failure: (m) => new WarehouseError("100037", "22018", `Boolean value '${m[1]}' is not recognized`),
  },
  {
    pattern: /Could not convert string ["'](.*?)["'] to/s,
    failure: (m) => new WarehouseError("100038", "22018", `Numeric value '${m[1]}' is not recognized`),
  },
  {
    pattern: /(?:invalid|out of range).*?date.*?"(.*?)"/s,
    failure: (m) => new WarehouseError("100040", "22007", `Date '${m[1]}' is not recognized`),
  },
  {
    pattern: /(?:invalid|out of range).*?timestamp.*?"(.*?)"/s,
    failure: (m) => new WarehouseError("100035", "22007", `Timestamp '${m[1]}' is not recognized`),
  },
  {
    pattern: /(?:invalid|out of range).*?time.*?"(.*?)"/s,
    failure: (m) => new WarehouseError("100108", "22007", `Time '${m[1]}' is not recognized`),
  },
  {
    pattern: /Could not cast value (\S+) to/,
    failure: (m) => new WarehouseError("100039", "22003", `Numeric value '${m[1]}' is out of range`),
  },
  {
    pattern: /Malformed JSON|Invalid Input Error: .*JSON/is,
    failure: () => new WarehouseError("100069", "22P02", "Error parsing JSON"),
  },
  {
    pattern: /NOT NULL constraint failed: (\S+)/,
    failure: () => new WarehouseError("100072", "22000", "NULL result in a non-nullable column"),
  },
  {
    pattern: /More than one row returned by a subquery/,
    failure: () => new WarehouseError("090150", "22000", "Single-row subquery returns more than one row."),
  },
  {
    pattern: /must appear in the GROUP BY clause|column "([^"]+)" must appear/,
    failure: (m) => compilation("000979", "42601", `[${m[1] ?? "expression"}] is not a valid group by expression`),
  },
  {
    pattern: /TransactionContext Error|Transaction conflict/i,
    failure: () =>
      new WarehouseError(
        "000625",
        "57014",
        "Statement's transaction was aborted by a concurrent change. Statement was rolled back.",
      ),
  },
  { pattern: /(?:Parser|syntax) Error.*?at or near "([^"]*)"/is, failure: (m) => syntaxError(1, 0, m[1] ?? "") },
];

function invalidIdentifier(name: string): WarehouseError {
  return new WarehouseError(
    "000904",
    "42000",
    `SQL compilation error: error line 1 at position 0\ninvalid identifier '${name.toUpperCase()}'`,
  );
}

/** Turns whatever was thrown into a coded failure. */
export function failureOf(fault: unknown): Failure {
  if (fault instanceof WarehouseError) return { code: fault.code, sqlState: fault.sqlState, message: fault.message };
  const text = fault instanceof Error ? fault.message : String(fault);
  for (const { pattern, failure } of ENGINE_ERRORS) {
    const match = pattern.exec(text);
    if (match !== null) return failureOf(failure(match));
  }
  if (/^(Parser|Binder|Catalog) Error/.test(text)) {
    return { code: "001003", sqlState: "42000", message: `SQL compilation error:\n${text.split("\n")[0] ?? ""}` };
  }
  return { code: "000603", sqlState: "XX000", message: `SQL execution internal error:\n${text.split("\n")[0] ?? ""}` };
}

/** Tells where in the text an invalid identifier stands: the engine counts in its own translation. */
export function placeFailure(failure: Failure, sql: string): Failure {
  const name = /invalid identifier '(.*)'$/.exec(failure.message)?.[1]?.split(".").at(-1);
  const at = name === undefined ? -1 : sql.toUpperCase().search(new RegExp(`\\b${name.replace(/[^\w]/g, "\\$&")}\\b`));
  if (failure.code !== "000904" || at < 0) return failure;
  const lines = sql.slice(0, at).split("\n");
  const place = `error line ${lines.length} at position ${lines.at(-1)?.length ?? 0}`;
  return { ...failure, message: failure.message.replace("error line 1 at position 0", place) };
}
