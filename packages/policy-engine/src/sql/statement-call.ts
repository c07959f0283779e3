/**
 * Statements that run other code: CALL, EXECUTE IMMEDIATE, EXECUTE TASK, scripting blocks. None of them is complete;
 * what can be told (the arguments, a literal text's own accesses) is told all the same.
 */

import type { Action, ObjectKind } from "../facts.ts";
import type { Argument, Ident } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { readArguments } from "./parse-call.ts";
import { parseExpression } from "./parse-expression.ts";
import { readRest, swallow } from "./read-rest.ts";
import { useExpression } from "./resolve-expression.ts";
import { newScope } from "./scope.ts";
import type { Statement } from "./statement.ts";
import { addNamed, outcome } from "./statement.ts";
import { readTargetName } from "./target-name.ts";

export function readCall(c: Cursor): Statement {
  c.needWord("CALL");
  const name: readonly Ident[] = readTargetName(c);
  const args: readonly Argument[] = readArguments(c, parseExpression).args;
  readRest(c);
  return {
    class: "call",
    label: "CALL",
    resolve: (ctx) => {
      addNamed(ctx, "call", "procedure", name, 3);
      const scope = newScope(null, null, []);
      for (const arg of args) useExpression(ctx, scope, arg.value, "predicate");
      ctx.reason("UNSUPPORTED", "What a procedure does can't be told from its call.", null);
      return outcome({ movesSession: true });
    },
  };
}

export function readExecute(c: Cursor): Statement {
  c.needWord("EXECUTE");
  if (c.word("IMMEDIATE"))
    return opaque(c, "execute", "EXECUTE IMMEDIATE", "dynamic", "other", "Text that is executed.");
  if (c.isWord("TASK") || c.isWord("ALERT") || c.words("MANAGED", "TASK")) {
    c.next();
    const name = readTargetName(c);
    readRest(c);
    return {
      class: "execute",
      label: "EXECUTE",
      resolve: (ctx) => {
        addNamed(ctx, "schedule", "other", name, 3);
        ctx.reason("UNSUPPORTED", "What a task does can't be told from its name.", null);
        return outcome({ movesSession: true });
      },
    };
  }
  return c.fail("EXECUTE of something that is not known.");
}

/** A scripting block, from its first word to the end of the text. */
export function readScript(c: Cursor): Statement {
  return opaque(c, "scripting", "SCRIPTING", "dynamic", "other", "A scripting block.");
}

function opaque(
  c: Cursor,
  kind: "execute" | "scripting",
  label: string,
  action: Action,
  object: ObjectKind,
  text: string,
): Statement {
  const at = c.start;
  swallow(c);
  return {
    class: kind,
    label,
    resolve: (ctx) => {
      ctx.access(action, object, "");
      ctx.reason("DYNAMIC", text, at);
      return outcome({ movesSession: true });
    },
  };
}
