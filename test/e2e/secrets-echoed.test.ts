/** Places where a provider's answer is taken over as it stands, so that a key in it travels on. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toAppError } from '../../src/images/failure.js';
import { Transport } from '../../src/images/transport.js';
import { createGoogleRun } from '../../src/providers/google/adapter.js';
import { ProviderError } from '../../src/providers/provider.js';
import { hostileFacts } from '../support/hostile-answers.js';
import { json, startHostileUpstream, type HostileUpstream } from '../support/hostile-upstream.js';
import { startWatchedGateway } from '../support/watched-gateway.js';
import { createWireIo } from '../support/wire-io.js';

let upstream: HostileUpstream;

beforeAll(async () => {
  upstream = await startHostileUpstream();
});
afterAll(async () => {
  await upstream.close();
});

it.each(hostileFacts)('says no secret after $name', async ({ slug, write }) => {
  upstream.answer(write);
  const gateway = await startWatchedGateway({
    OPENAI_BASE_URL: `${upstream.baseUrl}/v1`,
    GEMINI_BASE_URL: upstream.baseUrl,
  });
  try {
    const answer = await gateway.generate({ model: slug, prompt: 'a fox', size: '1024x1024' });
    await gateway.call('GET', `/v1/images/generations/${answer.headers.get('x-generation-id') ?? ''}`);
    expect(gateway.leaks()).toEqual([]);
  } finally {
    await gateway.stop();
  }
});

it('says no access token of Vertex that a message repeats', async () => {
  const token = 'planted-access-token-of-vertex';
  upstream.answer(json(400, (key) => ({ error: { code: 400, message: `Bad token ${key}`, status: 'X' } })));
  const transport = new Transport(() => []);
  const endpoint = {
    baseUrl: upstream.baseUrl,
    apiKey: undefined,
    emulated: false,
    extra: { GOOGLE_VERTEX_PROJECT: 'p1' },
  };
  const call = {
    path: '/v1beta/models/gemini-3-pro-image:generateContent',
    body: { contents: [] },
    prompt: '',
    count: 1,
    streamed: false,
  };
  const run = createGoogleRun(() => Promise.resolve(token));
  const io = createWireIo(transport, endpoint, new AbortController().signal);
  let caught: unknown;
  try {
    for await (const event of run(call, io)) expect(event.type).toBe('answered');
  } catch (error) {
    caught = error;
  }
  await transport.close();
  expect(upstream.seen.at(-1)?.key).toBe(token);
  if (!(caught instanceof ProviderError))
    throw new Error('the call did not fail as expected', { cause: caught });
  const { message, facts } = toAppError(caught);
  expect(JSON.stringify({ message, facts, info: caught.info.upstream })).not.toContain(token);
});
