import { describe, expect, it } from 'vitest';
import { parseKeyList } from '../config/key-list.js';
import type { ProviderErrorInfo, ProviderErrorKind } from '../providers/provider.js';
import { Routes, type Pass, type RouteRef } from './routes.js';

const signal = new AbortController().signal;

function failure(kind: ProviderErrorKind, retryAfterMs?: number): ProviderErrorInfo {
  const hint = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind, retryable: true, billed: false, message: 'it failed', ...hint };
}

function refOf(keys = '', routeId = 'acme/painter'): RouteRef {
  return {
    routeId,
    account: 'acme@https://acme.test',
    keys: keys === '' ? [] : parseKeyList(keys),
    timeoutMs: 60_000,
  };
}

/** Routes on a clock that tests turn; waiting turns it too. */
function createRoutes(maxRunning = 8) {
  let now = 1_000_000;
  let chance = 0;
  const waits: number[] = [];
  const told: string[] = [];
  const routes = new Routes({
    clock: () => new Date(now),
    wait: (delayMs) => {
      waits.push(delayMs);
      now += delayMs;
      return Promise.resolve();
    },
    random: () => chance,
    maxRunning,
    onBlocked: ({ route, key, reason }) => told.push([route, key, reason].filter(Boolean).join(' ')),
  });
  const enter = async (ref: RouteRef): Promise<Pass> => {
    const pass = await routes.enter(ref, signal);
    if ('reason' in pass) throw new Error(`blocked: ${pass.reason}`);
    return pass;
  };
  return {
    routes,
    waits,
    told,
    enter,
    turn: (ms: number) => {
      now += ms;
    },
    draw: (value: number) => {
      chance = value;
    },
    call: async (ref: RouteRef, info?: ProviderErrorInfo, durationMs = 100) => {
      (await enter(ref)).end(info, durationMs);
    },
  };
}

describe('a route whose calls fail', () => {
  it('is paused after five failures of which half or more failed, for longer each time, and lets one call probe', async () => {
    const { routes, call, enter, turn, told } = createRoutes();
    const ref = refOf();
    for (let count = 0; count < 4; count += 1) await call(ref, failure('overloaded'));
    expect(routes.findBlock(ref)).toBeUndefined();
    await call(ref, failure('connection'));
    expect(routes.findBlock(ref)).toMatchObject({ reason: 'paused', untilMs: 1_010_000 });
    expect(told).toEqual(['acme/painter connection']);
    turn(10_000);
    const probe = await enter(ref);
    expect(await routes.enter(ref, signal)).toMatchObject({ reason: 'paused' });
    probe.end(failure('timeout'), 100);
    expect(routes.findBlock(ref)).toMatchObject({ untilMs: 1_030_000 });
    turn(20_000);
    await call(ref);
    expect(routes.describe(ref).state).toBe('closed');
    await call(ref, failure('overloaded'));
    expect(routes.findBlock(ref)).toBeUndefined();
  });

  it('stays open while most calls succeed', async () => {
    const { routes, call } = createRoutes();
    const ref = refOf();
    for (let count = 0; count < 30; count += 1) {
      await call(ref, count % 3 === 0 ? failure('overloaded') : undefined);
    }
    expect(routes.findBlock(ref)).toBeUndefined();
  });

  it('is not held against for refusals, limits and stopped calls', async () => {
    const { routes, call } = createRoutes();
    const ref = refOf();
    for (const kind of ['moderated', 'invalid_request', 'rate_limited', 'cancelled', 'no_image'] as const) {
      for (let count = 0; count < 10; count += 1) await call(ref, failure(kind));
    }
    expect(routes.findBlock(ref)).toBeUndefined();
    expect(routes.describe(ref).traffic).toMatchObject({ calls: 40, refused: 20, limited: 10 });
  });

  it('never starves: a probe that ends without a verdict, or never ends, makes room for the next', async () => {
    const { routes, call, enter, turn } = createRoutes();
    const ref = refOf();
    for (let count = 0; count < 5; count += 1) await call(ref, failure('connection'));
    turn(10_000);
    (await enter(ref)).end(failure('cancelled'), 1);
    const lost = await enter(ref);
    expect(routes.findBlock(ref)).toMatchObject({ reason: 'paused' });
    turn(60_000);
    (await enter(ref)).end(undefined, 1);
    expect(routes.describe(ref).state).toBe('closed');
    lost.end(undefined, 1);
  });
});

describe('a pool of keys', () => {
  it('shares calls by weight', async () => {
    const { enter, draw } = createRoutes();
    const ref = refOf('first-key@3,second-key');
    const numbers: (number | undefined)[] = [];
    for (const chance of [0, 0.5, 0.74, 0.76, 0.99]) {
      draw(chance);
      const pass = await enter(ref);
      numbers.push(pass.key?.number);
      pass.end(undefined, 1);
    }
    expect(numbers).toEqual([1, 1, 1, 2, 2]);
  });

  it('parks a key that is refused or out of credit, longer each time, and takes it back when it works', async () => {
    const { routes, call, enter, turn, told } = createRoutes();
    const ref = refOf('first-key,second-key');
    await call(ref, failure('authentication'));
    expect(told).toEqual(['acme/painter 1 authentication']);
    expect((await enter(ref)).key?.number).toBe(2);
    await call(ref, failure('out_of_credit'));
    expect(routes.findBlock(ref)).toEqual({ reason: 'authentication', untilMs: 1_030_000 });
    expect(routes.describe(ref).keys.map(({ state, reason }) => [state, reason])).toEqual([
      ['parked', 'authentication'],
      ['parked', 'out_of_credit'],
    ]);
    turn(30_000);
    await call(ref, failure('authentication'));
    turn(30_000);
    expect((await enter(ref)).key?.number).toBe(2);
    turn(30_000);
    expect(routes.findBlock(ref)).toBeUndefined();
    await call(ref);
    expect(routes.describe(ref).keys[0]).toMatchObject({ state: 'ready' });
  });

  it('is called with another key while one rests, and waits when all do', async () => {
    const { routes, call, enter, waits } = createRoutes();
    const ref = refOf('first-key,second-key');
    await call(ref, failure('rate_limited', 5_000));
    expect(routes.hasOtherKey(ref, ref.keys[0]?.id)).toBe(true);
    const pass = await enter(ref);
    expect(pass.key?.number).toBe(2);
    pass.end(failure('rate_limited', 3_000), 1);
    expect(routes.hasOtherKey(ref, ref.keys[0]?.id)).toBe(false);
    await call(ref);
    expect(waits).toEqual([5_000]);
  });

  it('is forgiven at once when the operator says so', async () => {
    const { routes, call } = createRoutes();
    const ref = refOf('first-key');
    await call(ref, failure('out_of_credit'));
    expect(routes.findBlock(ref)).toMatchObject({ reason: 'out_of_credit' });
    routes.reset();
    expect(routes.findBlock(ref)).toBeUndefined();
  });
});

describe('calls at once', () => {
  it('fall to half when the provider pushes back, once for all that ran, and grow again with successes', async () => {
    const { routes, enter } = createRoutes(8);
    const ref = refOf('only-key');
    const limit = () => routes.describe(ref).keys[0]?.limit;
    const passes = await Promise.all(Array.from({ length: 8 }, () => enter(ref)));
    for (const pass of passes) pass.end(failure('rate_limited'), 1);
    expect(limit()).toBe(4);
    for (let count = 0; count < 5; count += 1) (await enter(ref)).end(undefined, 1);
    expect(limit()).toBe(5);
  });

  it('wait in their order for a place, and give up when they are no longer wanted', async () => {
    const { routes, enter } = createRoutes(1);
    const ref = refOf();
    const first = await enter(ref);
    const order: number[] = [];
    const second = enter(ref).then((pass) => {
      order.push(2);
      return pass;
    });
    const abort = new AbortController();
    const gone = routes.enter(ref, abort.signal);
    const last = enter(ref).then((pass) => {
      order.push(4);
      return pass;
    });
    await Promise.resolve();
    abort.abort(new Error('the caller is gone'));
    await expect(gone).rejects.toThrow('the caller is gone');
    first.end(undefined, 1);
    (await second).end(undefined, 1);
    (await last).end(undefined, 1);
    expect(order).toEqual([2, 4]);
    expect(routes.describe(ref).keys[0]).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe('the order of routes', () => {
  it('goes by health or by latency, and leaves equals alone', async () => {
    const { routes, call } = createRoutes();
    const [ill, well, fast] = [refOf('', 'acme/ill'), refOf('', 'acme/well'), refOf('', 'acme/fast')];
    await call(ill, failure('overloaded'));
    await call(ill, undefined, 10);
    await call(well, undefined, 500);
    await call(fast, undefined, 20);
    const order = (by: 'health' | 'latency') =>
      ['acme/ill', 'acme/well', 'acme/fast'].sort((a, b) => routes.compare(a, b, by));
    expect(order('health')).toEqual(['acme/well', 'acme/fast', 'acme/ill']);
    expect(order('latency')).toEqual(['acme/ill', 'acme/fast', 'acme/well']);
  });

  it('forgets what is older than a quarter of an hour', async () => {
    const { routes, call, turn } = createRoutes();
    const ref = refOf();
    await call(ref, failure('overloaded'));
    turn(15 * 60_000 + 1);
    expect(routes.describe(ref).traffic).toMatchObject({ calls: 0, successRate: undefined });
  });
});
