/**
 * fakesnow as an upstream: a stand-in for Snowflake that we did not write, on a free port of this machine.
 *
 * It answers login, statements, aborts and monitoring only. One process serves one test file; it keeps its data
 * in memory and ends with `stop`.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { waitFor } from "../harness/wait.ts";
import { pythonEnvironment } from "./python-environment.ts";

export interface Fakesnow {
  readonly url: string;
  stop(): Promise<void>;
}

const REQUIREMENTS = ["fakesnow[server]==0.12.1", "snowflake-connector-python==4.8.1", "pyarrow==26.0.1"];

/** Starts it, or says why it can't be had. */
export async function startFakesnow(): Promise<Fakesnow | { readonly missing: string }> {
  const made = await pythonEnvironment({ name: "conformance-fakesnow", requirements: REQUIREMENTS });
  if ("missing" in made) return made;
  const port = await freePort();
  const child = spawn(`${made.folder}/bin/fakesnow`, ["--server", "--port", String(port)], { stdio: "ignore" });
  await waitFor(
    () => isListening(port),
    (listening) => listening || child.exitCode !== null,
    30_000,
  );
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
