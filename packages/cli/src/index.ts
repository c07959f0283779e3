/** Nothing is imported from here: the package is its command. */
export { buildProgram } from "./program.ts";
