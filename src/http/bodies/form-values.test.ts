import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generationBodySchema } from '../../images/request-body.js';
import { toFieldValue } from './form-values.js';

const BASE = { model: 'painter-1', prompt: 'a red fox' };
const pairs = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((name) => name !== '__proto__'),
  fc.string({ maxLength: 20 }),
  { maxKeys: 4 },
);
/** Values of every field that isn't text, as JSON would have them. */
const fields = fc.record(
  {
    n: fc.integer({ min: 1, max: 10 }),
    output_compression: fc.integer({ min: 0, max: 100 }),
    seed: fc.maxSafeNat(),
    partial_images: fc.integer({ min: 0, max: 3 }),
    frame_count: fc.integer({ min: 2, max: 16 }),
    frame_duration_ms: fc.integer({ min: 20, max: 655_350 }),
    persist: fc.boolean(),
    stream: fc.boolean(),
    dry_run: fc.boolean(),
    prompt_revision: fc.oneof(fc.boolean(), fc.constant('preview' as const)),
    fallback: fc.oneof(fc.boolean(), fc.array(fc.string({ minLength: 1, maxLength: 10 }), { maxLength: 3 })),
    metadata: pairs,
    svg: pairs,
    provider_options: fc.dictionary(fc.constantFrom('openai', 'bfl'), pairs, { maxKeys: 2 }),
    size: fc.constantFrom('1024x1024', '512', 'auto'),
    user: fc.oneof(fc.constantFrom('7', 'true', 'null', '{}'), fc.string({ maxLength: 10 })),
  },
  { requiredKeys: [] },
);

describe('a field of a form', () => {
  it('means what the same field of a JSON body means', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const asJson: unknown = JSON.parse(JSON.stringify({ ...BASE, ...given }));
        const asForm = Object.fromEntries(
          Object.entries({ ...BASE, ...given }).map(([name, value]) => [
            name,
            toFieldValue(name, typeof value === 'string' ? value : JSON.stringify(value)),
          ]),
        );
        expect(generationBodySchema.parse(asForm)).toStrictEqual(generationBodySchema.parse(asJson));
      }),
      { numRuns: 500, seed: 22_11 },
    );
  });

  it.each([
    ['n', ' 3 ', 3],
    ['n', '-1', -1],
    ['n', '2.5', 2.5],
    ['stream', 'FALSE', false],
    ['prompt', '42', '42'],
    ['prompt', 'true', 'true'],
    ['quality', '1', '1'],
  ])('%s: %j is %j', (name, text, value) => {
    expect(toFieldValue(name, text)).toBe(value);
  });

  it.each([
    ['n', 'three'],
    ['n', ''],
    ['n', '1e2'],
    ['n', '0x10'],
    ['n', 'Infinity'],
    ['seed', '9'.repeat(40)],
    ['stream', 'yes'],
    ['stream', '1'],
  ])('stays text for the schema to refuse: %s %j', (name, text) => {
    expect(toFieldValue(name, text)).toBe(text);
    const parsed = generationBodySchema.safeParse({ ...BASE, [name]: toFieldValue(name, text) });
    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([[name]]);
  });

  it.each(['{', '', 'undefined', "{'a':1}"])('refuses %j where JSON text is needed, by name', (text) => {
    for (const name of ['metadata', 'provider_options', 'svg']) {
      expect(() => toFieldValue(name, text)).toThrow(
        expect.objectContaining({ code: 'invalid_request', param: name }),
      );
    }
  });

  it('refuses JSON text that is nested too deeply', () => {
    const text = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    expect(() => toFieldValue('metadata', text)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'metadata' }),
    );
  });
});
