/**
 * The bundle in force on this replica, and how fresh its view of it is. An activation that can't be loaded leaves
 * the last good bundle in force; a view older than the limit refuses new work (architecture §5, Staleness).
 */
import { type Bundle, parseBundle } from "@sluice/policy-engine";
import { GatewayError } from "../errors/catalogue.ts";
import { activeActivation, loadBundleFiles } from "../store/bundles.ts";
import type { Queryable } from "../store/pool.ts";
import { nodeCrypto } from "./node-crypto.ts";

export class ActivePolicy {
  readonly #staleAfterMs: number;
  readonly #now: () => number;
  #bundle: Bundle | null = null;
  #activation = 0;
  #seenAt = 0;
  #problem: string | null = null;

  constructor(staleAfterMs: number, now: () => number) {
    this.#staleAfterMs = staleAfterMs;
    this.#now = now;
  }

  get bundle(): Bundle | null {
    return this.#bundle;
  }

  /** Why the newest activation isn't the one in force; null when it is. */
  get problem(): string | null {
    return this.#problem;
  }

  get isFresh(): boolean {
    return this.#now() - this.#seenAt <= this.#staleAfterMs;
  }

  /** Throws SLUICE_STALE; also before any bundle was activated. */
  assertFresh(): void {
    if (!this.isFresh) throw new GatewayError("SLUICE_STALE");
  }

  needBundle(): Bundle {
    if (this.#bundle === null)
      throw new GatewayError(
        "SLUICE_POLICY_DENIED",
        "No policy has been activated yet, so nothing is allowed. Apply one with `sluice apply -f DIR`.",
      );
    return this.#bundle;
  }

  /** Looks which activation is in force and loads it if it is new. `seen` is told only when PostgreSQL answered. */
  async refresh(db: Queryable): Promise<void> {
    const head = await activeActivation(db);
    if (head !== null && head.id !== this.#activation) {
      const parsed = parseBundle(await loadBundleFiles(db, head.digest), nodeCrypto);
      this.#activation = head.id;
      if (parsed.bundle !== null && parsed.bundle.digest === head.digest) {
        this.#bundle = parsed.bundle;
        this.#problem = null;
      } else this.#problem = `activation ${head.id} can't be loaded; the last good bundle stays in force`;
    }
    this.#seenAt = this.#now();
  }
}
