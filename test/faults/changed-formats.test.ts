/**
 * Providers that answer in another format from one call to the next, each adapter through the whole gateway with a live key:
 * the caller gets the right picture or a mapped failure that costs nothing, nothing is asked for twice, and operators
 * see it as drift.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { providers } from '../../src/providers/registry.js';
import { emulatorBaseUrl } from '../../src/providers/emulator-hub.js';
import { startAnswerProxy, type AnswerProxy, type ProxiedAnswer } from '../support/answer-proxy.js';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { allEvents } from '../support/events.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { OTHER_FORMATS, type OtherFormat } from '../support/other-formats.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

let emulators: Emulators;
let proxy: AnswerProxy;
const servers = new Map<string, TestServer>();
/** What the next answers to submits are changed to. */
let format: OtherFormat | undefined;
/** False: what came as events goes on as one JSON answer. */
let asEvents = true;
/** Only answers of this provider are changed. */
let only: string | undefined;
/** Pictures that links lead to. */
const stored = new Map<string, Buffer>();

const FLUX = ['openai-images', 'comfyui', 'sdapi'] as const;
/** One model of each provider. */
const MODELS: Readonly<Record<string, string>> = {
  openai: 'gpt-image-2',
  google: 'gemini-3-pro-image',
  qwen: 'qwen-image',
  xai: 'grok-image',
  bfl: 'flux-1.1-pro',
  'openai-images': 'flux-1-pro',
  comfyui: 'flux-1-pro',
  sdapi: 'flux-1-pro',
};

beforeAll(async () => {
  emulators = await startEmulators();
  proxy = await startAnswerProxy(emulators.root, (answer, { method, url }) => {
    const picture = stored.get(url);
    if (picture !== undefined)
      return { status: 200, headers: { 'content-type': 'image/png' }, body: picture, breaksOff: false };
    if (!asEvents && String(answer.headers['content-type']).includes('event-stream')) return toJson(answer);
    if (only !== undefined && !url.startsWith(`/${only}/`)) return answer;
    if (format === undefined || method !== 'POST' || answer.status > 299) return answer;
    return OTHER_FORMATS[format](answer, (bytes) => {
      const path = `/kept/${stored.size}.png`;
      stored.set(path, bytes);
      return `${proxy.root}${path}`;
    });
  });
  const at = (id: string) => {
    const provider = providers.find((one) => one.id === id);
    if (provider === undefined) throw new Error(`there is no ${id}`);
    return emulatorBaseUrl(proxy.root, provider);
  };
  for (const protocol of FLUX) {
    const server = await startTestServer({
      env: {
        OPENAI_API_KEY: 'key-of-openai',
        OPENAI_BASE_URL: at('openai'),
        GEMINI_API_KEY: 'key-of-gemini',
        GEMINI_BASE_URL: at('google'),
        DASHSCOPE_API_KEY: 'key-of-dashscope',
        DASHSCOPE_BASE_URL: at('qwen'),
        XAI_API_KEY: 'key-of-xai',
        XAI_BASE_URL: at('xai'),
        BFL_API_KEY: 'key-of-bfl',
        BFL_BASE_URL: at('bfl'),
        FLUX_BASE_URL: at(protocol),
        FLUX_PROTOCOL: protocol,
      },
    });
    const body = { prc_opt_in: true, confirm: 'default' };
    expect((await server.call('PATCH', '/v1/workspace', { key: server.liveKey, body })).status).toBe(200);
    servers.set(protocol, server);
  }
});
afterAll(async () => {
  format = undefined;
  // Each asserts that its books add up.
  for (const server of servers.values()) await server.stop();
  await proxy.close();
  await emulators.close();
});

/** The last event of a stream as an answer without one. */
function toJson(answer: ProxiedAnswer): ProxiedAnswer {
  const data = answer.body.toString().trim().split('data: ').at(-1) ?? '';
  const { b64_json: picture } = z.object({ b64_json: z.string() }).parse(JSON.parse(data));
  return {
    ...answer,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ created: 1, data: [{ b64_json: picture }] })),
  };
}

function serverOf(provider: string): TestServer {
  const server = servers.get(provider) ?? servers.get('openai-images');
  if (server === undefined) throw new Error('no gateway runs');
  return server;
}

const draw = (provider: string, more: Readonly<Record<string, unknown>> = {}) =>
  serverOf(provider).generate(
    { model: MODELS[provider], prompt: 'a red fox', response_format: 'url', fallback: false, ...more },
    serverOf(provider).liveKey,
  );

/** How often drift of a provider was counted. */
async function driftOf(provider: string): Promise<number> {
  const { body } = await serverOf(provider).call('GET', '/metrics', { key: ADMIN_TOKEN });
  const lines = z.string().parse(body).split('\n');
  const counts = lines
    .filter((line) => line.startsWith(`atelier_upstream_drift_total{provider="${provider}"`))
    .map((line) => Number(line.split(' ').at(-1)));
  return counts.reduce((sum, count) => sum + count, 0);
}

const submits = () => emulators.records.filter(({ method }) => method === 'POST').length;

/** Formats in which the picture can be read all the same. */
const READABLE: ReadonlySet<OtherFormat> = new Set(['packed without being asked', 'WebP instead of PNG']);
/** Answers to submits that hold no pictures: these formats change nothing of them. */
const PICTURELESS: ReadonlySet<string> = new Set(['qwen', 'bfl', 'comfyui']);
const OF_PICTURES: ReadonlySet<OtherFormat> = new Set([
  'links where base64 was',
  'links under their own name',
  'WebP instead of PNG',
]);
/** Its documented answers have both forms. */
const TAKES_LINKS: ReadonlySet<string> = new Set(['openai', 'openai-images', 'xai']);

/** Whether the picture comes all the same. */
function comes(provider: string, name: OtherFormat): boolean {
  // A task bears the name that the gateway gave it: the answer to the submit is not needed.
  if (provider === 'comfyui' || READABLE.has(name)) return true;
  if (OF_PICTURES.has(name) && PICTURELESS.has(provider)) return true;
  // Of two ways to say where a picture is, one is still there.
  return name === 'links under their own name' && TAKES_LINKS.has(provider);
}

const names = Object.keys(OTHER_FORMATS).filter((name): name is OtherFormat => name in OTHER_FORMATS);
const cases = Object.keys(MODELS).flatMap((provider) => names.map((name) => ({ provider, name })));
const FAILURES = ['upstream_error', 'no_image_returned', 'outcome_unknown'];
/** Own servers cost nothing: what brought no picture may be asked for again. */
const OWN: ReadonlySet<string> = new Set(['openai-images', 'sdapi']);

it.each(cases)('$provider: $name', async ({ provider, name }) => {
  const server = serverOf(provider);
  await server.call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
  const [driftBefore, submitsBefore] = [await driftOf(provider), submits()];
  format = name;
  const answer = await draw(provider);
  format = undefined;
  const drift = (await driftOf(provider)) - driftBefore;
  if (comes(provider, name)) {
    expect([answer.status, answer.body]).toMatchObject([200, { status: 'succeeded', data: [{}] }]);
    const made = generation.parse(answer.body);
    const picture = await fetchPicture(made.data[0]?.url);
    expect([picture.width, picture.height]).toStrictEqual([made.data[0]?.width, made.data[0]?.height]);
    expect(made.credits_used).toBeGreaterThan(0);
    expect(submits() - submitsBefore).toBe(1);
    return;
  }
  const { error } = failure.parse(answer.body);
  expect([answer.status, FAILURES.includes(error.code) ? 'mapped' : error.code]).toStrictEqual([
    502,
    'mapped',
  ]);
  expect(drift).toBeGreaterThan(0);
  // Nobody knows what it cost: it is not bought again.
  if (!OWN.has(provider)) {
    expect([submits() - submitsBefore, answer.headers.get('x-should-retry')]).toStrictEqual([1, 'false']);
  }
  const id = answer.headers.get('x-generation-id') ?? '';
  const record = await server.call('GET', `/v1/images/generations/${id}`, { key: server.liveKey });
  expect(record.body).toMatchObject({ status: 'failed', credits_used: 0 });
});

it('the format is back: so are the pictures, with the kind of each drift in the metrics', async () => {
  for (const provider of Object.keys(MODELS)) {
    await serverOf(provider).call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
    const made = generation.parse((await draw(provider)).body);
    expect([provider, made.status]).toStrictEqual([provider, 'succeeded']);
    await fetchPicture(made.data[0]?.url);
  }
});

it('WebP where the call had asked for PNG is delivered as PNG, and counted', async () => {
  const before = await driftOf('openai');
  format = 'WebP instead of PNG';
  const answer = await draw('openai', { output_format: 'png' });
  format = undefined;
  const made = generation.parse(answer.body);
  expect(made.data[0]?.mime_type).toBe('image/png');
  expect((await fetchPicture(made.data[0]?.url)).format).toBe('png');
  expect(await driftOf('openai')).toBe(before + 1);
});

it('JSON where events were asked: the picture comes, as an event', async () => {
  const body = { model: 'gpt-image-2', prompt: 'a red fox', stream: true, partial_images: 1 };
  format = undefined;
  asEvents = false;
  const response = await fetch(`${serverOf('openai').url}/v1/images/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${serverOf('openai').liveKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const events = await allEvents(response);
  asEvents = true;
  expect(events.at(-1)?.event).toBe('image_generation.completed');
});

it('the next model of a chain serves while the format of the first one is another', async () => {
  [format, only] = ['a page with 200', 'openai'];
  const answer = await draw('openai', { fallback: ['grok-image'] });
  [format, only] = [undefined, undefined];
  expect(generation.parse(answer.body)).toMatchObject({ status: 'succeeded', model: 'grok-image' });
});
