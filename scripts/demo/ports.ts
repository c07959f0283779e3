/**
 * Tells whether the demo's ports are free and, where the system lets us look, who holds one that is not.
 * It only looks: it stops nothing.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { HOST, type Listener } from "./addresses.ts";

const LISTENING = "0A";

/** Null when we could listen there; otherwise the system's error code. */
async function whyNot(port: number): Promise<string | null> {
  const server = createServer();
  try {
    server.listen(port, HOST);
    await once(server, "listening");
    return null;
  } catch (cause) {
    return cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  } finally {
    server.close();
  }
}

/** The inodes of the sockets that listen on `port`, from the kernel's tables. */
async function socketsOn(port: number): Promise<Set<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "utf8").catch(() => "");
    for (const line of text.split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (local.endsWith(`:${wanted}`) && state === LISTENING) inodes.add(`socket:[${inode}]`);
    }
  }
  return inodes;
}

async function holderOnLinux(port: number): Promise<string | null> {
  const inodes = await socketsOn(port);
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (inodes.has(target)) return `process ${pid}${await commandOf(pid)}`;
    }
  }
  return null;
}

async function commandOf(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0").filter(Boolean);
  const text = words.join(" ");
  return text === "" ? "" : ` (${text.length > 80 ? `${text.slice(0, 79)}…` : text})`;
}

async function holderElsewhere(port: number): Promise<string | null> {
  const lsof = promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const text = await lsof.then(({ stdout }) => stdout).catch(() => "");
  const [, pid, command] = /^p(\d+)\nc(.*)$/m.exec(text) ?? [];
  return pid === undefined ? null : `process ${pid} (${command})`;
}

function sentenceFor(one: Listener, code: string, holder: string | null): string {
  const move = `Choose another: ${one.variable}=${one.port < 60_000 ? one.port + 1000 : one.port - 1000} npm start`;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${one.port}, wanted for the ${one.name}, is taken by ${holder ?? "another program"}. Stop it, or choose another: ${move.slice("Choose another: ".length)}`;
    case "EACCES":
      return `Port ${one.port}, wanted for the ${one.name}, is not allowed to this user. ${move}`;
    default:
      return `Port ${one.port}, wanted for the ${one.name}, can't be used here (${code}). ${move}`;
  }
}

/** Throws one sentence per port that can't be used; returns when all are free. */
export async function requireFree(listeners: readonly Listener[]): Promise<void> {
  const sentences: string[] = [];
  for (const one of listeners) {
    const code = await whyNot(one.port);
    if (code === null) continue;
    const find = process.platform === "linux" ? holderOnLinux : holderElsewhere;
    sentences.push(sentenceFor(one, code, code === "EADDRINUSE" ? await find(one.port) : null));
  }
  if (sentences.length > 0) throw new Error(sentences.join("\n"));
}
