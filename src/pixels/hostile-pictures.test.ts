import { beforeAll, describe, expect, it } from 'vitest';
import type { HostilePicture } from '../../test/support/hostile-pictures.js';
import { hostilePictures } from '../../test/support/hostile-pictures.js';
import { readMask } from './mask.js';
import { normaliseInput } from './prepare-input.js';
import { PictureError } from './sharp-runtime.js';

const LIMITS = { maxPixels: 64 * 1024 * 1024, minEdge: 8, maxEdge: 8192 };
const MEBIBYTE = 1024 * 1024;

let inputs: readonly HostilePicture[];
beforeAll(async () => {
  inputs = await hostilePictures();
});

/** Refusals are for callers: one sentence, nothing of our own machinery. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) return 'accepted';
  if (!(failure instanceof PictureError)) throw new Error('not a refusal', { cause: failure });
  expect(failure.message).toMatch(/^[A-Z][^\n]*\.$/);
  expect(failure.message).not.toMatch(/vips|libpng|sharp|heif|Error|\/etc|http/i);
  return 'refused';
}

describe('normaliseInput', () => {
  it('refuses every hostile input with a reason, in little memory and time', async () => {
    expect(inputs.length).toBeGreaterThan(80);
    expect(new Set(inputs.map(({ name }) => name)).size).toBe(inputs.length);
    const before = process.memoryUsage().rss;
    let most = before;
    for (const input of inputs) {
      const started = performance.now();
      const outcome = await outcomeOf(normaliseInput(input.bytes, LIMITS));
      expect({ name: input.name, outcome }).toStrictEqual({ name: input.name, outcome: input.expect });
      expect(performance.now() - started, input.name).toBeLessThan(2000);
      most = Math.max(most, process.memoryUsage().rss);
    }
    expect((most - before) / MEBIBYTE).toBeLessThan(300);
  });

  it('holds many of them at once without falling over', async () => {
    const outcomes = await Promise.all(
      inputs.map(async ({ name, bytes }) => [name, await outcomeOf(normaliseInput(bytes, LIMITS))]),
    );
    expect(outcomes).toStrictEqual(inputs.map((input) => [input.name, input.expect]));
  });
});

describe('readMask', () => {
  it('refuses all of them: none has transparent pixels', async () => {
    for (const { name, bytes } of inputs)
      expect([name, await outcomeOf(readMask(bytes, LIMITS))]).toStrictEqual([name, 'refused']);
  });
});
