/**
 * Secrets stay inside: with planted keys everything that the gateway says or stores is searched for them, whatever
 * happens upstream. Provider keys leave for the configured origin alone.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, loadConfig } from '../../src/config/load.js';
import { EmulatorHub, emulatorBaseUrl } from '../../src/providers/emulator-hub.js';
import { googleProvider } from '../../src/providers/google/provider.js';
import { openAiProvider } from '../../src/providers/openai/provider.js';
import { Painter } from '../../src/painter/painter.js';
import { providers } from '../../src/providers/registry.js';
import type { OutcomeName } from '../../src/providers/shared/scripted-outcome.js';
import { listProviderSettings } from '../../src/providers/settings.js';
import { failure, generation } from '../support/answers.js';
import { hostileAnswers, solidPicture } from '../support/hostile-answers.js';
import { startHostileUpstream, type HostileUpstream } from '../support/hostile-upstream.js';
import { disguises, PLANTED, startWatchedGateway, type WatchedGateway } from '../support/watched-gateway.js';

const SLUGS = ['dall-e-3', 'gpt-image-2', 'gemini-2-5-flash-image', 'imagen-4'] as const;
const FAILURES = [
  'moderated-prompt',
  'moderated-input',
  'moderated-output',
  'rate-limited',
  'rate-limited-no-hint',
  'overloaded',
  'server-error',
  'cut-body',
  'bad-base64',
  'text-only',
  'no-image',
  'bad-key',
  'out-of-credit',
] as const satisfies readonly OutcomeName[];

describe('a gateway on the emulators with live keys', () => {
  const painter = new Painter({ threads: 1 });
  const hub = new EmulatorHub(providers, { painter, detail: 'plain' });
  let gateway: WatchedGateway;

  beforeAll(async () => {
    const root = await hub.start();
    gateway = await startWatchedGateway({
      OPENAI_BASE_URL: emulatorBaseUrl(root, openAiProvider),
      GEMINI_BASE_URL: emulatorBaseUrl(root, googleProvider),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await hub.close();
    await painter.close();
  });

  it.each(SLUGS)('says no secret with pictures of %s, their links and receipts', async (model) => {
    const answer = await gateway.generate({ model, prompt: 'a fox', n: 2, response_format: 'url' });
    expect(answer.status).toBe(200);
    const body = generation.parse(answer.body);
    expect(body.receipt).toMatchObject({ mode: 'live' });
    for (const { url } of body.data) expect((await gateway.fetch(url ?? '')).status).toBe(200);
    const inline = await gateway.generate({ model, prompt: 'a fox', response_format: 'b64_json' });
    expect(inline.status).toBe(200);
    const record = await gateway.call('GET', `/v1/images/generations/${body.id}`);
    expect(record.body).toMatchObject({ id: body.id, status: 'succeeded' });
    expect(gateway.leaks()).toEqual([]);
  });

  it.each(SLUGS)('says no secret with any failure of %s', async (model) => {
    for (const outcome of FAILURES) {
      const prompt = `a fox [[emulate:${outcome}*9]]`;
      const answer = await gateway.generate({ model, prompt, response_format: 'url' });
      expect([outcome, answer.status]).toEqual([outcome, expect.not.toBeOneOf([200, 500])]);
      const id = answer.headers.get('x-generation-id') ?? '';
      const record = await gateway.call('GET', `/v1/images/generations/${id}`);
      expect(record.body).toMatchObject({ status: 'failed' });
    }
    expect(gateway.leaks()).toEqual([]);
  });

  it('says no secret on any page of its own, to whomever asks', async () => {
    const admin = PLANTED.ATELIER_ADMIN_TOKEN;
    const pages = [
      '/openapi.json',
      '/docs',
      '/docs/reference/',
      '/llms.txt',
      '/healthz',
      '/readyz',
      '/v1/models',
      '/v1/keys',
      '/v1/workspace',
    ];
    for (const page of [...pages, '/v1/credits', '/v1/credits/ledger']) {
      const answer = await gateway.call('GET', page);
      expect([page, answer.status]).toEqual([page, 200]);
    }
    const made = await gateway.call('POST', '/v1/admin/workspaces', {
      key: admin,
      body: { name: 'w', credits: 1 },
    });
    expect(made.status).toBe(201);
    expect((await gateway.call('GET', '/v1/models', { key: admin })).status).toBe(401);
    const foreign = await gateway.call('POST', '/v1/admin/workspaces', { body: { name: 'w', credits: 1 } });
    expect(foreign.status).toBe(401);
    // A key in an address is a mistake that people make; it must not be written down for it.
    const key = encodeURIComponent(PLANTED.ATELIER_BOOTSTRAP_KEY);
    expect((await gateway.call('GET', `/v1/models?api_key=${key}`, { key: null })).status).toBe(401);
    expect((await gateway.call('GET', `/nowhere?api_key=${key}`)).status).toBe(404);
    const broken = await gateway.call('POST', '/v1/images/generations', { text: '{"prompt"' });
    expect(failure.parse(broken.body).error.code).toBe('invalid_json');
    expect(gateway.lines()).toBeGreaterThan(100);
    expect(gateway.leaks()).toEqual([]);
  });

  it('would be caught if it did: a secret in a prompt is found in answer, record and database', async () => {
    const secret = PLANTED.ATELIER_SECRET;
    const own = await startWatchedGateway({});
    await own.generate({ model: 'atelier-sketch', prompt: `a fox ${secret}`, size: '64x64' });
    const leaks = own.leaks();
    await own.stop();
    expect(leaks).toContain('ATELIER_SECRET in the body of POST /v1/images/generations');
    expect(leaks.some((leak) => leak.includes('atelier.sqlite'))).toBe(true);
  });

  it('would be caught in base64 as well, wherever the secret begins', () => {
    const secret = PLANTED.OPENAI_API_KEY;
    for (const before of ['', 'k', 'ke', 'key:']) {
      const text = Buffer.from(`${before}${secret} and more`).toString('base64');
      expect(disguises(secret).some((disguise) => text.includes(disguise))).toBe(true);
      const url = Buffer.from(`${before}${secret}`).toString('base64url');
      expect(disguises(secret).some((disguise) => url.includes(disguise))).toBe(true);
    }
  });
});

describe('settings that are wrong', () => {
  it('are named without their values', () => {
    const env = {
      ATELIER_ADMIN_TOKEN: 'short-one',
      ATELIER_SECRET: 'also-short',
      ATELIER_BOOTSTRAP_KEY: 'tiny',
    };
    const load = () => loadConfig({ ...env, PORT: 'no-port' }, listProviderSettings(providers));
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/ATELIER_ADMIN_TOKEN.*\n.*ATELIER_SECRET.*\n.*ATELIER_BOOTSTRAP_KEY/);
    for (const value of Object.values(env)) expect(load).not.toThrow(value);
  });
});

describe('a gateway on a hostile provider', () => {
  let api: HostileUpstream;
  let other: HostileUpstream;
  let stranger: HostileUpstream;
  let gateway: WatchedGateway;

  beforeAll(async () => {
    [api, other, stranger] = await Promise.all([
      startHostileUpstream(),
      startHostileUpstream(),
      startHostileUpstream(),
    ]);
  });
  afterAll(async () => {
    await Promise.all([api.close(), other.close(), stranger.close()]);
  });
  beforeEach(async () => {
    for (const server of [api, other, stranger]) server.forget();
    gateway = await startWatchedGateway({
      OPENAI_BASE_URL: `${api.baseUrl}/v1`,
      GEMINI_BASE_URL: other.baseUrl,
    });
  });
  afterEach(async () => {
    await gateway.stop();
  });

  const ask = (model: string) =>
    gateway.generate({ model, prompt: 'a fox', size: '1024x1024', response_format: 'url' });

  it.each(hostileAnswers)('says no secret after $name', async ({ slug, write }) => {
    api.answer(write);
    other.answer(write);
    const answer = await ask(slug);
    // The key was there to be repeated.
    const secret = slug === 'dall-e-3' ? PLANTED.OPENAI_API_KEY : PLANTED.GEMINI_API_KEY;
    expect([...api.seen, ...other.seen].map(({ key }) => key)).toContain(secret);
    const id = answer.headers.get('x-generation-id') ?? '';
    const record = await gateway.call('GET', `/v1/images/generations/${id}`);
    const { data } = generation.parse(record.body);
    for (const { url } of data) await gateway.fetch(url ?? '');
    expect(gateway.leaks()).toEqual([]);
  });

  it.each(
    [301, 302, 303, 307, 308].flatMap((status) =>
      (['dall-e-3', 'gemini-2-5-flash-image', 'imagen-4'] as const).map((slug) => ({ status, slug })),
    ),
  )('does not follow a redirect with $status of a call of $slug', async ({ status, slug }) => {
    const redirect: Parameters<HostileUpstream['answer']>[0] = (_request, response) => {
      response.writeHead(status, { location: `${stranger.baseUrl}/v1/images/generations` }).end();
    };
    api.answer(redirect);
    other.answer(redirect);
    const answer = await ask(slug);
    expect(answer.status).toBe(502);
    expect(failure.parse(answer.body).error.code).toBe('upstream_error');
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect([...api.seen, ...other.seen]).toHaveLength(1);
    expect(stranger.seen).toEqual([]);
  });

  it.each(['the API’s own host', 'another configured host', 'another configured host by a redirect'])(
    'downloads a picture from %s without any credentials',
    async (where) => {
      // A host counts as configured once it has been called.
      other.answer((_request, response) => response.writeHead(500).end());
      await ask('gemini-2-5-flash-image');
      other.forget();
      const host = where.startsWith('the API') ? api : other;
      const link = `${where.endsWith('redirect') ? `${api.baseUrl}/moved` : `${host.baseUrl}/files`}/fox.png?sig=s`;
      serve(api, link, host);
      serve(other, link, host);
      const answer = await ask('dall-e-3');
      expect(answer.status).toBe(200);
      const fetched = [...api.seen, ...other.seen].filter(({ method }) => method === 'GET');
      expect(fetched.at(-1)?.url).toBe('/files/fox.png?sig=s');
      expect(fetched).toHaveLength(where.endsWith('redirect') ? 2 : 1);
      for (const { headers } of fetched) {
        const names = Object.keys(headers);
        expect(names.filter((name) => /auth|key|cookie|token|x-emulate/.test(name))).toEqual([]);
        const values = Object.values(headers).join('\n');
        for (const secret of Object.values(PLANTED))
          expect(disguises(secret).some((text) => values.includes(text))).toBe(false);
      }
      const [image] = generation.parse(answer.body).data;
      expect((await gateway.fetch(image?.url ?? '')).status).toBe(200);
      expect(gateway.leaks()).toEqual([]);
    },
  );

  const forbidden = [
    ['another port of this machine', () => `http://127.0.0.1:${stranger.port}/fox.png`],
    ['this machine by name', () => `http://localhost:${stranger.port}/fox.png`],
    ['the configured port by another name', () => `http://localhost:${api.port}/fox.png`],
    ['this machine in IPv6 dress', () => `http://[::ffff:127.0.0.1]:${stranger.port}/fox.png`],
    ['this machine as one number', () => `http://2130706433:${stranger.port}/fox.png`],
    ['the address of nobody', () => `http://0.0.0.0:${stranger.port}/fox.png`],
    ['the metadata service of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
    ['a private network', () => 'http://10.0.0.1/fox.png'],
    ['a file', () => 'file:///etc/passwd'],
    ['another protocol', () => `ftp://127.0.0.1:${stranger.port}/fox.png`],
  ] as const;

  it.each(forbidden)('refuses a link to %s', async (_, link) => {
    serve(api, link(), api);
    await expectRefusedLink();
  });

  it.each(forbidden)('refuses a link that redirects to %s', async (_, link) => {
    serve(api, `${api.baseUrl}/moved/fox.png`, api, link());
    await expectRefusedLink();
    expect(api.seen.filter(({ url }) => url.startsWith('/moved'))).toHaveLength(1);
  });

  it('gives up a link that redirects for ever', async () => {
    serve(api, `${api.baseUrl}/moved/fox.png`, api, `${api.baseUrl}/moved/fox.png`);
    await expectRefusedLink();
    expect(api.seen.filter(({ method }) => method === 'GET')).toHaveLength(4);
  });

  it('says no secret when a link that holds the key can not be followed', async () => {
    const links = [
      'http://10.0.0.1/',
      `${api.baseUrl}/missing/`,
      'no link at all ',
      'http://nowhere.invalid/',
    ];
    for (const link of links) {
      api.answer(({ key, method }, response) => {
        if (method === 'GET') response.writeHead(404, { 'x-key': key }).end();
        else response.end(JSON.stringify({ data: [{ url: `${link}?key=${key}` }] }));
      });
      expect((await ask('dall-e-3')).status).toBe(502);
    }
    expect(gateway.leaks()).toEqual([]);
  });

  /** Nothing was fetched, nothing was charged, and clients are not sent to buy again. */
  async function expectRefusedLink(): Promise<void> {
    const answer = await ask('dall-e-3');
    expect(answer.status).toBe(502);
    expect(failure.parse(answer.body).error.code).toBe('upstream_error');
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(answer.headers.get('x-credits-used')).toBe('0');
    const account = await gateway.call('GET', '/v1/credits');
    expect(z.object({ balance: z.number(), held: z.number() }).parse(account.body)).toMatchObject({
      balance: 1000,
      held: 0,
    });
    expect(stranger.seen).toEqual([]);
    expect(api.seen.filter(({ url }) => url.startsWith('/fox.png'))).toEqual([]);
  }

  /**
   * Answers calls with the link, `/moved/…` with a redirect and `/files/…` with a picture.
   * @param target where redirects lead; else the same file on `host`
   */
  function serve(server: HostileUpstream, link: string, host: HostileUpstream, target?: string): void {
    server.answer(({ method, url }, response) => {
      if (method === 'POST') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ created: 1, data: [{ url: link }] }));
      } else if (url.startsWith('/moved')) {
        const location = target ?? `${host.baseUrl}${url.replace('/moved', '/files')}`;
        response.writeHead(302, { location, 'set-cookie': 'visit=1' }).end();
      } else {
        response.writeHead(200, { 'content-type': 'image/png' }).end(solidPicture);
      }
    });
  }
});
