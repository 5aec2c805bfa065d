/** Epoch milliseconds, UTC. Handed in wherever time matters, so that a test can say when it is. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
