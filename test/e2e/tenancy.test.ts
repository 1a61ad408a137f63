/**
 * Ids of others are as unknown as ids of nobody. Made from the server's own description: a new route with an id in its path,
 * query or body fails here until the tables below know what kind of id it takes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const KINDS = [
  'generation',
  'image',
  'file',
  'key',
  'ledger entry',
  'audit entry',
  'webhook',
  'delivery',
  'recipe',
  'comparison',
] as const;
type Kind = (typeof KINDS)[number];

/** Ids of these belong to a workspace as a whole: its keys of both modes see them. */
const OF_BOTH_MODES: readonly Kind[] = ['key', 'audit entry', 'recipe'];

interface IdRoute {
  readonly kind: Kind;
  /** The answer to an id that is nobody's. */
  readonly status: 400 | 404;
  readonly body?: (id: string) => unknown;
  /** What the other parameters of its path are. */
  readonly within?: Readonly<Record<string, Kind>>;
}

/** By operation: what its path parameter is. */
const PATH_IDS: Readonly<Record<string, IdRoute>> = {
  'GET /v1/images/generations/{id}': { kind: 'generation', status: 404 },
  'GET /v1/images/generations/{id}/events': { kind: 'generation', status: 404 },
  'DELETE /v1/images/generations/{id}': { kind: 'generation', status: 404 },
  'GET /v1/images/comparisons/{id}': { kind: 'comparison', status: 404 },
  'GET /v1/images/comparisons/{id}/events': { kind: 'comparison', status: 404 },
  'DELETE /v1/images/comparisons/{id}': { kind: 'comparison', status: 404 },
  'GET /v1/images/{id}/provenance': { kind: 'image', status: 404 },
  'GET /v1/images/{id}/recipe': { kind: 'image', status: 404 },
  'POST /v1/images/{id}/replay': { kind: 'image', status: 404, body: () => ({}) },
  'GET /v1/images/{id}': { kind: 'image', status: 404 },
  'GET /v1/files/{id}': { kind: 'file', status: 404 },
  'GET /v1/files/{id}/content': { kind: 'file', status: 404 },
  'DELETE /v1/files/{id}': { kind: 'file', status: 404 },
  'PATCH /v1/keys/{id}': { kind: 'key', status: 404, body: () => ({ name: 'taken over' }) },
  'DELETE /v1/keys/{id}': { kind: 'key', status: 404 },
  'GET /v1/webhooks/{id}': { kind: 'webhook', status: 404 },
  'PATCH /v1/webhooks/{id}': { kind: 'webhook', status: 404, body: () => ({ enabled: false }) },
  'DELETE /v1/webhooks/{id}': { kind: 'webhook', status: 404 },
  'POST /v1/webhooks/{id}/secret': { kind: 'webhook', status: 404 },
  'POST /v1/webhooks/{id}/test': { kind: 'webhook', status: 404 },
  'GET /v1/webhooks/{id}/deliveries': { kind: 'webhook', status: 404 },
  'POST /v1/webhooks/{id}/deliveries/{delivery}/replay': {
    kind: 'delivery',
    status: 404,
    within: { id: 'webhook' },
  },
  'GET /v1/recipes/{name}': { kind: 'recipe', status: 404 },
  'PATCH /v1/recipes/{name}': { kind: 'recipe', status: 404, body: () => ({ description: 'taken over' }) },
  'DELETE /v1/recipes/{name}': { kind: 'recipe', status: 404 },
};

/** Path parameters that are nobody's property. */
const PUBLIC_PATHS: readonly string[] = [
  // A name of the catalogue.
  'GET /v1/models/{*}',
  ...['DELETE', 'GET', 'PUT'].map((method) => `${method} /v1/fallbacks/{*}`),
  // Whoever has the signature may see the picture; without it nobody may.
  'GET /i/{name}',
];

const edit = (image: unknown) => ({ model: 'atelier-sketch', prompt: 'make it snow', image });
const recipe = (body: Readonly<Record<string, unknown>>) =>
  ({ kind: 'recipe', status: 404, body: (id: string) => ({ ...body, recipe: id }) }) as const;
const picture = {
  image: { kind: 'image', status: 404, body: edit },
  images: {
    kind: 'file',
    status: 404,
    body: (id: string) => ({ ...edit(undefined), images: [{ file_id: id }] }),
  },
  mask: { kind: 'image', status: 404, body: (id: string) => ({ ...edit(id), mask: { image_id: id } }) },
} as const;

/** By operation and field of its query or body. */
const FIELD_IDS: Readonly<Record<string, Readonly<Record<string, IdRoute>>>> = {
  'POST /v1/images/generations': { recipe: recipe({}) },
  'POST /v1/images/edits': { ...picture, recipe: recipe({ image: 'https://example.com/a.png' }) },
  'POST /v1/images/plan': { ...picture, recipe: recipe({}) },
  'POST /v1/recipes': {
    image_id: { kind: 'image', status: 404, body: (id) => ({ name: 'taken', image_id: id }) },
  },
  'POST /v1/files': { image_id: { kind: 'image', status: 404, body: (id) => ({ image_id: id }) } },
  'GET /v1/images': { after: { kind: 'image', status: 400 }, before: { kind: 'image', status: 400 } },
  'GET /v1/files': { after: { kind: 'file', status: 400 }, before: { kind: 'file', status: 400 } },
  'GET /v1/credits/ledger': { after: { kind: 'ledger entry', status: 400 } },
  'GET /v1/audit': { after: { kind: 'audit entry', status: 400 } },
  'GET /v1/images/generations': { after: { kind: 'generation', status: 400 } },
  'GET /v1/images/comparisons': { after: { kind: 'comparison', status: 400 } },
  'GET /v1/webhooks/{id}/deliveries': {
    after: { kind: 'delivery', status: 404, within: { id: 'webhook' } },
  },
};

/** Fields that sound like ids and hold something else. */
const NO_IDS: readonly string[] = [
  'POST /v1/files file',
  'POST /v1/session key',
  // A place in the order of names, whether or not a recipe has it.
  'GET /v1/recipes after',
];

const LOOKS_LIKE_AN_ID = /^(after|before|workspace|images?|mask|file|key|webhook|generation|recipe|.*_ids?)$/;

const schemaOf = z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() });
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        security: z.array(z.record(z.string(), z.unknown())).optional(),
        parameters: z.array(z.looseObject({ in: z.string(), name: z.string() })).optional(),
        requestBody: z
          .looseObject({ content: z.record(z.string(), z.looseObject({ schema: schemaOf.optional() })) })
          .optional(),
      }),
    ),
  ),
});

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Called with a workspace's key. */
  readonly tenants: boolean;
  readonly pathParams: readonly string[];
  readonly fields: readonly string[];
}

interface Tenant {
  readonly live: string;
  readonly test: string;
  /** Of its live mode. */
  readonly ids: Readonly<Record<Kind, readonly string[]>>;
}

let server: TestServer;
/** Without those of the operator, whose calls reach every workspace. */
let operations: readonly Operation[];
let a: Tenant;
let b: Tenant;

beforeAll(async () => {
  server = await startTestServer();
  const { body } = await server.call('GET', '/openapi.json');
  operations = Object.entries(documentSchema.parse(body).paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security, parameters = [], requestBody }]) => {
      const isOperators = security?.some((scheme) => 'adminToken' in scheme) === true;
      return isOperators
        ? []
        : [
            {
              name: `${method.toUpperCase()} ${path}`,
              method: method.toUpperCase(),
              path,
              tenants: security?.some((scheme) => 'apiKey' in scheme) === true,
              pathParams: parameters.filter((one) => one.in === 'path').map(({ name }) => name),
              fields: [
                ...parameters.filter((one) => one.in === 'query').map(({ name }) => name),
                ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
                  Object.keys(schema?.properties ?? {}),
                ),
              ],
            },
          ];
    }),
  );
  a = await createTenant('a', 'snow-on-fir-trees');
  b = await createTenant('b', 'product-photo');
});
afterAll(async () => {
  await server.stop();
});

const listOfIds = z.object({ data: z.array(z.object({ id: z.string() })) });

async function createTenant(name: string, recipeName: string): Promise<Tenant> {
  const admin = async (path: string, body: unknown) => {
    const answer = await server.call('POST', path, { key: ADMIN_TOKEN, body });
    return z.object({ id: z.string(), key: z.string().optional() }).parse(answer.body);
  };
  const { id: workspace } = await admin('/v1/admin/workspaces', { name, credits: 100 });
  const createKey = (kind: string) => admin('/v1/admin/keys', { workspace, kind, role: 'owner', name });
  const [live, test] = [await createKey('live'), await createKey('test')];
  const key = live.key ?? '';
  // Nobody is there; what is sent to it is on record all the same.
  const hook = await server.call('POST', '/v1/webhooks', { key, body: { url: 'https://receiver.invalid/' } });
  const { id: webhook } = z.object({ id: z.string() }).parse(hook.body);
  const fox = { model: 'atelier-sketch', prompt: 'a fox', size: '128x128', persist: true };
  const made = generation.parse((await server.generate(fox, key)).body);
  const saved = { name: recipeName, request: { prompt: '{{subject}} in snow' } };
  await server.call('POST', '/v1/recipes', { key, body: saved });
  const matrix = { seeds: [1], base: { ...fox, persist: false }, sheet: false };
  const compared = await server.call('POST', '/v1/images/comparisons', { key, body: matrix });
  const { id: comparison } = z.object({ id: z.string() }).parse(compared.body);
  const list = async (path: string) =>
    listOfIds.parse((await server.call('GET', path, { key })).body).data.map(({ id }) => id);
  await server.call('PATCH', '/v1/workspace', { key, body: { retired_models: 'refuse' } });
  return {
    live: key,
    test: test.key ?? '',
    ids: {
      generation: [made.id],
      image: made.data.map(({ id }) => id),
      file: await list('/v1/files'),
      key: [live.id, test.id],
      'ledger entry': await list('/v1/credits/ledger'),
      'audit entry': await list('/v1/audit'),
      webhook: [webhook],
      recipe: await list('/v1/recipes'),
      delivery: await list(`/v1/webhooks/${webhook}/deliveries`),
      comparison: [comparison],
    },
  };
}

/** Who must not reach the live ids of `a`. */
const strangers = (kind: Kind): readonly (readonly [string, string])[] => [
  ['a live key of another workspace', b.live],
  ['a test key of another workspace', b.test],
  ...(OF_BOTH_MODES.includes(kind) ? [] : [['a test key of the same workspace', a.test] as const]),
];

/** An id of the same form that nobody has. */
const unknownLike = (id: string) =>
  id.replace(/[^_]+$/, (tail) => (/^\d+$/.test(tail) ? '987654321' : tail.replace(/.{6}$/, 'zzzzzz')));

/** A path with its other parameters set to ids of `a`. */
const fill = (path: string, { within = {} }: IdRoute) =>
  Object.entries(within).reduce(
    (filled, [name, kind]) => filled.replace(`{${name}}`, a.ids[kind][0] ?? ''),
    path,
  );

/** Everything of an answer that could tell one id from another. */
function shown({ status, body }: { status: number; body: unknown }, id: string): unknown {
  const { error } = failure.parse(body);
  return { status, error: z.json().parse(JSON.parse(JSON.stringify(error).replaceAll(id, 'ID'))) };
}

async function expectUnknown(
  send: (id: string, key: string) => ReturnType<TestServer['call']>,
  { kind, status }: IdRoute,
  what: string,
): Promise<void> {
  const [id = ''] = a.ids[kind];
  const nobody = unknownLike(id);
  expect(nobody).not.toBe(id);
  for (const [who, key] of strangers(kind)) {
    const answer = await send(id, key);
    expect([what, who, answer.status, answer.body]).toMatchObject([what, who, status, { error: {} }]);
    expect([what, who, shown(answer, id)]).toEqual([what, who, shown(await send(nobody, key), nobody)]);
  }
}

describe('ids of another workspace or mode', () => {
  it('are known to this test wherever a path takes one', () => {
    const withParameter = operations.filter(({ pathParams }) => pathParams.length > 0);
    expect(withParameter.map(({ name }) => name).sort()).toEqual(
      [...Object.keys(PATH_IDS), ...PUBLIC_PATHS].sort(),
    );
    for (const { name, pathParams } of withParameter) {
      const { within = {} } = PATH_IDS[name] ?? {};
      expect([name, pathParams.length - Object.keys(within).length]).toEqual([name, 1]);
    }
  });

  it('are known to this test wherever a query or a body takes one', () => {
    const found = operations
      .flatMap(({ name, fields }) =>
        [...new Set(fields)]
          .filter((field) => LOOKS_LIKE_AN_ID.test(field))
          .map((field) => `${name} ${field}`),
      )
      .filter((field) => !NO_IDS.includes(field));
    const known = Object.entries(FIELD_IDS).flatMap(([name, fields]) =>
      Object.keys(fields).map((field) => `${name} ${field}`),
    );
    expect(found.sort()).toEqual(known.sort());
  });

  it('are unknown in every path', async () => {
    for (const [name, route] of Object.entries(PATH_IDS)) {
      const [method = '', path = ''] = name.split(' ');
      await expectUnknown(
        (id, key) =>
          server.call(method, fill(path, route).replace(/\{.*\}/, id), {
            key,
            ...(route.body === undefined ? {} : { body: route.body(id) }),
          }),
        route,
        name,
      );
    }
  });

  it('are unknown in every query and body', async () => {
    for (const [name, fields] of Object.entries(FIELD_IDS)) {
      const [method = '', path = ''] = name.split(' ');
      for (const [field, route] of Object.entries(fields)) {
        const { body } = route;
        await expectUnknown(
          (id, key) =>
            body === undefined
              ? server.call(method, `${fill(path, route)}?${field}=${id}`, { key })
              : server.call(method, path, { key, body: body(id) }),
          route,
          `${name} ${field}`,
        );
      }
    }
  });

  it('still belong to their owner, unchanged', async () => {
    const [id = ''] = a.ids.generation;
    expect((await server.call('GET', `/v1/images/generations/${id}`, { key: a.live })).status).toBe(200);
    const keys = await server.call('GET', '/v1/keys', { key: a.live });
    const { data } = z
      .object({ data: z.array(z.object({ id: z.string(), name: z.string() })) })
      .parse(keys.body);
    expect(data.map((key) => key.id).sort()).toEqual([...a.ids.key].sort());
    expect(data.every(({ name }) => name === 'a')).toBe(true);
    const [image = ''] = a.ids.image;
    const own = await server.call('POST', '/v1/images/plan', { key: a.live, body: edit(image) });
    expect(own.status).toBe(200);
  });

  it('do not open pictures: a link without its signature is refused', async () => {
    const [image = ''] = a.ids.image;
    for (const key of [a.live, b.live, undefined]) {
      expect((await server.call('GET', `/i/${image}.png`, { key })).status).toBe(403);
    }
  });
});

describe('lists', () => {
  it('never hold a row of another workspace or mode, and hold all of their own', async () => {
    const lists = operations.filter(
      ({ method, tenants, pathParams }) => method === 'GET' && tenants && pathParams.length === 0,
    );
    expect(lists.length).toBeGreaterThan(4);
    const read = async (path: string, key: string) => {
      const answer = await server.call('GET', path, { key });
      expect([path, answer.status]).toEqual([path, 200]);
      return JSON.stringify(answer.body);
    };
    const own: string[] = [];
    for (const { path } of lists) {
      own.push(await read(path, a.live));
      for (const [stranger, foreign] of [
        [b.live, KINDS],
        [b.test, KINDS],
        [a.test, KINDS.filter((kind) => !OF_BOTH_MODES.includes(kind))],
      ] as const) {
        const text = await read(path, stranger);
        // The audit log tells of the webhooks of both modes.
        const kinds =
          stranger === a.test && path === '/v1/audit'
            ? foreign.filter((kind) => kind !== 'webhook')
            : foreign;
        const found = kinds.flatMap((kind) => a.ids[kind]).filter((id) => holds(text, id));
        expect([path, found]).toEqual([path, []]);
      }
    }
    for (const kind of [
      'file',
      'image',
      'key',
      'ledger entry',
      'audit entry',
      'webhook',
      'recipe',
      'comparison',
    ] as const) {
      expect(a.ids[kind].length).toBeGreaterThan(0);
      expect(a.ids[kind].filter((id) => !own.some((text) => holds(text, id)))).toEqual([]);
    }
  });
});

/** As a whole value: some ids are the beginning of others. */
function holds(json: string, id: string): boolean {
  return json.includes(JSON.stringify(id));
}
