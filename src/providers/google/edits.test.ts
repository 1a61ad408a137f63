/** Edits by the adapter: what arrives at an upstream, and what the emulator makes of it over real HTTP. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { decode } from '../../../test/support/answers.js';
import { startEmulators } from '../../../test/support/emulators.js';
import type { Emulators } from '../../../test/support/emulators.js';
import {
  collectEvents,
  createTestIo,
  jsonAnswer,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.js';
import type { ScriptedUpstream } from '../../../test/support/scripted-upstream.js';
import { createWireIo } from '../../../test/support/wire-io.js';
import type { TestInputs } from '../../../test/support/wire-io.js';
import { Transport } from '../../images/transport.js';
import { ProviderError } from '../provider.js';
import type { Endpoint, ImageSink, NativeCall, NativeInput, NativeRequest, ProviderIo } from '../provider.js';
import { outgoingLengthBytes, toOutgoingBody } from '../shared/outgoing-body.js';
import { createGoogleRun } from './adapter.js';
import { googleModels } from './models.js';
import { googleProvider } from './provider.js';
import { translateToGoogle } from './translate.js';

const run = createGoogleRun(() => Promise.resolve('token-1'));

function callFor(slug: string, changes: Partial<NativeRequest>): NativeCall {
  const route = googleModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`${slug} has no route`);
  const translation = translateToGoogle(createNativeRequest(changes), route);
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

function native(mimeType: NativeInput['mimeType'], hasContinuation = false): NativeInput {
  return { mimeType, width: 64, height: 48, hasAlpha: false, hasContinuation };
}

async function failureOf(call: NativeCall, io: ProviderIo): Promise<ProviderError> {
  try {
    await collectEvents(run(call, io));
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

describe('an edit on its way', () => {
  let upstream: ScriptedUpstream;
  beforeEach(async () => {
    upstream = await startScriptedUpstream();
  });
  afterEach(() => upstream.close());

  const first = { bytes: Buffer.from([0, 255, 1, 254, 2]), mimeType: 'image/jpeg' } as const;
  const second = { bytes: Buffer.from('a second picture'), mimeType: 'image/png' } as const;
  const signature = 'c2lnbmF0dXJl+/==';
  const inputs: TestInputs = {
    0: first,
    1: second,
    'continuation-0': { bytes: Buffer.from(signature), mimeType: 'application/octet-stream' },
  };
  const edit: Partial<NativeRequest> = {
    operation: 'edit',
    prompt: 'add a "hat"',
    inputs: [native('image/jpeg', true), native('image/png')],
  };
  const body = {
    contents: [
      { role: 'user', parts: [{ text: 'Make a picture.' }] },
      {
        role: 'model',
        parts: [
          {
            inlineData: { mimeType: 'image/jpeg', data: first.bytes.toString('base64') },
            thoughtSignature: signature,
          },
        ],
      },
      {
        role: 'user',
        parts: [
          { text: 'add a "hat"' },
          { inlineData: { mimeType: 'image/png', data: second.bytes.toString('base64') } },
        ],
      },
    ],
    generationConfig: { responseModalities: ['IMAGE'] },
  };

  it.each<[string, Partial<Endpoint>, string, Record<string, string>]>([
    [
      'the Gemini API',
      {},
      '/v1beta/models/gemini-3-pro-image:generateContent',
      { 'x-goog-api-key': 'test-key-123' },
    ],
    [
      'Vertex AI',
      { apiKey: undefined, extra: { GOOGLE_VERTEX_PROJECT: 'p1' } },
      '/v1beta1/projects/p1/locations/global/publishers/google/models/gemini-3-pro-image:generateContent',
      { authorization: 'Bearer token-1' },
    ],
  ])('carries pictures and signature as they are to %s', async (_, endpoint, url, headers) => {
    const data = Buffer.from('edited').toString('base64');
    const parts = [{ inlineData: { mimeType: 'image/jpeg', data } }];
    upstream.answer(jsonAnswer(200, { candidates: [{ content: { parts }, finishReason: 'STOP' }] }));
    const io = createTestIo(upstream, endpoint, undefined, inputs);
    const events = await collectEvents(run(callFor('gemini-3-pro-image', edit), io));
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image']);
    expect(io.stored.map(({ text }) => text)).toStrictEqual(['edited']);
    const [seen] = upstream.seen;
    expect(seen).toMatchObject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect(seen?.body).toStrictEqual(body);
  });

  it.each([
    [
      'a blocked picture',
      200,
      { promptFeedback: { blockReason: 'IMAGE_SAFETY' } },
      { kind: 'moderated', stage: 'input', retryable: false, billed: false },
    ],
    [
      'a picture that can not be read',
      400,
      { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Unable to process input image.' } },
      {
        kind: 'invalid_request',
        retryable: false,
        billed: false,
        message: 'Google refused the request: Unable to process input image.',
      },
    ],
  ])('tells of %s', async (_, status, answer, expected) => {
    upstream.answer(jsonAnswer(status, answer));
    const io = createTestIo(upstream, {}, undefined, inputs);
    expect((await failureOf(callFor('gemini-3-pro-image', edit), io)).info).toMatchObject(expected);
  });
});

describe('the emulator', () => {
  let emulators: Emulators;
  const transport = new Transport(() => [emulators.root]);
  /** What sinks were given, by hash. */
  const kept = new Map<string, Buffer>();

  beforeAll(async () => {
    emulators = await startEmulators();
  });
  afterAll(async () => {
    await transport.close();
    await emulators.close();
  });

  function openKeepingSink(): ImageSink {
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
        return Promise.resolve();
      },
      finish: () => {
        const bytes = Buffer.concat(chunks);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        kept.set(sha256, bytes);
        return Promise.resolve({ sha256, sizeBytes: bytes.length, picture: undefined });
      },
      discard: () => Promise.resolve(),
    };
  }

  function openIo(inputs: TestInputs, changes: Partial<Endpoint> = {}): ProviderIo {
    const endpoint = {
      baseUrl: emulators.baseUrl(googleProvider),
      apiKey: 'good',
      emulated: true,
      extra: {},
      ...changes,
    };
    const io = createWireIo(transport, endpoint, new AbortController().signal, inputs);
    // Spreading it would ask for its painter.
    return {
      endpoint,
      signal: io.signal,
      send: (request) => io.send(request),
      listen: (request) => io.listen(request),
      input: (name) => io.input(name),
      readInput: (name) => io.readInput(name),
      openImage: openKeepingSink,
      sleep: (delayMs) => io.sleep(delayMs),
      get painter() {
        return io.painter;
      },
      mark: (seed) => io.mark(seed),
      now: () => io.now(),
    };
  }

  async function deliver(call: NativeCall, io: ProviderIo) {
    const events = await collectEvents(run(call, io));
    const picture = events.find((event) => event.type === 'image');
    const usage = events.find((event) => event.type === 'usage')?.usage;
    if (picture?.image.kind !== 'stored') throw new Error('there is no picture');
    return {
      bytes: kept.get(picture.image.image.sha256) ?? Buffer.alloc(0),
      signature: kept.get(picture.continuation?.sha256 ?? '')?.toString(),
      usage,
    };
  }

  async function draw(width: number, height: number, format: 'png' | 'jpeg' | 'webp') {
    const picture = sharp({ create: { width, height, channels: 3, background: '#a53' } });
    return { bytes: await picture.toFormat(format).toBuffer(), mimeType: `image/${format}` } as const;
  }

  const edit = (...inputs: readonly NativeInput[]): Partial<NativeRequest> => ({
    operation: 'edit',
    prompt: 'make it night',
    inputs,
  });

  it.each([
    ['gemini-nano-banana-2.1', '1376x768 jpeg', 1120],
    ['gemini-3-pro-image', '1376x768 jpeg', 258],
    ['gemini-3.1-flash-image', '1376x768 jpeg', 1120],
    ['gemini-3.1-flash-lite-image', '1376x768 jpeg', 1120],
    ['gemini-2-5-flash-image', '1344x768 png', 258],
  ])("edits with %s in the picture's shape", async (slug, expected, inputImageTokens) => {
    const io = openIo({ 0: await draw(160, 90, 'webp') });
    const { bytes, usage } = await deliver(callFor(slug, edit(native('image/webp'))), io);
    const { width, height, format } = await decode(bytes);
    expect(`${width}x${height} ${format}`).toBe(expected);
    expect(usage?.inputImageTokens).toBe(inputImageTokens);
  });

  it('edits several pictures on Vertex AI in the size asked', async () => {
    const inputs = { 0: await draw(64, 48, 'png'), 1: await draw(48, 64, 'jpeg') };
    const io = openIo(inputs, { apiKey: undefined, extra: { GOOGLE_VERTEX_PROJECT: 'p1' } });
    const size = { width: 1152, height: 928, native: { aspectRatio: '5:4', imageSize: '1K' } };
    const asked = { ...edit(native('image/png'), native('image/jpeg')), size };
    const { bytes, usage } = await deliver(callFor('gemini-3-pro-image', asked), io);
    expect(await decode(bytes)).toMatchObject({ width: 1152, height: 928 });
    expect(usage?.inputImageTokens).toBe(516);
    expect(emulators.records.at(-1)?.url).toContain('/projects/p1/locations/global/');
  });

  const sentBody = z.object({
    contents: z.array(z.object({ role: z.string(), parts: z.array(z.unknown()) })),
  });

  it('gets back what it delivered, signed, over several turns', async () => {
    const call = callFor('gemini-nano-banana-2.1', {
      size: { width: 768, height: 1376, native: { aspectRatio: '9:16', imageSize: '1K' } },
    });
    let answer = await deliver(call, openIo({}));
    for (let turn = 1; turn <= 2; turn++) {
      const { bytes, signature = '' } = answer;
      expect(signature).toMatch(/^[A-Za-z0-9+/]{100,}=*$/);
      const inputs: TestInputs = {
        0: { bytes, mimeType: 'image/jpeg' },
        'continuation-0': { bytes: Buffer.from(signature), mimeType: 'application/octet-stream' },
      };
      const next = callFor('gemini-nano-banana-2.1', edit(native('image/jpeg', true)));
      answer = await deliver(next, openIo(inputs));
      expect(await decode(answer.bytes)).toMatchObject({ width: 768, height: 1376, format: 'jpeg' });
      const inlineData = { mimeType: 'image/jpeg', data: bytes.toString('base64') };
      expect(sentBody.parse(emulators.records.at(-1)?.body).contents).toStrictEqual([
        { role: 'user', parts: [{ text: 'Make a picture.' }] },
        { role: 'model', parts: [{ inlineData, thoughtSignature: signature }] },
        { role: 'user', parts: [{ text: 'make it night' }] },
      ]);
    }
  });

  it('edits the answer of a model whose signature is not at hand as any other picture', async () => {
    const { bytes } = await deliver(callFor('gemini-3.1-flash-image', {}), openIo({}));
    const next = callFor('gemini-3.1-flash-image', edit(native('image/jpeg')));
    const edited = await deliver(next, openIo({ 0: { bytes, mimeType: 'image/jpeg' } }));
    expect(await decode(edited.bytes)).toMatchObject({ width: 1024, height: 1024 });
  });

  it('takes the largest picture on either surface, and fourteen of them fit one request', async () => {
    // Bytes behind the end of a picture don't count for decoders.
    const { bytes: small, mimeType } = await draw(64, 48, 'jpeg');
    const spec = googleModels.find(({ slug }) => slug === 'gemini-3-pro-image')?.edit;
    const largest = { bytes: Buffer.concat([small], spec?.inputs.maxBytes ?? 0), mimeType };
    for (const changes of [{}, { apiKey: undefined, extra: { GOOGLE_VERTEX_PROJECT: 'p1' } }]) {
      const io = openIo({ 0: largest }, changes);
      const { usage } = await deliver(callFor('gemini-3-pro-image', edit(native('image/jpeg'))), io);
      expect(usage?.inputImageTokens).toBe(258);
    }
    const all = Array.from({ length: spec?.maxInputImages ?? 0 }, () => largest);
    const call = callFor('gemini-3-pro-image', {
      ...edit(...all.map(() => native('image/jpeg'))),
      prompt: 'x'.repeat(spec?.params?.promptMaxChars ?? 0),
    });
    const io = openIo(Object.fromEntries(all.entries()));
    const lengthBytes = outgoingLengthBytes(toOutgoingBody(call, io), io);
    expect(lengthBytes).toBeGreaterThan(97_000_000);
    expect(lengthBytes).toBeLessThan(100_000_000);
  });
});
