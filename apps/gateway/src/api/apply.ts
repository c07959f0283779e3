/**
 * Applies a folder of documents: connections and principals are written, the policy files become a bundle that is
 * activated. All or nothing: one invalid document and nothing changes.
 */
import {
  type ApplyAnswer,
  type ApplyRequest,
  type ConfigFile,
  type ConnectionDocument,
  type DiagnosticView,
  type PlatformDocument,
  POLICY_KINDS,
  platformDocument,
} from "@sluice/contracts";
import { type Bundle, parseBundle } from "@sluice/policy-engine";
import { LineCounter, parseAllDocuments } from "yaml";
import type { Vault } from "../credentials/vault.ts";
import { GatewayError } from "../errors/catalogue.ts";
import { nodeCrypto } from "../policy/node-crypto.ts";
import { activeActivation, insertActivation, insertBundle } from "../store/bundles.ts";
import { listConnections, upsertConnection } from "../store/connections.ts";
import { insertOutbox } from "../store/outbox.ts";
import { type Pool, type Queryable, transaction } from "../store/pool.ts";
import { type PrincipalDraft, type TokenOwner, upsertPrincipal } from "../store/principals.ts";
import { need } from "./permissions.ts";

interface ReadDocuments {
  readonly platform: readonly PlatformDocument[];
  readonly policyFiles: readonly ConfigFile[];
  readonly diagnostics: readonly DiagnosticView[];
}

const DOCUMENTS_MAX = 2000;

export function readDocuments(files: readonly ConfigFile[]): ReadDocuments {
  const platform: PlatformDocument[] = [];
  const policyFiles: ConfigFile[] = [];
  const diagnostics: DiagnosticView[] = [];
  for (const file of files) {
    const lines = new LineCounter();
    const report = (offset: number, code: string, message: string): void => {
      const { line, col } = lines.linePos(offset);
      diagnostics.push({ path: file.path, line, column: col, severity: "error", code, message });
    };
    let hasPolicy = false;
    const documents = parseAllDocuments(file.text, { lineCounter: lines, uniqueKeys: true });
    if (!Array.isArray(documents) || documents.length > DOCUMENTS_MAX) continue;
    for (const document of documents) {
      for (const error of document.errors) report(error.pos[0], "YAML", error.message.split("\n")[0] ?? "invalid YAML");
      if (document.errors.length > 0) continue;
      // Aliases can multiply a small text into a large value; no document needs many.
      const value: unknown = document.toJS({ maxAliasCount: 50 });
      const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : null;
      if (POLICY_KINDS.some((one) => one === kind)) {
        hasPolicy = true;
        continue;
      }
      const parsed = platformDocument.safeParse(value);
      const start = document.range[0];
      if (parsed.success) platform.push(parsed.data);
      else
        for (const issue of parsed.error.issues)
          report(
            start,
            "DOCUMENT",
            `${typeof kind === "string" ? kind : "document"} ${issue.path.join(".")}: ${issue.message}`,
          );
    }
    if (hasPolicy) policyFiles.push(file);
  }
  return { platform, policyFiles, diagnostics };
}

export interface ApplyDeps {
  readonly pool: Pool;
  readonly vault: Vault;
}

export async function apply(deps: ApplyDeps, owner: TokenOwner, request: ApplyRequest): Promise<ApplyAnswer> {
  const read = readDocuments(request.files);
  if (read.platform.length > 0) need(owner, "connections.apply");
  if (read.policyFiles.length > 0) need(owner, "policy.apply");
  const parsed = read.policyFiles.length === 0 ? null : parseBundle(read.policyFiles, nodeCrypto);
  const diagnostics = [
    ...read.diagnostics,
    ...(parsed?.diagnostics ?? []),
    ...missingSecrets(read.platform, request, await listConnections(deps.pool)),
  ];
  const bundle = parsed?.bundle ?? null;
  const isInvalid = diagnostics.some((one) => one.severity === "error") || (parsed !== null && bundle === null);
  const connections = read.platform.filter((one) => one.kind === "Connection");
  const principals = read.platform.filter((one) => one.kind !== "Connection");
  const active = await activeActivation(deps.pool);
  const answer: ApplyAnswer = {
    applied: !isInvalid && !request.dryRun,
    connections: connections.map((one) => one.name),
    principals: principals.map((one) => one.name),
    bundle: bundle === null ? null : { digest: bundle.digest, changed: active?.digest !== bundle.digest },
    diagnostics,
  };
  if (!answer.applied) return answer;
  await transaction(deps.pool, async (db) => {
    for (const person of principals.filter((one) => one.kind === "Person")) await upsertPrincipal(db, draftOf(person));
    for (const agent of principals.filter((one) => one.kind === "Agent")) await upsertPrincipal(db, draftOf(agent));
    for (const connection of connections)
      await applyConnection(db, deps.vault, owner, connection, request.secrets[connection.credential.sealed] ?? null);
    if (bundle !== null && answer.bundle?.changed === true)
      await activate(db, owner, bundle, read.policyFiles, active?.digest ?? null, request.note ?? "");
  });
  return answer;
}

function missingSecrets(
  platform: readonly PlatformDocument[],
  request: ApplyRequest,
  stored: Awaited<ReturnType<typeof listConnections>>,
): readonly DiagnosticView[] {
  return platform.flatMap((one) => {
    if (one.kind !== "Connection" || request.secrets[one.credential.sealed] !== undefined) return [];
    if (stored.some((known) => known.document.name === one.name && known.sealedCredential !== null)) return [];
    const message = `Connection ${one.name} needs the secret "${one.credential.sealed}": give it once with --secret ${one.credential.sealed}=…`;
    return [{ path: "", line: 0, column: 0, severity: "error" as const, code: "SECRET_MISSING", message }];
  });
}

function draftOf(document: Exclude<PlatformDocument, ConnectionDocument>): PrincipalDraft {
  switch (document.kind) {
    case "Person":
      return {
        name: document.name,
        kind: "human",
        groups: document.groups,
        roles: document.roles,
        delegator: null,
        document,
      };
    case "Agent":
      return {
        name: document.name,
        kind: document.principal,
        groups: document.groups,
        roles: [],
        delegator: document.delegator ?? null,
        document,
      };
  }
}

async function applyConnection(
  db: Queryable,
  vault: Vault,
  owner: TokenOwner,
  document: ConnectionDocument,
  secret: string | null,
): Promise<void> {
  const by = owner.principal.id;
  const sealed = secret === null ? null : vault.sealCredential(document.name, secret);
  const fingerprint = secret === null ? null : vault.fingerprint(secret);
  await upsertConnection(db, document, sealed, fingerprint);
  await insertOutbox(db, "connection.changed", {
    by,
    connection: document.name,
    change: "updated",
    documentDigest: nodeCrypto.sha256Hex(JSON.stringify(document)),
  });
  if (fingerprint !== null)
    await insertOutbox(db, "credential.changed", { by, connection: document.name, change: "rotated", fingerprint });
}

async function activate(
  db: Queryable,
  owner: TokenOwner,
  bundle: Bundle,
  files: readonly ConfigFile[],
  previous: string | null,
  note: string,
): Promise<void> {
  const by = owner.principal.id;
  await insertBundle(db, bundle.digest, files, by, note);
  const activation = await insertActivation(db, bundle.digest, by);
  if (activation === 0) throw new GatewayError("SLUICE_INTERNAL");
  await insertOutbox(db, "policy.proposed", { by, digest: bundle.digest, files: files.length });
  await insertOutbox(db, "policy.activated", { by, digest: bundle.digest, previous, activation });
}
