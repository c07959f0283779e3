/**
 * Slows down whoever guesses tokens: after some failures an address, or one login name from it, is refused without
 * a look for a time that doubles, up to a minute. The answer is the same as for a wrong token.
 *
 * Nobody is locked out by what others do elsewhere: a login name alone blocks nothing, since the token says who
 * calls and names can be typed by anybody. Memory is bounded.
 */
const ADDRESS_FREE = 50;
const NAME_FREE = 10;
const FIRST_BLOCK_MS = 1000;
const BLOCK_MS_MAX = 60_000;
const FORGET_MS = 10 * 60_000;
const KEYS_MAX = 10_000;

export interface LoginOrigin {
  readonly remote: string | null;
  readonly account: string;
  readonly login: string;
}

interface Failures {
  readonly count: number;
  readonly at: number;
  readonly blockedUntil: number;
}

export class LoginBackoff {
  readonly #failures = new Map<string, Failures>();

  isBlocked(origin: LoginOrigin, now: number): boolean {
    return keysOf(origin).some(({ key }) => (this.#failures.get(key)?.blockedUntil ?? 0) > now);
  }

  failed(origin: LoginOrigin, now: number): void {
    for (const { key, free } of keysOf(origin)) {
      const before = this.#failures.get(key);
      const count = before === undefined || now - before.at > FORGET_MS ? 1 : before.count + 1;
      const over = Math.min(count - free, 16);
      const blockedUntil = over <= 0 ? 0 : now + Math.min(BLOCK_MS_MAX, FIRST_BLOCK_MS * 2 ** (over - 1));
      // Taken out and put back, so that the oldest failure is the first in the map.
      this.#failures.delete(key);
      this.#failures.set(key, { count, at: now, blockedUntil });
    }
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= KEYS_MAX) break;
      this.#failures.delete(key);
    }
  }

  /** A good token from here: this login name starts afresh. */
  succeeded(origin: LoginOrigin): void {
    const name = keysOf(origin)[1];
    if (name !== undefined) this.#failures.delete(name.key);
  }

  get size(): number {
    return this.#failures.size;
  }
}

function keysOf({ remote, account, login }: LoginOrigin): readonly { readonly key: string; readonly free: number }[] {
  const address = remote ?? "unknown";
  const name = `${account.slice(0, 100)}\n${login.slice(0, 100)}`.toLowerCase();
  return [
    { key: address, free: ADDRESS_FREE },
    { key: `${address}\n${name}`, free: NAME_FREE },
  ];
}
