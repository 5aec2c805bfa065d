/** Resolves after `ms`. For the pretend world's slowness only; nothing that is under test may wait like this. */
export const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
