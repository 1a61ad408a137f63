/** What an operator is told of an installation, before and after something breaks. */
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import { examine } from '../../src/doctor/examine.js';
import type { Finding } from '../../src/doctor/finding.js';
import { planLiveRoutes } from '../../src/doctor/live-routes.js';
import { runLive } from '../../src/doctor/run-live.js';
import { Endpoints } from '../../src/images/endpoints.js';
import { Transport } from '../../src/images/transport.js';
import { Painter } from '../../src/painter/painter.js';
import { EmulatorHub } from '../../src/providers/emulator-hub.js';
import { createProviders, providers } from '../../src/providers/registry.js';
import { listProviderSettings } from '../../src/providers/settings.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { runCli } from '../support/cli.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { createOwnStores, type OwnStores } from '../support/own-stores.js';
import { startTestGateway, type TestGateway } from '../support/test-gateway.js';
import { jsonAnswer, startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.js';

let emulators: Emulators;
let upstream: ScriptedUpstream;
let painter: Painter;
let keys: Readonly<Record<string, string>>;

beforeAll(async () => {
  emulators = await startEmulators();
  upstream = await startScriptedUpstream();
  painter = new Painter({ threads: 1 });
  const base = (id: string) => {
    const provider = providers.find((one) => one.id === id);
    if (provider === undefined) throw new Error(`there is no provider ${id}`);
    return emulators.baseUrl(provider);
  };
  keys = {
    OPENAI_API_KEY: 'sk-good',
    OPENAI_BASE_URL: base('openai'),
    GEMINI_API_KEY: 'AIza-good',
    GEMINI_BASE_URL: base('google'),
    DASHSCOPE_API_KEY: 'sk-good',
    DASHSCOPE_BASE_URL: base('qwen'),
    XAI_API_KEY: 'xai-good',
    XAI_BASE_URL: base('xai'),
    BFL_API_KEY: 'bfl-good',
    BFL_BASE_URL: base('bfl'),
    FLUX_BASE_URL: base('openai-images'),
  };
});
afterAll(async () => {
  await painter.close();
  await upstream.close();
  await emulators.close();
});

const configOf = (env: Readonly<Record<string, string>>): Config =>
  loadConfig(env, listProviderSettings(providers));

const summary = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ part, state }) => [part.replace(/ at .*/, ''), state]));

describe.each(['embedded', 'shared'] as const)('beside a gateway on %s stores', (name) => {
  let stores: OwnStores;
  let gateway: TestGateway;
  beforeAll(async () => {
    stores = await createOwnStores(name);
    gateway = await startTestGateway(
      { ...stores.env, PORT: '0', ATELIER_PAINTER_THREADS: '1' },
      { clock: undefined, random: undefined },
    );
  });
  afterAll(async () => {
    await gateway.stop();
    await stores.remove();
  });

  it('finds that all is well, by calls that buy nothing', async () => {
    emulators.forget();
    const findings = await examine(configOf({ ...stores.env, ...keys }));
    expect(summary(findings)).toMatchObject({
      settings: 'ok',
      'Node.js': 'ok',
      database: 'ok',
      schema: 'ok',
      'database writes': 'ok',
      ...(name === 'shared' ? { Redis: 'ok' } : {}),
      pictures: 'ok',
      'key of openai': 'ok',
      'key of google': 'ok',
      'key of qwen': 'ok',
      'key of xai': 'ok',
      'key of bfl': 'ok',
      'flux-1-pro': 'ok',
      clock: 'ok',
    });
    expect(findings.filter(({ state }) => state === 'fail')).toStrictEqual([]);
    expect(emulators.records.filter(({ method }) => method === 'POST')).toStrictEqual([]);
  });
});

it('tells what is broken and what to do, each by its name, and no secret', async () => {
  const stores = await createOwnStores('shared');
  const broken = {
    ...stores.env,
    ...keys,
    OPENAI_API_KEY: 'sk-bad-planted-secret',
    XAI_BASE_URL: 'http://127.0.0.1:1/v1',
    BFL_API_KEY: 'bfl-bad-planted-secret',
    DATABASE_URL: 'postgres://atelier:planted-secret@127.0.0.1:1/atelier',
    REDIS_URL: 'redis://:planted-secret@127.0.0.1:1',
    AWS_SECRET_ACCESS_KEY: 'planted-secret',
  };
  const findings = await examine(configOf(broken));
  expect(summary(findings)).toMatchObject({
    database: 'fail',
    Redis: 'fail',
    pictures: 'fail',
    'key of openai': 'fail',
    'key of xai': 'fail',
    'key of bfl': 'fail',
    'key of google': 'ok',
  });
  for (const { state, mend } of findings) if (state === 'fail') expect(mend).toBeTypeOf('string');
  expect(JSON.stringify(findings)).not.toContain('planted-secret');
  await stores.remove();
});

describe('a picture on each route', () => {
  const run = async (env: Readonly<Record<string, string>>, id: string) => {
    const config = configOf(env);
    const list = createProviders(config);
    const endpoints = new Endpoints(config, new EmulatorHub(list, { painter, detail: 'plain' }));
    const transport = new Transport(() => endpoints.trustedOrigins());
    const { planned } = planLiveRoutes(list, endpoints, new Date('2026-03-01'));
    const route = planned.find((one) => one.id === id);
    if (route === undefined) throw new Error(`no route ${id}: ${planned.map((one) => one.id).join(' ')}`);
    const outcome = await runLive(route, { config, endpoints, transport, painter });
    await transport.close();
    return { outcome, planned };
  };

  it('is the cheapest that the route makes, and finds nothing where the provider does as documented', async () => {
    const { outcome, planned } = await run(keys, 'openai/gpt-image-1-mini');
    expect(outcome).toMatchObject({ failure: undefined, drift: [] });
    expect(outcome.picture).toMatch(/^\d+x\d+ image\/png$/);
    const known = new Set(planned.map(({ id }) => id.split('/')[0]));
    expect([...known].sort()).toStrictEqual(['bfl', 'google', 'openai', 'openai-images', 'qwen', 'xai']);
    for (const { cost, candidate } of planned) expect(cost).toBe(candidate.pricePerImage);
    const mini = planned.find(({ id }) => id === 'openai/gpt-image-1-mini');
    expect(mini?.candidate.calls[0]?.native).toMatchObject({ quality: 'low', count: 1 });
  });

  const scripted = () => ({ XAI_API_KEY: 'xai-good', XAI_BASE_URL: `${upstream.baseUrl}/v1` });
  const route = 'xai/grok-imagine-image';

  it('names the fields that are missing', async () => {
    upstream.answer(jsonAnswer(200, { data: 'a picture', extra: true }));
    const { outcome } = await run(scripted(), route);
    expect(outcome.picture).toBeUndefined();
    expect(outcome.drift.map(({ kind, what }) => `${kind} ${what}`).join('\n')).toMatch(/^shape data: .+$/);
  });

  it('tells of other pixels, another type, and of what is no picture', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    upstream.answer(jsonAnswer(200, { data: [{ b64_json: png.toString('base64') }] }));
    expect((await run(scripted(), route)).outcome.drift.map(({ kind }) => kind)).toStrictEqual(['size']);
    upstream.answer(jsonAnswer(200, { data: [{ b64_json: Buffer.from('no picture').toString('base64') }] }));
    expect((await run(scripted(), route)).outcome.drift).toStrictEqual([
      { kind: 'content', what: 'what came as a picture is none' },
    ]);
  });

  it('tells a refusal in the words of the provider, without the key', async () => {
    upstream.answer(jsonAnswer(403, { error: 'the key xai-good has no rights' }));
    const { outcome } = await run(scripted(), route);
    expect(outcome.failure).toMatch(/403/);
    expect(outcome.failure).not.toContain('xai-good');
  });
});

describe('the command', () => {
  let folder: ReturnType<typeof createTestFolder>;
  beforeAll(() => {
    folder = createTestFolder();
  });
  afterAll(() => {
    folder.remove();
  });

  it('ends with 1 and one line for each wrong setting', async () => {
    const wrong = await runCli(['doctor', '--json'], { PORT: 'x', ATELIER_DATA_DIR: folder.path });
    expect([wrong.code, JSON.parse(wrong.stdout)]).toMatchObject([1, { part: 'settings', state: 'fail' }]);
  });

  it('looks over an installation that has never run, and leaves nothing behind', async () => {
    mkdirSync(path.join(folder.path, 'data'));
    chmodSync(path.join(folder.path, 'data'), 0o700);
    const run = await runCli(['doctor'], { ATELIER_DATA_DIR: path.join(folder.path, 'data') }, folder.path);
    expect(run.stdout).toMatch(/look {5}database: there is no \S+atelier\.sqlite yet/);
    expect([run.code, run.stdout.trimEnd().split('\n').at(-1)]).toStrictEqual([0, 'nothing fails']);
  });

  it('spends nothing unasked', async () => {
    const env = {
      ATELIER_DATA_DIR: folder.path,
      XAI_API_KEY: 'xai-good',
      XAI_BASE_URL: `${upstream.baseUrl}/v1`,
    };
    const seen = upstream.seen.length;
    const run = await runCli(['doctor', '--live'], env, folder.path);
    expect([run.code, upstream.seen.length - seen]).toStrictEqual([1, 0]);
    expect(run.stderr).toMatch(/xai\/grok-imagine-image \(\S+\): up to [\d.]+ credits, US\$0\.\d{4}/);
    expect(run.stderr).toMatch(/add --yes to spend it/);
  });
});
