/**
 * The closed table of entry types and the clear part that each carries. Nothing here can hold a literal of a
 * statement: there is no field for statement text, binds, values, comments or upstream messages. Those go
 * into the encrypted payload. `facts` and `decision` hold no literal by the engine's own promise.
 *
 * A new entry type is a new row. A field is only ever added as `maybe`, so that old records stay readable.
 */
import {
  amount,
  code,
  count,
  digest,
  flag,
  id,
  list,
  maybe,
  object,
  oneOf,
  type Shape,
  text,
  time,
  tree,
} from "./shape.ts";

const name = text(500);
const names = list(name, 1000);

/** Of one statement; `statement` is the gateway's statement id. */
const statement = { statement: id };

/**
 * `textDigest` fixes the statement's text: the gateway computes it once from the characters it analysed and
 * repeats the same value in received, decided, approval.*, and forwarded. It should be keyed (HMAC), since a
 * plain hash of a short statement can be guessed.
 */
const statementText = { ...statement, textDigest: digest };

const requirement = object({
  from: names,
  count,
  never: list(oneOf("requester", "delegator"), 2),
  assurance: maybe(code),
});

export const BODIES = {
  "session.start": object({
    kind: oneOf("human", "agent", "job"),
    method: code,
    delegator: maybe(id),
    agent: maybe(name),
    groups: names,
    issuer: maybe(name),
    client: maybe(name),
    clientVersion: maybe(name),
    remote: maybe(name),
    database: maybe(name),
    schema: maybe(name),
    role: maybe(name),
    warehouse: maybe(name),
    credential: maybe(id),
    bundleDigest: maybe(digest),
    dropped: maybe(names),
  }),
  /** First entry of epoch 2 and later: names the last entry known of the chain before. */
  "session.adopted": object({
    fromEpoch: count,
    fromN: count,
    fromHash: digest,
    owner: maybe(id),
    reason: maybe(code),
  }),
  auth: object({
    outcome: oneOf("accepted", "refused"),
    method: code,
    code: maybe(code),
    issuer: maybe(name),
    remote: maybe(name),
    client: maybe(name),
    delegator: maybe(id),
  }),
  "request.refused": object({
    code,
    endpoint: maybe(code),
    method: maybe(code),
    requestId: maybe(id),
    statement: maybe(id),
    dropped: maybe(names),
  }),
  "session.renewed": object({ expires: maybe(time) }),
  "statement.received": object({
    ...statementText,
    requestId: maybe(id),
    bytes: count,
    statements: maybe(count),
    binds: maybe(count),
    describeOnly: maybe(flag),
    async: maybe(flag),
    internal: maybe(flag),
    dropped: maybe(names),
  }),
  "statement.decided": object({
    ...statementText,
    moment: oneOf("statement", "result", "literals"),
    effect: oneOf("allow", "hold", "deny"),
    facts: tree,
    decision: tree,
    factsDigest: digest,
    bundleDigest: digest,
    engine: text(80),
    /** Which of the request's statements, from 0, and how many there are. */
    index: maybe(count),
    count: maybe(count),
  }),
  "approval.requested": object({
    ...statementText,
    request: id,
    requester: id,
    delegator: maybe(id),
    requirements: list(requirement, 100),
    factsDigest: maybe(digest),
    bundleDigest: maybe(digest),
    expires: time,
    uses: maybe(count),
  }),
  "approval.granted": object({
    ...statementText,
    request: id,
    approver: id,
    groups: maybe(names),
    assurance: maybe(code),
    channel: maybe(code),
    expires: maybe(time),
    /** False while further approvers are still needed. */
    complete: flag,
  }),
  "approval.denied": object({ ...statementText, request: id, approver: id, channel: maybe(code) }),
  "approval.expired": object({ ...statement, request: id }),
  "approval.withdrawn": object({ ...statement, request: id, by: maybe(id), reason: maybe(code) }),
  "statement.forwarded": object({
    ...statementText,
    upstreamRequestId: maybe(id),
    bytes: maybe(count),
    /** The approval request that released it; absent when the decision was `allow`. */
    request: maybe(id),
    describeOnly: maybe(flag),
    async: maybe(flag),
    credential: maybe(id),
    attempt: maybe(count),
  }),
  "result.schema": object({
    ...statement,
    queryId: maybe(id),
    statementType: maybe(count),
    format: oneOf("json", "arrow", "none"),
    columns: list(object({ name, type: maybe(name), mask: maybe(name) }), 10_000),
    rows: maybe(count),
    chunks: maybe(count),
  }),
  /** What the caller received, after masking; the rows themselves are the payload. */
  "result.page": object({
    ...statement,
    page: count,
    rows: count,
    firstRow: maybe(count),
    bytes: count,
    format: oneOf("json", "arrow"),
    truncated: maybe(flag),
  }),
  "result.end": object({
    ...statement,
    rows: maybe(count),
    rowsRecorded: maybe(count),
    affected: maybe(count),
    columns: maybe(count),
    chunks: list(object({ index: count, rows: maybe(count), bytes: maybe(count) }), 100_000),
    /** SHA-256 of what was delivered inline. */
    delivered: maybe(digest),
    bytes: maybe(count),
    durationMs: maybe(amount),
    upstreamMs: maybe(amount),
    heldMs: maybe(amount),
    queryId: maybe(id),
  }),
  "chunk.delivered": object({ ...statement, chunk: count, rows: maybe(count), bytes: count, delivered: digest }),
  /** The end of a statement that has no result, or a failure outside one (`statement` absent). */
  error: object({
    statement: maybe(id),
    outcome: oneOf("refused", "failed", "withheld", "abandoned", "canceled", "unknown"),
    code,
    owner: maybe(code),
    sqlState: maybe(code),
    upstreamCode: maybe(code),
    queryId: maybe(id),
    durationMs: maybe(amount),
  }),
  cancel: object({
    statement: maybe(id),
    requestId: maybe(id),
    by: oneOf("caller", "operator", "policy", "gateway"),
    reason: maybe(code),
  }),
  /** `count` is the number of entries of this chain, this one included. */
  "session.end": object({ count, reason: code }),

  "policy.proposed": object({ bundleDigest: digest, version: maybe(count), base: maybe(digest), files: maybe(count) }),
  "policy.activated": object({
    bundleDigest: digest,
    version: maybe(count),
    previous: maybe(digest),
    approvers: list(id, 100),
  }),
  "connection.changed": object({
    connection: id,
    change: oneOf("created", "updated", "removed"),
    documentDigest: maybe(digest),
  }),
  "credential.changed": object({
    credential: id,
    connection: maybe(id),
    change: oneOf("created", "rotated", "activated", "removed"),
    kind: maybe(code),
    fingerprint: maybe(name),
  }),
  "key.rotated": object({ key: id, purpose: code, previous: maybe(id), publicKey: maybe(name) }),
  "token.issued": object({
    token: id,
    principal: id,
    kind: code,
    expires: maybe(time),
    scopes: maybe(names),
    delegator: maybe(id),
  }),
  "token.revoked": object({ token: id, principal: maybe(id), reason: maybe(code) }),
  "user.login": object({
    user: id,
    method: code,
    outcome: oneOf("accepted", "refused"),
    code: maybe(code),
    remote: maybe(name),
  }),
  "role.changed": object({ user: id, added: names, removed: names }),
  "playback.viewed": object({ viewed: id, statement: maybe(id), payloads: maybe(flag) }),
  "export.created": object({
    export: id,
    from: maybe(time),
    to: maybe(time),
    filterDigest: maybe(digest),
    entries: maybe(count),
    manifestDigest: maybe(digest),
  }),
  "retention.ran": object({ class: code, before: time, logs: maybe(list(id, 1000)), removed: maybe(count) }),
  "hold.placed": object({
    hold: id,
    change: oneOf("placed", "released"),
    session: maybe(id),
    from: maybe(time),
    to: maybe(time),
  }),
  "gateway.started": object({
    version: text(80),
    clean: flag,
    bundleDigest: maybe(digest),
    recovered: maybe(count),
    publicKey: maybe(name),
  }),
  "gateway.stopped": object({ reason: code }),
  heartbeat: object({
    sessions: maybe(count),
    held: maybe(count),
    unshippedBytes: maybe(count),
    bundleDigest: maybe(digest),
  }),
} as const satisfies Record<string, Shape<unknown>>;

export type EntryType = keyof typeof BODIES;
export type EntryBodies = { readonly [T in EntryType]: (typeof BODIES)[T] extends Shape<infer B> ? B : never };

export const ENTRY_TYPES: readonly EntryType[] = Object.keys(BODIES).filter(isEntryType);

export function isEntryType(word: string): word is EntryType {
  return Object.hasOwn(BODIES, word);
}
