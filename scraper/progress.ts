/** Tells a person at a terminal how far long work has come, on one line of its own beside the output. Says nothing to scripts. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Takes that line away. */
export function progressEnds(): void {
  progress("");
}
