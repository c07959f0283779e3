/**
 * `npm start|test|bench|check` on a machine with Node 20 or newer and npm, and nothing else: installs the locked
 * dependencies when they changed, then runs scripts/<verb>.ts with the Node that the lockfile pins. Plain JavaScript
 * with no dependency, for the Node that happens to be there. It holds no logic of the verbs.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 20;
const PNPM = "pnpm@12.21.0";
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".sluice-install.json");
const [verb = "", ...rest] = process.argv.slice(2);

function fail(sentence) {
  console.error(`\n${sentence}\n`);
  process.exit(1);
}

function checkMachine() {
  if (!existsSync(join(root, "scripts", `${verb}.ts`)))
    fail("Use npm start, npm test, npm run bench or npm run check.");
  if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
    fail(`Sluice needs Node ${NODE_MAJOR_MIN} or newer to start, and this is ${process.version}.`);
  }
  if (process.platform === "win32") fail("Sluice runs on Linux and macOS. On Windows, use WSL 2.");
}

/** What the installed packages depend on. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\0`);
  for (const name of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) {
    hash.update(readFileSync(join(root, name))).update("\0");
  }
  return hash.digest("hex");
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8"));
  } catch {
    return {};
  }
}

/** pnpm reads other settings than npm: hand it the registry that npm is configured with. */
function registryOfNpm() {
  try {
    const options = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return { pnpm_config_registry: execFileSync("npm", ["config", "get", "registry"], options).trim() };
  } catch {
    return fail("npm was not found. Install Node with npm, then try again.");
  }
}

function sentenceFor(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|META_FETCH_FAIL|dns error/i.test(output)) {
    return "The package registry could not be reached. The first start needs the network; check it (or npm's registry and proxy settings) and try again.";
  }
  if (/ENOSPC/.test(output)) return "The disk is full: the dependencies need about 1.5 GB.";
  if (/OUTDATED_LOCKFILE|FROZEN_LOCKFILE/i.test(output)) {
    return `pnpm-lock.yaml does not match package.json. After changing dependencies run: npx --yes ${PNPM} install`;
  }
  return "Installing the dependencies failed; pnpm's own words are above.";
}

/** Runs pnpm to its end, silently; what it printed is shown only when it failed. */
function pnpm(args, env) {
  return new Promise((resolve) => {
    const child = spawn("npx", ["--yes", PNPM, ...args], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", () => fail("npx was not found. Install Node with npm, then try again."));
    child.on("close", (code) => {
      if (code === 0) return resolve(output);
      console.error(output.trim().split("\n").slice(-25).join("\n"));
      fail(sentenceFor(output));
    });
  });
}

async function install(env, wanted) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.log("Installing the locked dependencies (the first time takes up to a minute) …");
  const ticker = setInterval(() => console.log(`  … ${seconds()} s`), 10_000);
  rmSync(stampFile, { force: true });
  await pnpm(["install", "--frozen-lockfile"], env);
  // Where npx keeps pnpm: turbo looks for it on PATH, and asking npx again would cost every start a second.
  const where = await pnpm(["exec", "node", "-p", "process.env.PATH"], env);
  clearInterval(ticker);
  const folder = where
    .trim()
    .split(delimiter)
    .find((path) => path.includes("_npx") && existsSync(join(path, "pnpm")));
  const stamp = { wanted, pnpm: folder ?? "" };
  writeFileSync(stampFile, JSON.stringify(stamp));
  console.log(`Installed in ${seconds()} s.`);
  return stamp;
}

/** The pinned Node; on platforms for which none is pinned, the machine's own when it is new enough. */
function chooseNode() {
  const pinned = join(root, "node_modules", ".bin", "node");
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  return fail(`No Node is pinned for ${process.platform}-${process.arch}: install Node 24 and try again.`);
}

async function main() {
  checkMachine();
  const quiet = {
    NEXT_TELEMETRY_DISABLED: "1",
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
    CHECKPOINT_DISABLE: "1",
  };
  const env = { ...process.env, ...quiet };
  const wanted = fingerprint();
  let stamp = readStamp();
  const isCurrent = stamp.wanted === wanted && (stamp.pnpm === "" || existsSync(join(stamp.pnpm, "pnpm")));
  if (!isCurrent) stamp = await install({ ...env, ...registryOfNpm() }, wanted);
  const path = [join(root, "node_modules", ".bin"), stamp.pnpm, env.PATH].filter(Boolean).join(delimiter);
  const script = join(root, "scripts", `${verb}.ts`);
  // The channel tells the script when this process dies without a signal that it could pass on.
  const child = spawn(chooseNode(), [script, ...rest], {
    cwd: root,
    env: { ...env, PATH: path },
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // npm passes signals to its shell, which dies of them without a word to us: then we have another parent.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 200).unref();
  child.on("error", (cause) => fail(`Node could not be started: ${cause.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
}

main().catch((cause) => fail(cause.message));
