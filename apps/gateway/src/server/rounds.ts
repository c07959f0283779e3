/** Work that comes round again: each on its own, so that one that fails or hangs doesn't stop the others. */
import { faultOf, type Log } from "../observability/log.ts";

export interface Round {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<unknown>;
}

/** Starts all rounds; a round that is still running is not started again. */
export function startRounds(rounds: readonly Round[], log: Log): { stop(): void } {
  const timers = rounds.map(({ name, everyMs, run }) => {
    let isRunning = false;
    return setInterval(() => {
      if (isRunning) return;
      isRunning = true;
      run()
        .catch((error: unknown) => log.warn({ round: name, err: faultOf(error) }, "round failed"))
        .finally(() => {
          isRunning = false;
        });
    }, everyMs);
  });
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
