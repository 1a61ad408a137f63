/** Edits carried out by the emulator, through the gateway's own transport. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { collectEvents } from '../../../test/support/scripted-upstream.js';
import { createWireIo } from '../../../test/support/wire-io.js';
import type { TestInput, TestInputs } from '../../../test/support/wire-io.js';
import { Transport } from '../../images/transport.js';
import type { InputMimeType } from '../model.js';
import { ProviderError } from '../provider.js';
import type { InputName, NativeCall, NativeInput, NativeRequest, ProviderEvent } from '../provider.js';
import { runOpenAi } from './adapter.js';
import { createOpenAiEmulator } from './emulator.js';
import { openAiModels } from './models.js';
import { translateToOpenAi } from './translate.js';

let emulator: EmulatorServer;
const transport = new Transport(() => []);
const pictures: Record<'photo' | 'square' | 'second' | 'mask' | 'squareMask', TestInput> = {
  photo: none(),
  square: none(),
  second: none(),
  mask: none(),
  squareMask: none(),
};

beforeAll(async () => {
  emulator = await startEmulator(createOpenAiEmulator);
  pictures.photo = await draw(640, 480, 'image/png', 1);
  pictures.square = await draw(256, 256, 'image/png', 1);
  pictures.second = await draw(90, 60, 'image/jpeg', 1);
  pictures.mask = await draw(640, 480, 'image/png', 0);
  pictures.squareMask = await draw(256, 256, 'image/png', 0);
});
afterAll(async () => {
  await Promise.all([emulator.close(), transport.close()]);
});

function none(): TestInput {
  return { bytes: new Uint8Array(), mimeType: 'image/png' };
}

async function draw(
  width: number,
  height: number,
  mimeType: InputMimeType,
  alpha: number,
): Promise<TestInput> {
  const background = { r: 10, g: 120, b: 200, alpha };
  const picture = sharp({ create: { width, height, channels: 4, background } });
  const bytes = await (mimeType === 'image/png' ? picture.png() : picture.jpeg()).toBuffer();
  return { bytes, mimeType };
}

const INPUT: NativeInput = {
  mimeType: 'image/png',
  width: 640,
  height: 480,
  hasAlpha: true,
  hasContinuation: false,
};

function translate(slug: string, changes: Partial<NativeRequest> = {}): NativeCall {
  const route = openAiModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`${slug} has no route`);
  const request = createNativeRequest({ operation: 'edit', inputs: [INPUT], ...changes });
  const translation = translateToOpenAi(request, route);
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

function emulate(call: NativeCall, inputs: TestInputs): Promise<ProviderEvent[]> {
  const endpoint = { baseUrl: `${emulator.url}/v1`, apiKey: 'sk-good', emulated: true, extra: {} };
  const io = createWireIo(transport, endpoint, new AbortController().signal, inputs);
  return collectEvents(runOpenAi(call, io));
}

async function refusalOf(call: NativeCall, inputs: TestInputs): Promise<ProviderError> {
  try {
    await emulate(call, inputs);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('the edit was not refused');
}

describe('edits by the emulated service', () => {
  const gptModels = openAiModels.flatMap(({ slug, edit }) =>
    edit === undefined || slug.startsWith('dall-e') ? [] : [slug],
  );

  it.each(gptModels)('%s takes two pictures and a mask', async (slug) => {
    const { photo, second, mask } = pictures;
    const call = translate(slug, { inputs: [INPUT, INPUT], masked: true });
    const events = await emulate(call, { 0: photo, 1: second, 'mask-alpha': mask });
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'usage', 'image']);
    // The emulated service follows the first picture in shape and counts 512 tokens for each.
    expect(events[0]).toMatchObject({ reported: { size: '1536x1024' } });
    expect(events[1]).toMatchObject({ usage: { inputImageTokens: 1024 } });
    expect(emulator.records.at(-1)?.body).toMatchObject({
      fields: { size: 'auto' },
      files: [
        { name: 'image[]', filename: '0.png', sizeBytes: photo.bytes.length },
        { name: 'image[]', filename: '1.jpg', sizeBytes: second.bytes.length },
        { name: 'mask', filename: 'mask-alpha.png', sizeBytes: mask.bytes.length },
      ],
    });
  });

  it('takes sixteen pictures', async () => {
    const inputs: Partial<Record<InputName, TestInput>> = {};
    for (let index = 0; index < 16; index += 1) inputs[index] = pictures.second;
    const call = translate('gpt-image-2', { inputs: Array.from({ length: 16 }, () => INPUT) });
    const events = await emulate(call, inputs);
    expect(events[1]).toMatchObject({ usage: { inputImageTokens: 16 * 512 } });
  });

  it.each([
    ['gpt-image-2', { moderation: 'low' }],
    ['gpt-image-2.6-flare', { complexity: 'low', moderation: 'auto', partialImages: 1 }],
  ] as const)('%s takes what only JSON can say', async (slug, wish) => {
    const { photo, mask } = pictures;
    const call = translate(slug, { masked: true, size: { width: 1024, height: 768 }, ...wish });
    const events = await emulate(call, { 0: photo, 'mask-alpha': mask });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['answered', 'usage', 'image']));
    const url = (input: TestInput) => `data:image/png;base64,${Buffer.from(input.bytes).toString('base64')}`;
    expect(emulator.records.at(-1)?.body).toMatchObject({
      moderation: wish.moderation,
      images: [{ image_url: url(photo) }],
      mask: { image_url: url(mask) },
    });
  });

  it('streams partial pictures of an edit, then the final one', async () => {
    const call = translate('gpt-image-2', { partialImages: 2, size: { width: 1024, height: 768 } });
    const events = await emulate(call, { 0: pictures.photo });
    expect(events.map(({ type }) => type)).toStrictEqual([
      'partial',
      'partial',
      'answered',
      'usage',
      'image',
    ]);
  });

  it('gives several pictures of dall-e-2 as base64', async () => {
    const { square, squareMask } = pictures;
    const call = translate('dall-e-2', { count: 2, size: { width: 256, height: 256 }, masked: true });
    const events = await emulate(call, { 0: square, 'mask-alpha': squareMask });
    expect(events.flatMap((event) => (event.type === 'image' ? [event.image.kind] : []))).toStrictEqual([
      'stored',
      'stored',
    ]);
  });
});

describe('refusals of edits', () => {
  const notAPicture: TestInput = { bytes: Buffer.from('no picture at all'), mimeType: 'image/png' };

  it.each([
    ['gpt-image-2', 'moderated-input', 'input'],
    ['gpt-image-2', 'moderated-output', 'output'],
    // DALL·E names no stage, and its words blame the prompt whatever was at fault.
    ['dall-e-2', 'moderated-input', 'prompt'],
  ])('of %s for %s name the stage %s', async (slug, outcome, stage) => {
    const call = translate(slug, { prompt: `a hat [[emulate:${outcome}]]` });
    const { info } = await refusalOf(call, { 0: pictures.square });
    expect(info).toMatchObject({ kind: 'moderated', stage, retryable: false, billed: false });
  });

  it.each<readonly [string, string, Partial<NativeRequest>, () => TestInputs, string]>([
    ['a file that is no picture', 'gpt-image-2', {}, () => ({ 0: notAPicture }), 'invalid_image_file'],
    [
      'a mask of other pixels',
      'gpt-image-2',
      { masked: true },
      () => ({ 0: pictures.photo, 'mask-alpha': pictures.squareMask }),
      'invalid_mask_image_format',
    ],
    [
      'a mask that is no PNG',
      'gpt-image-2',
      { masked: true },
      () => ({ 0: pictures.second, 'mask-alpha': pictures.second }),
      'unsupported_file_mimetype',
    ],
    ['an oblong for dall-e-2', 'dall-e-2', {}, () => ({ 0: pictures.photo }), 'invalid_image'],
    ['a JPEG for dall-e-2', 'dall-e-2', {}, () => ({ 0: pictures.second }), 'unsupported_file_mimetype'],
  ])('for %s are bad requests', async (_, slug, changes, inputs, code) => {
    const { info } = await refusalOf(translate(slug, changes), inputs());
    expect(info).toMatchObject({
      kind: 'invalid_request',
      retryable: false,
      billed: false,
      upstream: { status: 400, code },
    });
  });
});
