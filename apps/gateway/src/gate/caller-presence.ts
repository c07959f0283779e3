/**
 * Whether the caller of a synchronous statement is there: a request of its waits on the statement right now.
 * While watched, an absence longer than the grace ends it, so that an approved DELETE never fires after the
 * laptop closed.
 */
export interface PresenceEvents {
  onPresent(): void;
  onGone(): void;
}

export class CallerPresence {
  readonly #graceMs: number;
  readonly #events: PresenceEvents;
  #present = 0;
  #isWatched = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(graceMs: number, events: PresenceEvents) {
    this.#graceMs = graceMs;
    this.#events = events;
  }

  get isPresent(): boolean {
    return this.#present > 0;
  }

  /** A request of the caller waits from now until the returned function is called. */
  arrive(): () => void {
    this.#present += 1;
    this.#disarm();
    this.#events.onPresent();
    let isHere = true;
    return () => {
      if (!isHere) return;
      isHere = false;
      this.#present -= 1;
      if (this.#isWatched) this.#arm();
    };
  }

  watch(): void {
    this.#isWatched = true;
    this.#arm();
  }

  unwatch(): void {
    this.#isWatched = false;
    this.#disarm();
  }

  #arm(): void {
    if (this.#present > 0 || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#events.onGone();
    }, this.#graceMs);
    this.#timer.unref();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
