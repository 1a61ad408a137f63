import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findScriptedOutcome } from './scripted-outcome.js';

type Call = Parameters<typeof findScriptedOutcome>[0];

function outcomeOf(prompt: string, changes: Partial<Call> = {}): string | undefined {
  const call = { header: undefined, scope: undefined, names: ['painter-1'], count: 1, ...changes };
  return findScriptedOutcome({ prompt, ...call })?.name;
}

const attempt = (number: number, image = 1) => ({ scope: `gen_x/${image}/${number}` });

describe('findScriptedOutcome', () => {
  it.each([
    'moderated-prompt',
    'moderated-input',
    'moderated-output',
    'rate-limited',
    'rate-limited-no-hint',
    'overloaded',
    'server-error',
    'stall',
    'drip',
    'cut-body',
    'bad-base64',
    'wrong-size',
    'text-only',
    'no-image',
    'expired-link',
    'bad-key',
    'out-of-credit',
  ])('acts out %s by prompt and by header', (name) => {
    expect(outcomeOf(`a fox [[emulate:${name}]] at dawn`)).toBe(name);
    expect(outcomeOf('a fox', { header: name })).toBe(name);
  });

  it('reads how long a slow answer takes', () => {
    const call = { header: undefined, scope: undefined, names: [], count: 1 };
    expect(findScriptedOutcome({ ...call, prompt: '[[emulate:slow-250]]' })).toStrictEqual({
      name: 'slow',
      delayMs: 250,
    });
    expect(findScriptedOutcome({ ...call, prompt: '[[emulate:stall]]' })).toStrictEqual({
      name: 'stall',
      delayMs: 0,
    });
  });

  it.each([
    'a fox',
    'emulate:stall',
    '[emulate:stall]',
    '[[emulate:]]',
    '[[emulate:STALL]]',
    '[[emulate:slow]]',
    '[[emulate:slow-soon]]',
    '[[emulate:unheard-of]]',
    '[[emulate:stall!]]',
  ])('takes %j for an ordinary prompt', (prompt) => {
    expect(outcomeOf(prompt)).toBeUndefined();
  });

  it('takes tokens in their order, one per attempt, and succeeds afterwards', () => {
    const prompt = '[[emulate:overloaded]] a fox [[emulate:rate-limited]]';
    expect([1, 2, 3, 4].map((number) => outcomeOf(prompt, attempt(number)))).toStrictEqual([
      'overloaded',
      'rate-limited',
      undefined,
      undefined,
    ]);
  });

  it('covers as many attempts as a token says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 }), (times, number) => {
        const expected = number <= times ? 'overloaded' : number === times + 1 ? 'stall' : undefined;
        expect(outcomeOf(`[[emulate:overloaded*${times}]][[emulate:stall]]`, attempt(number))).toBe(expected);
      }),
    );
  });

  it('takes the header’s tokens before the prompt’s', () => {
    const call = { header: 'overloaded, server-error' };
    const outcomes = [1, 2, 3].map((number) =>
      outcomeOf('[[emulate:stall]]', { ...call, ...attempt(number) }),
    );
    expect(outcomes).toStrictEqual(['overloaded', 'server-error', 'stall']);
  });

  it('acts on the named model only, by any of its names', () => {
    const prompt = '[[emulate:overloaded@painter-1]]';
    expect(outcomeOf(prompt, { names: ['painter-1-2026', 'painter-1'] })).toBe('overloaded');
    expect(outcomeOf(prompt, { names: ['painter-2'] })).toBeUndefined();
    expect(outcomeOf('[[emulate:overloaded@acme/painter-1.5]]', { names: ['acme/painter-1.5'] })).toBe(
      'overloaded',
    );
  });

  it('acts on the named image only, wherever it lies in a call', () => {
    const prompt = '[[emulate:no-image#3]]';
    expect([1, 2, 3, 4].map((image) => outcomeOf(prompt, attempt(1, image)))).toStrictEqual([
      undefined,
      undefined,
      'no-image',
      undefined,
    ]);
    expect(outcomeOf(prompt, { ...attempt(1, 1), count: 4 })).toBe('no-image');
    expect(outcomeOf(prompt, { ...attempt(1, 4), count: 4 })).toBeUndefined();
  });

  it('counts the attempts of each image by the tokens that are for it', () => {
    const prompt = '[[emulate:overloaded#1]][[emulate:stall#2]]';
    expect(outcomeOf(prompt, attempt(1, 1))).toBe('overloaded');
    expect(outcomeOf(prompt, attempt(1, 2))).toBe('stall');
    expect(outcomeOf(prompt, attempt(2, 1))).toBeUndefined();
  });

  it('reads all suffixes in any order', () => {
    for (const token of [
      'overloaded*2#1@painter-1',
      'overloaded@painter-1#1*2',
      'overloaded#1@painter-1*2',
    ]) {
      expect(outcomeOf(`[[emulate:${token}]]`, attempt(2))).toBe('overloaded');
      expect(outcomeOf(`[[emulate:${token}]]`, attempt(3))).toBeUndefined();
      expect(outcomeOf(`[[emulate:${token}]]`, attempt(1, 2))).toBeUndefined();
    }
  });

  it('takes a call without a scope, or with nonsense in it, for the first attempt at the first image', () => {
    for (const scope of [undefined, '', 'gen_x', 'gen_x/1', 'gen_x/a/b']) {
      expect(outcomeOf('[[emulate:overloaded#1]]', { scope })).toBe('overloaded');
    }
  });
});
