/** Runs per second of the two, by turns, so that a busy machine slows both alike: the median round of each. */
export async function alternate(
  rounds: number,
  ours: () => unknown,
  baseline: () => unknown,
  runsPerRound = 1,
): Promise<{ value: number; baseline: number; ratio: number }> {
  const times: [ours: number[], baseline: number[]] = [[], []];
  for (let round = -2; round < rounds; round += 1) {
    for (const [index, work] of [ours, baseline].entries()) {
      const began = performance.now();
      for (let run = 0; run < runsPerRound; run += 1) await work();
      // The first two rounds warm up the machine code and are not counted.
      if (round >= 0) times[index]?.push((performance.now() - began) / runsPerRound);
    }
  }
  const [value, ceiling] = times.map((each) => 1000 / median(each)) as [number, number];
  return { value: rounded(value), baseline: rounded(ceiling), ratio: rounded(value / ceiling) };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
