/** Statements that change the session, and DDL that the translation does not know: DROP SCHEMA, TRUNCATE … */
import { quote } from "./database.ts";
import { failureOf, operationImpossible, syntaxError, unsupported, WarehouseError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { TYPE_IDS } from "./outcome.ts";
import { WAREHOUSES } from "./session.ts";
import { dottedName } from "./show.ts";
import { identifierValue, stringValue, type Token } from "./tokens.ts";
import { translate } from "./translate.ts";

/** What such a statement does; the text returned is its status line. */
export interface Action {
  readonly typeId: number;
  readonly perform: () => Promise<string | undefined>;
}

export function use(run: Execution, tokens: readonly Token[]): Action {
  const kind = tokens[1]?.upper ?? "";
  const named = ["DATABASE", "SCHEMA", "WAREHOUSE", "ROLE"].includes(kind) && tokens.length > 2;
  const parts = dottedName(tokens.slice(named ? 2 : 1));
  const [name] = parts;
  if (kind === "SECONDARY") return { typeId: TYPE_IDS.use, perform: async () => undefined };
  if (name === undefined) throw syntaxError(1, run.sql.length, "<EOF>");
  const { context } = run.session;
  switch (named ? kind : "") {
    case "WAREHOUSE":
      return useAction(run, TYPE_IDS.useWarehouse, async () => {
        if (WAREHOUSES.includes(name)) context.warehouse = name;
        return WAREHOUSES.includes(name);
      });
    case "ROLE":
      return useAction(run, TYPE_IDS.use, async () => {
        context.role = name;
        return true;
      });
    case "SCHEMA": {
      const database = parts.length > 1 ? name : context.database;
      return useAction(
        run,
        TYPE_IDS.useSchema,
        async () => database !== null && run.session.useSchema(database, parts.at(-1) ?? name),
      );
    }
    default:
      return useAction(run, TYPE_IDS.useDatabase, async () => run.session.useSchema(name, parts[1] ?? null));
  }
}

function useAction(run: Execution, typeId: number, change: () => Promise<boolean>): Action {
  return {
    typeId,
    perform: async () => {
      if (!(await change())) throw operationImpossible();
      await run.session.applyContext();
      return undefined;
    },
  };
}

export function alterSession(run: Execution, tokens: readonly Token[]): Action {
  const verb = tokens[2]?.upper;
  const rest = tokens.slice(3).filter((token) => token.text !== "," && token.text !== ";");
  return {
    typeId: TYPE_IDS.alterSession,
    perform: async () => {
      const { parameters } = run.session;
      if (verb === "UNSET") for (const token of rest) parameters.unset(token.upper);
      else if (verb === "SET") {
        for (let i = 0; i < rest.length; i++) {
          if (rest[i + 1]?.text !== "=") continue;
          const sign = rest[i + 2]?.text === "-" ? 1 : 0;
          const value = rest[i + 2 + sign];
          if (value === undefined) throw syntaxError(1, run.sql.length, "<EOF>");
          parameters.set(
            rest[i]?.upper ?? "",
            value.kind === "string" ? stringValue(value) : `${sign === 1 ? "-" : ""}${value.text}`,
          );
        }
      } else throw syntaxError(1, tokens[2]?.start ?? 0, tokens[2]?.text ?? "<EOF>");
      await run.session.applyContext();
      return undefined;
    },
  };
}

/** `SET x = expression`: the value is read back in statements as `$x`. */
export function setVariable(run: Execution, tokens: readonly Token[]): Action {
  const name = tokens[1];
  if (name === undefined || (tokens[0]?.upper === "SET" && tokens[2]?.text !== "="))
    throw unsupported("SET of several variables");
  const key = quote(`$${identifierValue(name)}`);
  return {
    typeId: TYPE_IDS.set,
    perform: async () => {
      const { connection } = run.session;
      if (tokens[0]?.upper === "UNSET") await connection.run(`RESET VARIABLE ${key}`);
      else
        await connection.run(
          `SET VARIABLE ${key} = (${translate(`SELECT ${run.sql.slice(tokens[3]?.start ?? run.sql.length)}`, []).sql})`,
        );
      return undefined;
    },
  };
}

export function begin(run: Execution): Action {
  return {
    typeId: TYPE_IDS.begin,
    perform: async () => {
      if (!run.session.inTransaction) await run.session.connection.run("BEGIN TRANSACTION");
      await run.session.markTransaction(true);
      return undefined;
    },
  };
}

export function end(run: Execution, word: "COMMIT" | "ROLLBACK"): Action {
  return {
    typeId: TYPE_IDS.commit,
    perform: async () => {
      if (run.session.inTransaction) await run.session.connection.run(word);
      await run.session.markTransaction(false);
      return undefined;
    },
  };
}

export function changeDatabase(run: Execution, tokens: readonly Token[]): Action {
  const words = tokens.filter(
    (token) =>
      !["OR", "REPLACE", "TRANSIENT", "DATABASE", "IF", "NOT", "EXISTS", "CREATE", "DROP"].includes(token.upper),
  );
  const [name] = dottedName(words);
  if (name === undefined) throw syntaxError(1, run.sql.length, "<EOF>");
  if (tokens[0]?.upper === "DROP")
    throw new WarehouseError(
      "003001",
      "42501",
      "SQL access control error:\nInsufficient privileges to operate on database",
    );
  return {
    typeId: TYPE_IDS.ddl,
    perform: async () => {
      await run.createDatabase(name);
      await run.session.useSchema(name, null);
      await run.session.applyContext();
      return `Database ${name} successfully created.`;
    },
  };
}

/** `DROP SCHEMA [IF EXISTS] a.b`, with everything in it. */
export function dropSchema(run: Execution, tokens: readonly Token[]): Action {
  const { name, ifExists } = namedObject(run, tokens, ["DROP", "SCHEMA"]);
  return {
    typeId: TYPE_IDS.ddl,
    perform: async () => {
      await run.session.connection.run(`DROP SCHEMA ${ifExists}${name.map(quote).join(".")} CASCADE`);
      return `${name.at(-1)} successfully dropped.`;
    },
  };
}

/** `TRUNCATE [TABLE] [IF EXISTS] t`. */
export function truncate(run: Execution, tokens: readonly Token[]): Action {
  const { name, ifExists } = namedObject(run, tokens, ["TRUNCATE", "TABLE"]);
  return {
    typeId: TYPE_IDS.ddl,
    perform: async () => {
      try {
        await run.session.connection.run(`TRUNCATE TABLE ${name.map(quote).join(".")}`);
      } catch (fault) {
        if (ifExists === "" || failureOf(fault).code !== "002003") throw fault;
      }
      return undefined;
    },
  };
}

function namedObject(
  run: Execution,
  tokens: readonly Token[],
  verb: readonly string[],
): { name: string[]; ifExists: string } {
  const rest = tokens.filter((token, i) => i >= verb.length || !verb.includes(token.upper));
  const isConditional = rest[0]?.upper === "IF" && rest[1]?.upper === "EXISTS";
  const name = dottedName(isConditional ? rest.slice(2) : rest);
  if (name.length === 0) throw syntaxError(1, run.sql.length, "<EOF>");
  return { name, ifExists: isConditional ? "IF EXISTS " : "" };
}
