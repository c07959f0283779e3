/** What the demo launcher shares with the command: how a folder of documents is read. */
export { readConfigFiles } from "./config-files.ts";
export { buildProgram } from "./program.ts";
