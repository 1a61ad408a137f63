import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../test/factories/image-request.js';
import { createEditSpec, createModelEntry } from '../../test/factories/model-entry.js';
import { createProvider } from '../../test/factories/provider.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { fromCredits } from '../credits/microcredits.js';
import { AppError } from '../errors.js';
import type { ModelEntry, RouteSpec } from '../providers/model.js';
import type { Provider } from '../providers/provider.js';
import { providers } from '../providers/registry.js';
import { planImageRequest } from './plan.js';
import type { Plan, PlanPolicy, PlanWorld } from './plan-types.js';
import type { ImageRequest } from './request.js';

const LIVE: PlanPolicy = { mode: 'live', prcOptIn: false, retiredModels: 'forward' };
const TEST: PlanPolicy = { ...LIVE, mode: 'test' };

const WORLD: PlanWorld = {
  now: new Date('2026-11-22T12:00:00Z'),
  routeState: () => ({ usable: true, extra: {} }),
};

const real = new Catalogue(providers);

const catalogueOf = (...models: readonly ModelEntry[]) => new Catalogue([createProvider(models)]);

/** Plans against one made-up model unless another catalogue is given. */
function plan(
  changes: Partial<ImageRequest>,
  catalogue: Catalogue = catalogueOf(createModelEntry()),
  policy: PlanPolicy = LIVE,
  world: PlanWorld = WORLD,
): Plan {
  return planImageRequest(createImageRequest(changes), catalogue, policy, world);
}

function refusalOf(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const bodiesOf = (planned: Plan) => planned.candidates[0].calls.map((call) => call.call.body);
const servedBy = (planned: Plan) => planned.candidates[0].model.entry.slug;

function routeOf(slug: string, changes: Partial<RouteSpec> = {}): RouteSpec {
  return {
    id: `acme/${slug}`,
    upstream: { generate: slug },
    operator: 'Acme',
    operatorCountry: 'US',
    country: 'US',
    ...changes,
  };
}

describe('planImageRequest', () => {
  it('gives the same plan for the same request', () => {
    const changes = { model: 'dall-e-3', n: 3, size: { width: 640, height: 480 }, seed: 7 };
    expect(plan(changes, real)).toStrictEqual(plan(changes, real));
  });

  it('plans a plain request as one call with nothing adjusted', () => {
    const planned = plan({});
    expect(planned.asked).toBe('painter-1');
    expect(planned.quote).toBe(fromCredits(2));
    expect(planned.skipped).toStrictEqual([]);
    const [candidate, ...others] = planned.candidates;
    expect(others).toStrictEqual([]);
    expect(candidate.adjustments).toStrictEqual([]);
    expect(candidate.nativeSize).toBeUndefined();
    expect(candidate.finish).toStrictEqual({
      size: undefined,
      ratio: undefined,
      format: undefined,
      compression: undefined,
    });
    expect(bodiesOf(planned)).toStrictEqual([
      { operation: 'generate', prompt: 'a red fox', count: 1, keepPrompt: false, inputs: [], masked: false },
    ]);
  });

  it('resolves aliases and answers unknown models with the nearest name', () => {
    const catalogue = catalogueOf(createModelEntry({ aliases: ['acme/painter'] }));
    expect(plan({ model: 'acme/painter' }, catalogue).asked).toBe('painter-1');
    const refusal = refusalOf(() => plan({ model: 'paintre-1' }, catalogue));
    expect([refusal.code, refusal.facts.nearest]).toStrictEqual(['model_not_found', 'painter-1']);
  });

  it('orders candidates as the routes are listed and quotes the first', () => {
    const routes = [routeOf('a', { id: 'acme/a' }), routeOf('b', { id: 'acme/b' })];
    const planned = plan({ n: 2 }, catalogueOf(createModelEntry({ routes })));
    expect(planned.candidates.map((candidate) => candidate.route.id)).toStrictEqual(['acme/a', 'acme/b']);
    expect(planned.quote).toBe(2 * planned.candidates[0].pricePerImage);
  });

  it('skips a route that can not do it and says why', () => {
    const routes = [
      routeOf('edits', { id: 'acme/edits', upstream: { edit: 'e' } }),
      routeOf('b', { id: 'acme/b' }),
    ];
    const planned = plan({}, catalogueOf(createModelEntry({ routes })));
    expect(planned.candidates.map((candidate) => candidate.route.id)).toStrictEqual(['acme/b']);
    expect(planned.skipped).toStrictEqual([
      {
        depth: 0,
        code: 'unsupported_parameter',
        model: 'painter-1',
        route: 'acme/edits',
        reasons: ['no generate here'],
      },
    ]);
  });

  it('refuses with the provider’s own reasons what no route can translate', () => {
    const refusal = refusalOf(() => plan({ prompt: 'an untranslatable fox' }));
    expect(refusal.code).toBe('unsupported_parameter');
    expect(refusal.message).toContain('acme has no word for it');
  });

  it('refuses an edit on a model that only generates', () => {
    const refusal = refusalOf(() => plan({ operation: 'edit' }));
    expect([refusal.code, refusal.param]).toStrictEqual(['edit_not_supported', 'model']);
    const catalogue = catalogueOf(createModelEntry({ edit: createEditSpec() }));
    expect(bodiesOf(plan({ operation: 'edit' }, catalogue))[0]).toMatchObject({ operation: 'edit' });
  });
});

describe('a retired model', () => {
  it('is forwarded to its successor with a live key, and the receipt says so', () => {
    const planned = plan({ model: 'dall-e-3' }, real);
    expect(planned.asked).toBe('dall-e-3');
    expect(servedBy(planned)).toBe('gpt-image-2');
    expect(planned.candidates[0].adjustments).toStrictEqual([
      {
        param: 'model',
        asked: 'dall-e-3',
        sent: 'gpt-image-2',
        reason: 'dall-e-3 was retired on 2026-05-12; gpt-image-2 is its successor',
      },
    ]);
  });

  it.each([
    ['standard', 'medium'],
    ['hd', 'high'],
  ] as const)('has its quality %s translated to %s, reported with both names', (quality, sent) => {
    const planned = plan({ model: 'dall-e-3', quality }, real);
    expect(bodiesOf(planned)[0]).toMatchObject({ model: 'gpt-image-2', quality: sent });
    expect(planned.candidates[0].adjustments).toContainEqual({
      param: 'quality',
      asked: quality,
      sent,
      reason: `gpt-image-2 calls it ${sent}`,
    });
  });

  it('keeps its own default quality when none is asked', () => {
    expect(bodiesOf(plan({ model: 'dall-e-3' }, real))[0]).toMatchObject({ quality: 'medium' });
    expect(bodiesOf(plan({ model: 'gpt-image-2' }, real))[0]).not.toHaveProperty('quality');
  });

  it('has a parameter that its successor lacks adapted and reported', () => {
    const planned = plan({ model: 'dall-e-3', style: 'vivid' }, real);
    expect(planned.candidates[0].adjustments.map(({ param }) => param)).toStrictEqual(['model', 'style']);
    expect(bodiesOf(planned)[0]).not.toHaveProperty('style');
  });

  it('is charged at the price of what runs', () => {
    const size = { width: 1024, height: 1024 };
    const forwarded = plan({ model: 'dall-e-3', quality: 'hd', size }, real);
    const direct = plan({ model: 'gpt-image-2', quality: 'high', size }, real);
    expect(forwarded.quote).toBe(direct.quote);
  });

  it('runs as itself with a test key, at its own price', () => {
    const planned = plan(
      { model: 'dall-e-3', quality: 'hd', size: { width: 1024, height: 1024 } },
      real,
      TEST,
    );
    expect(servedBy(planned)).toBe('dall-e-3');
    expect(planned.candidates[0].adjustments).toStrictEqual([]);
    expect(planned.quote).toBe(fromCredits(8));
  });

  it('runs as itself until its last day is over', () => {
    const at = (now: string) => plan({ model: 'dall-e-3' }, real, LIVE, { ...WORLD, now: new Date(now) });
    expect(servedBy(at('2026-05-11T23:59:59Z'))).toBe('dall-e-3');
    expect(servedBy(at('2026-05-12T00:00:00Z'))).toBe('gpt-image-2');
  });

  it('is refused with its successor’s name where the workspace does not forward', () => {
    const refusal = refusalOf(() => plan({ model: 'dall-e-3' }, real, { ...LIVE, retiredModels: 'refuse' }));
    expect([refusal.code, refusal.status, refusal.param]).toStrictEqual(['model_retired', 410, 'model']);
    expect(refusal.facts.nearest).toBe('gpt-image-2');
    expect(refusal.message).toContain('2026-05-12');
    expect(servedBy(plan({ model: 'dall-e-3' }, real, { ...TEST, retiredModels: 'refuse' }))).toBe(
      'dall-e-3',
    );
  });

  const chain = catalogueOf(
    createModelEntry({
      slug: 'old',
      params: { quality: ['standard', 'hd'], defaultQuality: 'standard' },
      lifecycle: { retiredOn: '2025-01-01', successor: 'newer' },
    }),
    createModelEntry({ slug: 'newer', lifecycle: { retiredOn: '2026-01-01', successor: 'newest' } }),
    createModelEntry({ slug: 'newest', params: { quality: ['low', 'medium'] } }),
  );

  it('is forwarded through a chain of successors to one that lives, as one step', () => {
    const planned = plan({ model: 'old' }, chain);
    expect(servedBy(planned)).toBe('newest');
    expect(
      planned.candidates[0].adjustments.map(({ param, asked, sent }) => [param, asked, sent]),
    ).toStrictEqual([['model', 'old', 'newest']]);
    expect(bodiesOf(planned)[0]).toMatchObject({ quality: 'medium' });
  });

  it('is forwarded no further than to the first that lives', () => {
    const world = { ...WORLD, now: new Date('2025-06-01T00:00:00Z') };
    expect(servedBy(plan({ model: 'old' }, chain, LIVE, world))).toBe('newer');
  });

  it('leads every retired model of the catalogue to one that lives', () => {
    for (const { entry, provider } of real.models) {
      if (provider.adapter === undefined || !generates(entry)) continue;
      expect(plan({ model: entry.slug }, real, { ...LIVE, prcOptIn: true }).asked).toBe(entry.slug);
    }
  });
});

describe('a model that can not be called', () => {
  const unusable: PlanWorld = {
    ...WORLD,
    routeState: () => ({ usable: false, reason: 'the operator has to set ACME_API_KEY' }),
  };

  it('is answered with what the operator has to set', () => {
    const refusal = refusalOf(() => plan({}, undefined, LIVE, unusable));
    expect([refusal.code, refusal.param]).toStrictEqual(['model_not_configured', 'model']);
    expect(refusal.message).toBe("painter-1 can't be called here: the operator has to set ACME_API_KEY.");
  });

  it('is named as the successor of the one that was asked for', () => {
    const refusal = refusalOf(() => plan({ model: 'dall-e-3' }, real, LIVE, unusable));
    expect(refusal.code).toBe('model_not_configured');
    expect(refusal.message).toContain('gpt-image-2 (the successor of dall-e-3)');
  });

  it('is asked for in the mode of the key', () => {
    const modes: string[] = [];
    const world: PlanWorld = {
      ...WORLD,
      routeState: (_model, _route, mode) => {
        modes.push(mode);
        return { usable: true, extra: {} };
      },
    };
    plan({}, undefined, LIVE, world);
    plan({}, undefined, TEST, world);
    expect(modes).toStrictEqual(['live', 'test']);
  });

  it('is answered so too when its provider is not part of this version', () => {
    const catalogue = new Catalogue([
      createProvider([createModelEntry()], { adapter: undefined, createEmulator: undefined }),
    ]);
    expect(refusalOf(() => plan({}, catalogue)).code).toBe('model_not_configured');
  });

  it('does not stand in the way of another route that can be called', () => {
    const routes = [routeOf('a', { id: 'acme/a' }), routeOf('b', { id: 'acme/b' })];
    const planned = plan({}, catalogueOf(createModelEntry({ routes })), LIVE, {
      ...WORLD,
      routeState: (_model, route) =>
        route.id === 'acme/b' ? { usable: true, extra: {} } : { usable: false, reason: 'no key' },
    });
    expect(planned.candidates.map(({ route }) => route.id)).toStrictEqual(['acme/b']);
    expect(planned.skipped.map(({ route }) => route)).toStrictEqual(['acme/a']);
  });
});

describe('a route run by a PRC operator or hosted there', () => {
  const operated = createModelEntry({ routes: [routeOf('a', { operatorCountry: 'CN', country: 'SG' })] });
  const hosted = createModelEntry({ routes: [routeOf('a', { operatorCountry: 'US', country: 'CN' })] });

  it.each([
    ['operated', 'live', operated],
    ['hosted', 'live', hosted],
    ['operated', 'test', operated],
    ['hosted', 'test', hosted],
  ] as const)('is refused without opt-in: %s there, %s key', (_where, mode, entry) => {
    const refusal = refusalOf(() => plan({}, catalogueOf(entry), { ...LIVE, mode }));
    expect([refusal.code, refusal.status, refusal.param]).toStrictEqual([
      'prc_opt_in_required',
      403,
      'model',
    ]);
    expect(refusal.message).toContain('PATCH /v1/workspace');
  });

  it.each([
    ['live', operated],
    ['test', hosted],
  ] as const)('runs after the opt-in with a %s key', (mode, entry) => {
    const planned = plan({}, catalogueOf(entry), { ...LIVE, mode, prcOptIn: true });
    expect(planned.candidates.length).toBe(1);
  });

  it('is left out, and told, where another route serves the model', () => {
    const routes = [
      routeOf('a', { id: 'acme/cn', operatorCountry: 'CN', country: 'CN' }),
      routeOf('b', { id: 'acme/own', operatorCountry: 'local', country: 'local' }),
    ];
    const planned = plan({}, catalogueOf(createModelEntry({ routes })));
    expect(planned.candidates.map(({ route }) => route.id)).toStrictEqual(['acme/own']);
    expect(planned.skipped[0]?.reasons[0]).toContain('operator CN');
  });

  it('is refused before anybody asks whether it is configured', () => {
    const refusal = refusalOf(() => plan({ model: 'qwen-image' }, real));
    expect(refusal.code).toBe('prc_opt_in_required');
  });
});

describe('several images', () => {
  it('are split into calls that the model takes, every position once, and quoted together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), (n, maxPerCall) => {
        const planned = plan({ n }, catalogueOf(createModelEntry({ params: { maxPerCall } })));
        const { calls } = planned.candidates[0];
        expect(calls.flatMap(({ positions }) => positions)).toStrictEqual(
          Array.from({ length: n }, (_, i) => i),
        );
        for (const { positions, native, call } of calls) {
          expect(positions.length).toBeLessThanOrEqual(maxPerCall);
          expect(native.count).toBe(positions.length);
          expect(call.count).toBe(positions.length);
        }
        expect(calls.length).toBe(Math.ceil(n / maxPerCall));
        expect(planned.quote).toBe(n * fromCredits(2));
      }),
    );
  });

  it('get distinct seeds derived from the given one, the first the given one itself', () => {
    const seed = fc.oneof(fc.constant(0), fc.maxSafeNat());
    fc.assert(
      fc.property(
        seed,
        fc.integer({ min: 2, max: 10 }),
        fc.integer({ min: 1, max: 4 }),
        (given, n, maxPerCall) => {
          const max = 4_294_967_295;
          const entry = createModelEntry({ params: { maxPerCall, seed: { min: 0, max } } });
          const seeds = plan({ n, seed: given }, catalogueOf(entry)).candidates[0].calls.map(
            ({ native }) => native.seed,
          );
          expect(new Set(seeds).size).toBe(seeds.length);
          if (given <= max) expect(seeds[0]).toBe(given);
          for (const one of seeds) {
            expect(one).toBeGreaterThanOrEqual(0);
            expect(one).toBeLessThanOrEqual(max);
          }
        },
      ),
    );
  });

  it('get no seeds of ours when none is given', () => {
    const entry = createModelEntry({ params: { seed: { min: 0, max: 100 } } });
    for (const body of bodiesOf(plan({ n: 3 }, catalogueOf(entry)))) expect(body).not.toHaveProperty('seed');
  });
});

describe('seed', () => {
  const seeded = catalogueOf(createModelEntry({ params: { seed: { min: 0, max: 999 } } }));

  it('0 is a seed', () => {
    const planned = plan({ seed: 0 }, seeded);
    expect(bodiesOf(planned)[0]).toMatchObject({ seed: 0 });
    expect(planned.candidates[0].adjustments).toStrictEqual([]);
    expect(plan({ seed: 0 }).candidates[0].adjustments).toStrictEqual([
      { param: 'seed', asked: 0, reason: 'painter-1 has no seed' },
    ]);
  });

  it('is folded into the model’s range and reported', () => {
    const planned = plan({ seed: 1234 }, seeded);
    expect(bodiesOf(planned)[0]).toMatchObject({ seed: 234 });
    expect(planned.candidates[0].adjustments).toStrictEqual([
      { param: 'seed', asked: 1234, sent: 234, reason: 'folded into the seeds of painter-1, 0 to 999' },
    ]);
  });

  it('is refused under strict where it would not be taken as it is', () => {
    const strict = { adapt: 'strict' } as const;
    expect(bodiesOf(plan({ ...strict, seed: 999 }, seeded))[0]).toMatchObject({ seed: 999 });
    const outside = refusalOf(() => plan({ ...strict, seed: 1000 }, seeded));
    expect([outside.code, outside.param, outside.facts.allowed]).toStrictEqual([
      'unsupported_parameter',
      'seed',
      [0, 999],
    ]);
    expect(refusalOf(() => plan({ ...strict, seed: 1 })).facts.allowed).toStrictEqual([]);
  });
});

describe('provider_options', () => {
  const two = new Catalogue([
    createProvider([createModelEntry()]),
    createProvider([createModelEntry({ slug: 'other-1', routes: [routeOf('x', { id: 'other/x' })] })], {
      id: 'other',
    }),
  ]);

  it('reach the provider they are meant for', () => {
    expect(bodiesOf(plan({ providerOptions: { acme: { steps: 4 } } }))[0]).toMatchObject({ steps: 4 });
  });

  it('are refused where the provider knows no such option', () => {
    const refusal = refusalOf(() => plan({ providerOptions: { acme: { stepps: 4 } } }));
    expect(refusal.code).toBe('unknown_parameter');
    expect(refusal.param).toMatch(/^provider_options\.acme/);
    expect(refusal.message).toContain('stepps');
  });

  it('are refused where a value is wrong, by name', () => {
    for (const steps of [1.5, 'many']) {
      const refusal = refusalOf(() => plan({ providerOptions: { acme: { steps } } }));
      expect([refusal.code, refusal.param]).toStrictEqual(['invalid_request', 'provider_options.acme.steps']);
    }
  });

  it('of another provider are reported under adapt and refused under strict', () => {
    const providerOptions = { other: { steps: 4 } };
    const planned = plan({ providerOptions }, two);
    expect(bodiesOf(planned)[0]).not.toHaveProperty('steps');
    expect(planned.candidates[0].adjustments).toStrictEqual([
      { param: 'provider_options.other', reason: 'painter-1 runs on the provider acme' },
    ]);
    const refusal = refusalOf(() => plan({ providerOptions, adapt: 'strict' }, two));
    expect([refusal.code, refusal.param, refusal.facts.allowed]).toStrictEqual([
      'unsupported_parameter',
      'provider_options.other',
      ['acme'],
    ]);
  });
});

function generates(entry: ModelEntry): boolean {
  return entry.routes.some((route) => route.upstream.generate !== undefined);
}

describe('every registered model', () => {
  const callable: readonly (readonly [string, ModelEntry, Provider])[] = real.models
    .filter(({ entry, provider }) => provider.adapter !== undefined && generates(entry))
    .map(({ entry, provider }) => [entry.slug, entry, provider]);

  it.each(callable)('%s delivers any size in exact pixels or refuses it as a size', (slug) => {
    const edge = fc.integer({ min: 64, max: 4096 });
    fc.assert(
      fc.property(edge, edge, fc.integer({ min: 1, max: 10 }), (width, height, n) => {
        let planned: Plan;
        try {
          planned = plan({ model: slug, size: { width, height }, n }, real, { ...TEST, prcOptIn: true });
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.code).toBe('unsupported_size');
          expect(error.facts.allowed?.length).toBeGreaterThan(0);
          expect(error.facts.nearest).toBeDefined();
          return;
        }
        const [candidate] = planned.candidates;
        expect(candidate.finish.size).toStrictEqual({ width, height });
        const native = candidate.nativeSize;
        if (native === undefined) throw new Error('a size was asked, so one is sent');
        const reported = candidate.adjustments.filter(({ param }) => param === 'size');
        expect(reported.length).toBe(native.width === width && native.height === height ? 0 : 1);
        for (const { scale = 1 } of reported) expect(scale).toBeLessThanOrEqual(2);
      }),
      { numRuns: 40 },
    );
  });
});
