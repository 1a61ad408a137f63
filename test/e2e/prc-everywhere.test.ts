/**
 * Every way to a provider, for every model that a PRC operator runs or that is hosted in the PRC, proved on the wire: a wall in
 * front of the emulators counts each connection and byte.
 */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Catalogue, type CatalogueModel } from '../../src/catalogue/catalogue.js';
import { emulatorBaseUrl } from '../../src/providers/emulator-hub.js';
import { providers } from '../../src/providers/registry.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { LIVE_KEY, startTestServer, type Answer, type TestServer } from '../support/server.js';

const GENERATIONS = '/v1/images/generations';
const EDITS = '/v1/images/edits';
const PLAN = '/v1/images/plan';

const isPrc = ({ entry }: CatalogueModel) =>
  entry.routes.some((route) => route.operatorCountry === 'CN' || route.country === 'CN');

const catalogue = new Catalogue(providers);
const prcModels = catalogue.models.filter(isPrc);
const prcProviders = [...new Set(prcModels.map(({ provider }) => provider))];
/** Names that a call may end at a PRC operator by: slugs, aliases, and retired models whose successors are there. */
const names = catalogue.models
  .filter((model) => isPrc(model) || successorsOf(model).some(isPrc))
  .flatMap(({ entry }) => [entry.slug, ...entry.aliases]);

function successorsOf({ entry }: CatalogueModel): readonly CatalogueModel[] {
  const { successor } = entry.lifecycle;
  if (successor === undefined) return [];
  const next = catalogue.get(successor);
  return [next, ...successorsOf(next)];
}

let emulators: Emulators;
let wall: Wall;
let server: TestServer;
let picture: Buffer;
let small: Buffer;

beforeAll(async () => {
  picture = await plain(512);
  small = await plain(64);
  emulators = await startEmulators();
  wall = await startWall(Number(new URL(emulators.root).port));
  server = await startTestServer({ env: settingsFor(wall) });
});
afterAll(async () => {
  await server.stop();
  await wall.close();
  await emulators.close();
});

/** Live keys and test keys both go through the wall. */
function settingsFor({ url }: Wall): Record<string, string> {
  const set = prcProviders.flatMap((provider) => {
    const { apiKey, baseUrl } = provider.settings;
    return [
      ...(apiKey === undefined ? [] : [[apiKey.env, 'prc-key'] as const]),
      ...(baseUrl === undefined ? [] : [[baseUrl.env, emulatorBaseUrl(url, provider)] as const]),
    ];
  });
  return { ATELIER_EMULATORS_URL: url, ...Object.fromEntries(set) };
}

interface Wish {
  readonly model: string;
  readonly [name: string]: unknown;
}

/** Every way in which a caller can make a provider work, or be told what it would do. */
const WAYS: Readonly<Record<string, (key: string, wish: Wish) => Promise<Answer>>> = {
  'a link': (key, wish) => post(key, GENERATIONS, { ...wish, response_format: 'url' }),
  base64: (key, wish) => post(key, GENERATIONS, { ...wish, response_format: 'b64_json' }),
  'several pictures': (key, wish) => post(key, GENERATIONS, { ...wish, n: 3 }),
  'an idempotency key': (key, wish) => post(key, GENERATIONS, wish, `${key}-${wish.model}`),
  'an edit as JSON': (key, wish) => post(key, EDITS, { ...wish, ...inline() }),
  'an edit as a form': (key, wish) => server.call('POST', EDITS, { key, raw: form(wish) }),
  'an edit under an idempotency key': (key, wish) =>
    post(key, EDITS, { ...wish, ...inline() }, `${key}-${wish.model}`),
  'a dry run': (key, wish) => post(key, GENERATIONS, { ...wish, dry_run: true }),
  'the dry run of an edit': (key, wish) => post(key, EDITS, { ...wish, ...inline(), dry_run: true }),
  'a plan': (key, wish) => post(key, PLAN, wish),
  'the plan of an edit': (key, wish) => server.call('POST', PLAN, { key, raw: form(wish) }),
};

function plain(edge: number): Promise<Buffer> {
  return sharp({ create: { width: edge, height: edge, channels: 3, background: '#3366cc' } })
    .png()
    .toBuffer();
}

const inline = () => ({ image_base64: small.toString('base64') });

function form({ model }: Wish, bytes = small): FormData {
  const parts = new FormData();
  parts.append('model', model);
  parts.append('prompt', 'a tea shop sign');
  parts.append('image', new File([new Uint8Array(bytes)], 'picture.png'));
  return parts;
}

function post(key: string, path: string, body: Wish, idempotencyKey?: string): Promise<Answer> {
  return server.call('POST', path, {
    key,
    body: { prompt: 'a tea shop sign', ...body },
    ...(idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } }),
  });
}

async function opt(prcOptIn: boolean, url = server.url): Promise<void> {
  const response = await fetch(`${url}/v1/workspace`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${LIVE_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prc_opt_in: prcOptIn, confirm: 'default' }),
  });
  expect(await response.json()).toMatchObject({ prc_opt_in: prcOptIn });
}

/** A model that can't do what the way asks may say so instead; nothing else is a refusal here. */
async function expectRefusedEverywhere(): Promise<void> {
  const before = wall.traffic();
  for (const name of names) {
    const isAlias = catalogue.get(name).entry.slug !== name;
    for (const key of [server.liveKey, server.testKey]) {
      for (const [way, send] of Object.entries(WAYS)) {
        // Names are looked up in one place, after which nothing knows them.
        if (isAlias && way !== 'a link' && way !== 'an edit as a form') continue;
        const answer = await send(key, { model: name });
        const { code } = failure.parse(answer.body).error;
        expect([name, way, code]).toEqual([name, way, refusalOf(name, way)]);
      }
    }
  }
  expect(wall.traffic()).toEqual(before);
}

function refusalOf(name: string, way: string): string {
  const { entry } = catalogue.get(name);
  const isEdit = way.includes('edit');
  if (isEdit && entry.edit === undefined) return 'edit_not_supported';
  if (!isEdit && entry.routes.every(({ upstream }) => upstream.generate === undefined)) {
    return 'unsupported_parameter';
  }
  return 'prc_opt_in_required';
}

describe('PRC routes', () => {
  it('are in the catalogue, and every one of their providers stands behind the wall', () => {
    expect(prcModels.length).toBeGreaterThan(5);
    for (const { createEmulator, settings } of prcProviders) {
      expect(createEmulator).toBeDefined();
      expect([settings.apiKey?.env, settings.baseUrl?.env]).not.toContain(undefined);
    }
  });

  it('get no byte without an opt-in, by whatever name and way', async () => {
    expect(wall.traffic()).toEqual({ connections: 0, bytes: 0 });
    await expectRefusedEverywhere();
    expect(wall.traffic()).toEqual({ connections: 0, bytes: 0 });
  }, 120_000);

  it('work after the opt-in, and get no byte after the opt-out; what was paid for is still delivered', async () => {
    await opt(true);
    const orders = prcModels.flatMap(({ entry }) =>
      entry.routes.some(({ upstream }) => upstream.generate !== undefined) ? [entry.slug] : [],
    );
    const bought = await Promise.all(
      orders.map((model) =>
        post(
          server.testKey,
          GENERATIONS,
          { model, size: '512x512', response_format: 'url' },
          `bought-${model}`,
        ),
      ),
    );
    for (const { body } of bought) {
      expect(generation.parse(body)).toMatchObject({
        status: 'succeeded',
        receipt: { operator_country: 'CN' },
      });
    }
    const [editor] = prcModels.filter(({ entry }) => entry.edit !== undefined);
    const edited = await server.call('POST', EDITS, {
      key: server.liveKey,
      raw: form({ model: editor?.entry.slug ?? '' }, picture),
    });
    expect(generation.parse(edited.body).status).toBe('succeeded');
    expect(emulators.records.filter(({ method }) => method === 'POST')).toHaveLength(orders.length + 1);

    await opt(false);
    const before = wall.traffic();
    for (const [index, model] of orders.entries()) {
      const wish = { model, size: '512x512', response_format: 'url' };
      const replayed = await post(server.testKey, GENERATIONS, wish, `bought-${model}`);
      expect([model, replayed.status, replayed.body]).toEqual([model, 200, bought[index]?.body]);
    }
    await expectRefusedEverywhere();
    await server.restart();
    for (const model of orders) {
      const refused = await post(server.testKey, GENERATIONS, { model });
      expect([model, failure.parse(refused.body).error.code]).toEqual([model, 'prc_opt_in_required']);
    }
    const { body } = await post(server.testKey, GENERATIONS, { model: 'atelier-sketch' });
    await fetchPicture(generation.parse(body).data[0]?.url);
    expect(wall.traffic()).toEqual(before);
  }, 120_000);
});

it('a task that runs at the opt-out is not asked for again after a crash, and costs nothing', async () => {
  const folder = createTestFolder();
  const env = { ...settingsFor(wall), ATELIER_DATA_DIR: folder.path, ATELIER_BOOTSTRAP_KEY: LIVE_KEY };
  const first = await startGatewayProcess(env);
  let gateway = first;
  try {
    const key = first.testKey ?? '';
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(gateway.url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return response.json();
    };
    const balance = await call('GET', '/v1/credits');
    await opt(true, gateway.url);
    const seen = emulators.records.length;
    const wish = { model: 'qwen-image', prompt: 'a tea shop sign [[emulate:slow-60000]]' };
    const abandoned = call('POST', GENERATIONS, wish).catch(() => undefined);
    // The first look at the task comes after it was recorded.
    const polled = () => emulators.records.slice(seen).some(({ method }) => method === 'GET');
    await expect.poll(polled, { timeout: 15_000, interval: 20 }).toBe(true);
    await opt(false, gateway.url);
    await gateway.kill();
    await abandoned;
    const before = { ...wall.traffic(), records: emulators.records.length };

    gateway = await startGatewayProcess(env);
    await expect.poll(() => call('GET', '/v1/credits'), { timeout: 15_000, interval: 50 }).toEqual(balance);
    const { data } = z
      .object({ data: z.array(z.object({ generation_id: z.string().optional() })) })
      .parse(await call('GET', '/v1/credits/ledger'));
    const record = await call('GET', `${GENERATIONS}/${data[0]?.generation_id ?? ''}`);
    expect(record).toMatchObject({ status: 'failed', credits_used: 0, error: { code: 'outcome_unknown' } });
    expect({ ...wall.traffic(), records: emulators.records.length }).toEqual(before);
  } finally {
    await gateway.kill();
    folder.remove();
  }
}, 90_000);

interface Wall {
  readonly url: string;
  /** All that came to it so far. */
  traffic(): { readonly connections: number; readonly bytes: number };
  close(): Promise<void>;
}

/** Passes everything on to a port of this machine and counts it. */
async function startWall(port: number): Promise<Wall> {
  let [connections, bytes] = [0, 0];
  const open = new Set<Socket>();
  const gate = createServer((client) => {
    connections += 1;
    const inside = connect(port, '127.0.0.1');
    for (const socket of [client, inside]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        open.delete(socket);
        client.destroy();
        inside.destroy();
      });
    }
    client.on('data', (chunk) => {
      bytes += chunk.length;
    });
    client.pipe(inside).pipe(client);
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const address = z.object({ port: z.number() }).parse(gate.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    traffic: () => ({ connections, bytes }),
    close: async () => {
      for (const socket of open) socket.destroy();
      gate.close();
      await once(gate, 'close');
    },
  };
}
