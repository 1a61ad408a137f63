/** One choice per factor. */
export type Choice = Readonly<Record<string, unknown>>;

/**
 * A small set of combinations in which every two values of different factors meet at least once. Greedy and deterministic.
 * @param factors values by factor name; undefined among them means: leave it out
 */
export function pairwise(factors: Readonly<Record<string, readonly unknown[]>>): readonly Choice[] {
  const names = Object.keys(factors);
  const open = new Set<string>();
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      for (let x = 0; x < count(factors, a); x += 1) {
        for (let y = 0; y < count(factors, b); y += 1) open.add(pair(a, x, b, y));
      }
    }
  }
  const rows: Choice[] = [];
  while (open.size > 0) {
    const row = new Map<string, number>();
    for (const name of names) {
      let best = 0;
      let bestGain = -1;
      for (let value = 0; value < count(factors, name); value += 1) {
        // Values whose pairs are still open are wanted; among equals the one that closes most with what is chosen.
        const closing = [...row].filter(([other, chosen]) =>
          open.has(pair(other, chosen, name, value)),
        ).length;
        const pending = [...open].filter((key) => key.includes(`${name}=${value};`)).length;
        const gain = closing * 1000 + pending;
        if (gain > bestGain) [best, bestGain] = [value, gain];
      }
      row.set(name, best);
    }
    const chosen = [...row];
    const before = open.size;
    for (const [i, [a, x]] of chosen.entries()) {
      for (const [b, y] of chosen.slice(i + 1)) open.delete(pair(a, x, b, y));
    }
    if (open.size === before) {
      // The greedy choice closed nothing: force the first open pair.
      const [key] = open;
      for (const [, name = '', value = ''] of (key ?? '').matchAll(/(\w+)=(\d+);/g))
        row.set(name, Number(value));
      for (const [i, [a, x]] of [...row].entries()) {
        for (const [b, y] of [...row].slice(i + 1)) open.delete(pair(a, x, b, y));
      }
    }
    rows.push(
      Object.fromEntries(
        [...row].flatMap(([name, value]) => {
          const picked = factors[name]?.[value];
          return picked === undefined ? [] : [[name, picked]];
        }),
      ),
    );
  }
  return rows;
}

function count(factors: Readonly<Record<string, readonly unknown[]>>, name: string): number {
  return factors[name]?.length ?? 0;
}

function pair(a: string, x: number, b: string, y: number): string {
  return `${a}=${x};${b}=${y};`;
}
