import { describe, expect, it } from 'vitest';
import { changeIo } from '../../../test/support/changed-io.js';
import { createTestIo } from '../../../test/support/scripted-upstream.js';
import { ProviderError } from '../provider.js';
import type { ProviderEvent } from '../provider.js';
import { pollTask } from './poll-task.js';
import type { TaskLook } from './poll-task.js';

const schedule = { firstDelayMs: 100, maxDelayMs: 200 };

interface Outcome {
  readonly events: readonly ProviderEvent[];
  readonly pausesMs: readonly number[];
  readonly value: string | undefined;
  readonly error: unknown;
}

/** Plays the looks one after the other; the signal fires once they are used up. */
async function poll(
  looks: readonly (TaskLook<string> | ProviderError)[],
  reason?: unknown,
): Promise<Outcome> {
  const controller = new AbortController();
  const pausesMs: number[] = [];
  const io = changeIo(createTestIo({ baseUrl: 'https://upstream.example' }), {
    signal: controller.signal,
    sleep: (delayMs) => {
      pausesMs.push(delayMs);
      if (pausesMs.length <= looks.length) return Promise.resolve();
      controller.abort(reason);
      return Promise.reject(new Error('aborted'));
    },
  });
  const events: ProviderEvent[] = [];
  const run = pollTask('Acme', io, schedule, () => {
    const look = looks[pausesMs.length - 1];
    if (look === undefined) throw new Error('no look is left');
    return look instanceof ProviderError ? Promise.reject(look) : Promise.resolve(look);
  });
  try {
    for (;;) {
      const step = await run.next();
      if (step.done === true) return { events, pausesMs, value: step.value, error: undefined };
      events.push(step.value);
    }
  } catch (error) {
    return { events, pausesMs, value: undefined, error };
  }
}

function failure(kind: 'connection' | 'moderated' | 'rate_limited', retryAfterMs?: number): ProviderError {
  return new ProviderError({
    kind,
    retryable: kind !== 'moderated',
    billed: 'unknown',
    message: kind,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

describe('pollTask', () => {
  it('looks at growing pauses, tells each new progress once and returns the end', async () => {
    const outcome = await poll([
      { state: 'running' },
      { state: 'running', fraction: 0.5 },
      { state: 'running', fraction: 0.5 },
      { state: 'running', fraction: 1.5 },
      { state: 'ended', value: 'done' },
    ]);
    expect(outcome).toStrictEqual({
      events: [
        { type: 'progress', fraction: 0.5 },
        { type: 'progress', fraction: 1 },
      ],
      pausesMs: [100, 150, 200, 200, 200],
      value: 'done',
      error: undefined,
    });
  });

  it('outlives looks that fail, waiting as long as the provider asks', async () => {
    const outcome = await poll([
      failure('connection'),
      { state: 'unclear', error: failure('rate_limited', 900) },
      { state: 'ended', value: 'done' },
    ]);
    expect(outcome).toMatchObject({ pausesMs: [100, 150, 900], value: 'done' });
  });

  it('ends with what the look threw', async () => {
    const refusal = failure('moderated');
    expect((await poll([{ state: 'running' }, refusal])).error).toBe(refusal);
  });

  it.each([
    ['timeout', new DOMException('too long', 'TimeoutError')],
    ['cancelled', undefined],
  ])('gives up with %s when the signal fires, and never knows the price then', async (kind, reason) => {
    const { error } = await poll([{ state: 'running' }], reason);
    expect(error).toMatchObject({ info: { kind, retryable: false, billed: 'unknown' } });
  });
});
