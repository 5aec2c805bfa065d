/** Work a stand-in does after it answered: statuses, callbacks. Can be awaited by a test and dropped at the end. */
export type Later = {
  /** Runs `work` after `delayMs`. Work that is far away (`counted: false`) does not keep `settled` waiting. */
  run(delayMs: number, work: (signal: AbortSignal) => unknown, options?: { counted: boolean }): void;
  /** Resolves once all counted work, and the work it started, is done. */
  settled(): Promise<void>;
  /** Drops what has not begun and aborts the signal of what has. */
  stop(): void;
};

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createLater(): Later {
  const ending = new AbortController();
  const timers = new Map<NodeJS.Timeout, () => void>();
  const pending = new Set<Promise<void>>();

  const after = (delayMs: number, counted: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => fire(), Math.min(delayMs, LONGEST_TIMER_MS));
      const fire = () => {
        clearTimeout(timer);
        timers.delete(timer);
        resolve();
      };
      timers.set(timer, fire);
      if (!counted) timer.unref();
    });

  return {
    run(delayMs, work, { counted } = { counted: true }) {
      const done = after(delayMs, counted).then(async () => {
        if (!ending.signal.aborted) await work(ending.signal);
      });
      if (!counted) return;
      pending.add(done);
      done.finally(() => pending.delete(done)).catch(() => {});
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
    stop() {
      ending.abort();
      for (const fire of timers.values()) fire();
    },
  };
}
