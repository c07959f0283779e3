/**
 * Which classes of statement answer with the values of their outputs. The others write them somewhere
 * (a table, a file, a variable) and answer with a status. A new class doesn't compile until it is said here.
 */
import type { StatementClass } from "../facts.ts";

export const RETURNS_VALUES: Readonly<Record<StatementClass, boolean>> = {
  select: true,
  show: true,
  describe: true,
  explain: true,
  call: true,
  execute: true,
  scripting: true,
  list: true,
  unknown: true,
  insert: false,
  update: false,
  delete: false,
  merge: false,
  truncate: false,
  "copy-load": false,
  "copy-unload": false,
  create: false,
  alter: false,
  drop: false,
  undrop: false,
  grant: false,
  use: false,
  set: false,
  "alter-session": false,
  transaction: false,
  put: false,
  get: false,
  remove: false,
  comment: false,
};
