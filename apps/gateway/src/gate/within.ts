/** What `wanted` resolves with, or null when it takes longer than `waitMs` or `signal` says that nobody waits. */
export async function within<T>(wanted: Promise<T>, waitMs: number, signal: AbortSignal): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const given = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    timer = setTimeout(onAbort, waitMs);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([wanted, given]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
