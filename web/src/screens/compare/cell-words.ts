import type { Cell, ComparedAxis, Coordinates } from '../../api/comparisons.js';
import type { Model } from '../../api/models.js';
import { formatSize } from '../../parts/whereabouts.js';
import { plainPrompt } from './compare-draft.js';

const PLURALS = {
  model: 'models',
  prompt: 'prompts',
  prompt_replace: 'wordings',
  size: 'sizes',
  seed: 'seeds',
} as const;

/** `3 models × 2 sizes`: what was varied. */
export function axesWords(axes: readonly ComparedAxis[]): string {
  return axes.map(({ axis, values }) => `${values.length} ${PLURALS[axis]}`).join(' × ');
}

/** A value that speaks for itself. */
export function valueWords(axis: ComparedAxis, place: number, models: readonly Model[]): string {
  const value = axis.values[place];
  const text = typeof value === 'object' ? plainPrompt(value) : String(value ?? '');
  switch (axis.axis) {
    case 'model':
      return models.find(({ id }) => id === text)?.name ?? text;
    case 'size':
      return formatSize(text);
    case 'seed':
      return `Seed ${text}`;
    case 'prompt':
      return text;
    case 'prompt_replace':
      return text === '' ? `without “${axis.replaces ?? ''}”` : text;
  }
}

/** Everything that a cell is told by. */
export function cellWords(
  axes: readonly ComparedAxis[],
  coordinates: Coordinates,
  models: readonly Model[],
): string {
  return axes.map((axis) => valueWords(axis, coordinates[axis.axis] ?? 0, models)).join(', ');
}

/** `0.4 s`, `12 s`, `2 min 5 s`. @param ms at least 0 */
export function durationWords(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Which cell was the cheapest and which the fastest, where one alone is. By index of the cell. */
export function superlativesOf(cells: readonly Cell[]): ReadonlyMap<number, readonly string[]> {
  const made = cells.filter(({ images }) => images.length > 0);
  const told = new Map<number, string[]>();
  const tell = (word: string, valueOf: (cell: Cell) => number | undefined) => {
    const values = made.flatMap((cell) => {
      const value = valueOf(cell);
      return value === undefined ? [] : [{ index: cell.index, value }];
    });
    const [first, second] = values.sort((a, b) => a.value - b.value);
    if (first === undefined || second === undefined || first.value === second.value) return;
    told.set(first.index, [...(told.get(first.index) ?? []), word]);
  };
  tell('cheapest', ({ credits_used: credits }) => credits);
  tell('fastest', ({ latency_ms: latency }) => latency);
  return told;
}
