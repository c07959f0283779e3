#!/usr/bin/env node
// Runs the command line under Node 24, which the workspace pins; the Node that started this may be older.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The pinned Node's binary, or the running one where it is new enough. */
function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  try {
    const workspace = createRequire(new URL("../../../package.json", import.meta.url));
    return fileURLToPath(
      new URL("bin/node", `file://${workspace.resolve(`node-${process.platform}-${process.arch}/package.json`)}`),
    );
  } catch {
    return null;
  }
}

const node = findNode();
if (node === null) {
  process.stderr.write("sluice needs Node 24. Run `npm start` or `npm test` once in this folder: it installs it.\n");
  process.exit(2);
}
if (node === process.execPath) await import(main);
else process.exitCode = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
