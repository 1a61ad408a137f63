/** The same list with one entry elsewhere; places beyond the ends are the ends. */
export function moveStep<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const moved = [...list];
  const [step] = moved.splice(from, 1);
  if (step === undefined) return list;
  moved.splice(Math.max(0, Math.min(list.length - 1, to)), 0, step);
  return moved;
}

/** Where something dragged belongs. @param middles of the entries from above, in the same units as `y` */
export function placeAt(middles: readonly number[], y: number): number {
  const above = middles.filter((middle) => middle < y).length;
  return Math.min(middles.length - 1, above);
}
