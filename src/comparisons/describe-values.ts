import { formatCredits, type Microcredits } from '../credits/microcredits.js';
import { stripEmulationTokens } from '../painter/strip-tokens.js';
import { plainText } from '../prompts/compose-prompt.js';
import type { Axis, AxisName, AxisValue } from './axes.js';

/** What an axis is called where its values stand below it. */
const NAMES: Readonly<Record<AxisName, string>> = {
  model: 'Model',
  prompt: 'Prompt',
  prompt_replace: 'Words',
  size: 'Size',
  seed: 'Seed',
};

const PLURALS: Readonly<Record<AxisName, string>> = {
  model: 'models',
  prompt: 'prompts',
  prompt_replace: 'wordings',
  size: 'sizes',
  seed: 'seeds',
};

export function nameOfAxis({ axis }: Axis): string {
  return NAMES[axis];
}

/** `6 models × 2 prompts`: the axes along which something changes. */
export function describeAxes(axes: readonly Axis[]): string {
  const active = axes.filter(({ values }) => values.length > 1);
  if (active.length === 0) return 'One picture';
  return active.map(({ axis, values }) => `${values.length} ${PLURALS[axis]}`).join(' × ');
}

/** A value where the name of its axis stands beside it. */
export function describeValue(axis: Axis, value: AxisValue | undefined): string {
  switch (axis.axis) {
    case 'prompt':
      return promptText(value);
    case 'prompt_replace':
      return `${axis.replaces ?? ''} → ${value === '' ? '(nothing)' : textOf(value)}`;
    case 'size':
      return sizeText(textOf(value));
    case 'model':
    case 'seed':
      return textOf(value);
  }
}

/** A value that has to speak for itself. */
export function labelValue(axis: Axis, value: AxisValue | undefined): string {
  return axis.axis === 'seed' ? `Seed ${textOf(value)}` : describeValue(axis, value);
}

/** A prompt as text, without what only emulators are told. */
export function promptText(prompt: AxisValue | undefined): string {
  return stripEmulationTokens(textOf(prompt));
}

function textOf(value: AxisValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? plainText(value) : String(value);
}

export function sizeText(size: string): string {
  return size.replace(/^(\d+)[x×*](\d+)$/i, '$1 × $2');
}

/** `4.25 credits`, with as many digits as a reader needs. */
export function creditsText(amount: Microcredits): string {
  if (amount === 0) return 'free';
  const text = formatCredits(Math.round(amount / 1000) * 1000);
  return `${text} ${text === '1' ? 'credit' : 'credits'}`;
}

/** `0.4 s`, `12 s`, `2 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
