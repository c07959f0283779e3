/** Waits for something to become true by looking again and again, never by guessing how long it takes. */
import { setTimeout as pause } from "node:timers/promises";

export async function waitFor<T>(
  look: () => Promise<T> | T,
  isThere: (seen: T) => boolean,
  atMostMs = 10_000,
): Promise<T> {
  const until = Date.now() + atMostMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > until)
      throw new Error(`did not come true within ${atMostMs} ms; last seen: ${JSON.stringify(seen)?.slice(0, 500)}`);
    await pause(20);
  }
}
