import { performance } from 'node:perf_hooks';

interface Counts {
  /** Pairs of measurements. */
  readonly rounds: number;
  /** Calls of each measurement. */
  readonly calls: number;
}

/** Of all inputs: what was asked before may be remembered. */
let number = 0;

/**
 * How much longer something takes for inputs of one kind than for those of another, as a part of the first. Both kinds are measured
 * in turn, so that whatever else the machine does strikes both, and the median of all pairs counts.
 * @param first makes the inputs of a kind by number; no input comes twice
 */
export async function relativeDifference(
  act: (input: string) => unknown,
  first: (n: number) => string,
  second: (n: number) => string,
  { rounds, calls }: Counts,
): Promise<number> {
  const measure = async (make: (n: number) => string) => {
    const inputs = Array.from({ length: calls }, () => {
      number += 1;
      return make(number);
    });
    const start = performance.now();
    for (const input of inputs) {
      const running = act(input);
      if (running instanceof Promise) await running;
    }
    return performance.now() - start;
  };
  const differences: number[] = [];
  for (let round = 0; round < rounds + 20; round += 1) {
    // Who comes first has colder caches.
    const isTurned = round % 2 === 1;
    const early = await measure(isTurned ? second : first);
    const late = await measure(isTurned ? first : second);
    const [one, other] = isTurned ? [late, early] : [early, late];
    // The first rounds are those of the compiler.
    if (round >= 20) differences.push((other - one) / one);
  }
  return differences.sort((a, b) => a - b)[Math.floor(differences.length / 2)] ?? Number.NaN;
}
