const DEDUPLICATED_FOR_MS = 5 * 60_000;

export type Message = { id: string; group: string; body: string; receives: number };
type Held = Message & { receipt: string; visibleAt: number };

/** One FIFO queue by Amazon's rules: order and lock within a group, deduplication for five minutes, visibility time-outs. */
export type FifoQueue = {
  /** Says the same id again for what it takes for a repeat. */
  send(message: { group: string; once: string; body: string }): string;
  /** What is in flight hides all of its group; several of a free group may come at once. */
  receive(options: { most: number; hiddenMs: number }): (Message & { receipt: string })[];
  /** Hides a message for so long from now; false for a receipt that has run out. */
  hide(receipt: string, hiddenMs: number): boolean;
  /** False for a receipt that has run out. */
  remove(receipt: string): boolean;
  /** Everything that lies in the queue, in flight or not. */
  all(): Message[];
};

export function fifoQueue(now: () => number): FifoQueue {
  const held: Held[] = [];
  const seen = new Map<string, { id: string; at: number }>();
  return {
    send({ group, once, body }) {
      const before = seen.get(once);
      if (before && now() - before.at < DEDUPLICATED_FOR_MS) return before.id;
      const id = crypto.randomUUID();
      seen.set(once, { id, at: now() });
      held.push({ id, group, body, receives: 0, receipt: "", visibleAt: 0 });
      return id;
    },
    receive({ most, hiddenMs }) {
      const at = now();
      const locked = new Set(held.filter(({ visibleAt }) => visibleAt > at).map(({ group }) => group));
      const free = held.filter(({ group }) => !locked.has(group)).slice(0, most);
      for (const message of free) {
        Object.assign(message, {
          receipt: crypto.randomUUID(),
          visibleAt: at + hiddenMs,
          receives: message.receives + 1,
        });
      }
      return free.map((message) => ({ ...message }));
    },
    hide(receipt, hiddenMs) {
      const message = held.find((each) => each.receipt === receipt && each.visibleAt > now());
      if (message) message.visibleAt = now() + hiddenMs;
      return message !== undefined;
    },
    remove(receipt) {
      const index = held.findIndex((message) => message.receipt === receipt && message.visibleAt > now());
      if (index >= 0) held.splice(index, 1);
      return index >= 0;
    },
    all: () => held.map(({ id, group, body, receives }) => ({ id, group, body, receives })),
  };
}
