/**
 * `work` on each item, one after the other. For cryptography, which runs on this thread anyway: a thousand promises in
 * flight cost twice as much as the work itself.
 */
export async function inTurn<Item, Result>(items: Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
