/**
 * What a statement's entries must say together: it was decided before it was forwarded, the decision or a
 * proper approval let it, and the text decided, approved and forwarded is one. Approvals are judged at the
 * end, since another gateway's log may hold them.
 */
import type { EntryBodies } from "./bodies.ts";
import { hex, utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical.ts";
import type { Crypto } from "./crypto.ts";
import type { AnyEntry, Entry } from "./entry.ts";
import { type EntryName, type Findings, nameOf } from "./finding.ts";

interface Decided {
  readonly effect: "allow" | "hold" | "deny";
  readonly textDigest: string;
}

/** Where and when something was recorded. */
interface Stand {
  readonly at: EntryName;
  readonly time: string;
}

interface Grant extends Stand {
  readonly body: EntryBodies["approval.granted"];
}

interface Request {
  readonly requested: EntryBodies["approval.requested"] | null;
  readonly principal: string | null;
  readonly grants: Grant[];
  /** Denied, withdrawn or expired; a denial that comes after the statement was sent changes nothing. */
  readonly ends: Stand[];
}

interface Forwarded {
  readonly at: EntryName;
  readonly time: string;
  readonly principal: string | null;
  readonly body: EntryBodies["statement.forwarded"];
}

interface Statement {
  textDigest: string | null;
  readonly decided: Map<number, Decided>;
  declared: number;
  /** Literals or another moment said no. */
  denied: boolean;
  forwarded: Forwarded | null;
  finished: boolean;
}

export class StatementCheck {
  readonly #findings: Findings;
  readonly #crypto: Crypto;
  readonly #statements = new Map<string, Statement>();
  readonly #requests = new Map<string, Request>();
  readonly #held: Forwarded[] = [];

  constructor(findings: Findings, crypto: Crypto) {
    this.#findings = findings;
    this.#crypto = crypto;
  }

  get statements(): number {
    return this.#statements.size;
  }

  add(entry: AnyEntry): void {
    switch (entry.type) {
      case "statement.received":
        this.#text(entry, this.#of(entry.session, entry.body.statement), entry.body.textDigest);
        break;
      case "statement.decided":
        this.#decided(entry);
        break;
      case "approval.requested":
        this.#text(entry, this.#of(entry.session, entry.body.statement), entry.body.textDigest);
        this.#requests.set(entry.body.request, {
          requested: entry.body,
          principal: entry.principal,
          grants: this.#request(entry.body.request).grants,
          ends: this.#request(entry.body.request).ends,
        });
        break;
      case "approval.granted":
        this.#request(entry.body.request).grants.push({ at: nameOf(entry), time: entry.time, body: entry.body });
        break;
      case "approval.denied":
      case "approval.withdrawn":
      case "approval.expired":
        this.#request(entry.body.request).ends.push({ at: nameOf(entry), time: entry.time });
        break;
      case "statement.forwarded":
        this.#forwarded(entry);
        break;
      case "result.end":
        this.#of(entry.session, entry.body.statement).finished = true;
        break;
      case "error":
        this.#failed(entry);
        break;
      default:
        break;
    }
  }

  #of(session: string | null, statement: string): Statement {
    const key = `${session}\n${statement}`;
    const known = this.#statements.get(key);
    if (known !== undefined) return known;
    const fresh: Statement = {
      textDigest: null,
      decided: new Map(),
      declared: 1,
      denied: false,
      forwarded: null,
      finished: false,
    };
    this.#statements.set(key, fresh);
    return fresh;
  }

  #request(id: string): Request {
    const known = this.#requests.get(id);
    if (known !== undefined) return known;
    const fresh: Request = { requested: null, principal: null, grants: [], ends: [] };
    this.#requests.set(id, fresh);
    return fresh;
  }

  #text(entry: AnyEntry, statement: Statement, textDigest: string): void {
    if (statement.textDigest !== null && statement.textDigest !== textDigest) {
      this.#findings.fail(
        "digest-mismatch",
        nameOf(entry),
        "it is about another text than the statement's entries before it",
      );
    }
    statement.textDigest ??= textDigest;
  }

  #decided(entry: Entry<"statement.decided">): void {
    const { body } = entry;
    const statement = this.#of(entry.session, body.statement);
    this.#text(entry as AnyEntry, statement, body.textDigest);
    const facts = canonicalJson(body.facts);
    if (!facts.ok || hex(this.#crypto.sha256(utf8(facts.text))) !== body.factsDigest) {
      this.#findings.fail("digest-mismatch", nameOf(entry as AnyEntry), "its facts are not those of its digest");
    }
    const { effect }: { effect?: unknown } = body.decision;
    if (effect !== undefined && effect !== body.effect) {
      this.#findings.fail(
        "digest-mismatch",
        nameOf(entry as AnyEntry),
        "its effect is not the one of the decision it holds",
      );
    }
    statement.declared = Math.max(statement.declared, body.count ?? 1);
    if (body.moment === "statement")
      statement.decided.set(body.index ?? 0, { effect: body.effect, textDigest: body.textDigest });
    if (body.moment === "literals" && body.effect === "deny") statement.denied = true;
  }

  #forwarded(entry: Entry<"statement.forwarded">): void {
    const { body } = entry;
    const name = nameOf(entry as AnyEntry);
    const statement = this.#of(entry.session, body.statement);
    this.#text(entry as AnyEntry, statement, body.textDigest);
    const effects: (Decided["effect"] | undefined)[] = [];
    for (let i = 0; i < statement.declared; i++) effects.push(statement.decided.get(i)?.effect);
    const forwarded = { at: name, time: entry.time, principal: entry.principal, body };
    if (effects.includes(undefined))
      this.#findings.fail("not-decided", name, "there is no statement.decided before it");
    else if (effects.includes("deny") || statement.denied)
      this.#findings.fail("not-decided", name, "the decision before it was deny");
    else if (effects.includes("hold") && body.describeOnly !== true) this.#held.push(forwarded);
    if (body.describeOnly !== true) {
      statement.forwarded = forwarded;
      statement.finished = false;
    }
  }

  #failed(entry: Entry<"error">): void {
    const id = entry.body.statement;
    if (id === undefined || id === null) return;
    this.#of(entry.session, id).finished = true;
    if (entry.body.outcome === "unknown")
      this.#findings.note("outcome-unknown", nameOf(entry as AnyEntry), `whether statement ${id} ran is not known`);
  }

  finish(): void {
    for (const forwarded of this.#held) this.#approved(forwarded);
    for (const [id, request] of this.#requests)
      for (const grant of request.grants) this.#independent(id, request, grant);
    for (const statement of this.#statements.values()) {
      if (statement.forwarded === null || statement.finished) continue;
      this.#findings.note(
        "outcome-unknown",
        statement.forwarded.at,
        `statement ${statement.forwarded.body.statement} has no outcome in this record`,
      );
    }
  }

  /** Approvers are neither the one who asked nor, unless every requirement allows it, the one on whose behalf. */
  #independent(id: string, request: Request, grant: Grant): void {
    const { approver } = grant.body;
    const { requested } = request;
    if (requested === null) {
      this.#findings.fail("not-approved", grant.at, `approval request ${id} is not in this record`);
      return;
    }
    const neverDelegator =
      requested.requirements.length === 0 || requested.requirements.some((r) => r.never.includes("delegator"));
    if (approver === requested.requester || approver === request.principal) {
      this.#findings.fail("approved-by-requester", grant.at, "the approver is the requester");
    } else if (approver === requested.delegator && neverDelegator) {
      this.#findings.fail("approved-by-requester", grant.at, "the approver is the delegator");
    }
  }

  #approved(forwarded: Forwarded): void {
    const id = forwarded.body.request;
    const request = id === undefined || id === null ? undefined : this.#requests.get(id);
    if (request?.requested == null || request.requested.statement !== forwarded.body.statement) {
      this.#findings.fail(
        "not-approved",
        forwarded.at,
        "the decision was hold and it names no approval of this statement",
      );
      return;
    }
    const before = request.grants.filter((grant) => comesBefore(grant, forwarded));
    const needed = request.requested.requirements.reduce((most, { count }) => Math.max(most, count), 1);
    const approvers = new Set(before.map(({ body }) => body.approver));
    const isEnded = request.ends.some((end) => comesBefore(end, forwarded));
    if (isEnded || !before.some(({ body }) => body.complete) || approvers.size < needed) {
      this.#findings.fail("not-approved", forwarded.at, `${approvers.size} of ${needed} approvals stand before it`);
      return;
    }
    if (before.some(({ body }) => body.textDigest !== forwarded.body.textDigest)) {
      this.#findings.fail("digest-mismatch", forwarded.at, "the text approved is not the text forwarded");
    }
    const expires = [request.requested.expires, ...before.map(({ body }) => body.expires ?? null)].filter(
      (time) => time !== null,
    );
    if (expires.some((time) => Date.parse(time) < Date.parse(forwarded.time))) {
      this.#findings.fail("approval-expired", forwarded.at, "its approval had expired by then");
    }
  }
}

function comesBefore(grant: Stand, forwarded: Forwarded): boolean {
  if (grant.at.log === forwarded.at.log) return grant.at.index < forwarded.at.index;
  return Date.parse(grant.time) <= Date.parse(forwarded.time);
}
