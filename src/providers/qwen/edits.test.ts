/** Edits from the translation to the downloaded picture, against the emulator over the gateway's own transport. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { startEmulators, type Emulators } from '../../../test/support/emulators.js';
import { collectEvents } from '../../../test/support/scripted-upstream.js';
import { createWireIo, type TestInput } from '../../../test/support/wire-io.js';
import { Transport } from '../../images/transport.js';
import type { NativeInput, NativeRequest } from '../provider.js';
import { qwenProvider } from './provider.js';
import { SourceKeeper } from '../shared/emulator-sources.js';

let emulators: Emulators;
let inputs: readonly [TestInput, TestInput];
const transport = new Transport(() => [emulators.root]);
const SIZES = [
  { width: 400, height: 800 },
  { width: 900, height: 600 },
] as const;

beforeAll(async () => {
  emulators = await startEmulators();
  const draw = ({ width, height }: { width: number; height: number }) =>
    sharp({ create: { width, height, channels: 3, background: '#a53' } });
  inputs = [
    { bytes: await draw(SIZES[0]).png().toBuffer(), mimeType: 'image/png' },
    { bytes: await draw(SIZES[1]).webp().toBuffer(), mimeType: 'image/webp' },
  ];
});
afterAll(async () => {
  await transport.close();
  await emulators.close();
});

/** Sizes of the delivered pictures, as `800x400`. */
async function edit(slug: string, count: 1 | 2, changes: Partial<NativeRequest> = {}, form = 'native') {
  const route = qwenProvider.models.find((model) => model.slug === slug)?.routes[0];
  if (route === undefined || qwenProvider.adapter === undefined) throw new Error(`there is no ${slug}`);
  const types = ['image/png', 'image/webp'] as const;
  const native = SIZES.slice(0, count).map((size, index): NativeInput => ({
    ...size,
    mimeType: types[index] ?? 'image/png',
    hasAlpha: false,
    hasContinuation: false,
  }));
  const request = createNativeRequest({ operation: 'edit', inputs: native, ...changes });
  const translation = qwenProvider.adapter.translate(request, route, {});
  if (!translation.ok) throw new Error(translation.reasons.join());
  const { signal } = new AbortController();
  const endpoint = {
    baseUrl: emulators.baseUrl(qwenProvider),
    apiKey: 'sk-good',
    emulated: true,
    extra: { DASHSCOPE_FORM: form },
  };
  emulators.forget();
  const io = createWireIo(transport, endpoint, signal, { 0: inputs[0], 1: inputs[1] });
  const delivered: string[] = [];
  for (const event of await collectEvents(qwenProvider.adapter.run(translation.call, io))) {
    if (event.type !== 'image' || event.image.kind !== 'url') continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of await transport.download(event.image.url, signal)) chunks.push(chunk);
    const { width, height } = await sharp(Buffer.concat(chunks)).metadata();
    delivered.push(`${width}x${height}`);
  }
  return delivered;
}

describe('edits of Qwen-Image', () => {
  it.each([
    ['qwen-image', 'qwen-image-edit-plus'],
    ['qwen-image-2.0', 'qwen-image-2.0'],
    ['qwen-image-3.0-pro', 'qwen-image-3.0-pro'],
    ['qwen-image-2.1-pro', 'qwen-image-2.1-pro'],
  ])('%s takes the pictures and the size, called as %s', async (slug, upstream) => {
    expect(await edit(slug, 2, { count: 2, size: { width: 640, height: 512 } })).toEqual([
      '640x512',
      '640x512',
    ]);
    const [submit] = emulators.records;
    expect(submit?.body).toMatchObject({
      model: upstream,
      input: {
        messages: [
          {
            content: [
              { image: `data:image/png;base64,${Buffer.from(inputs[0].bytes).toString('base64')}` },
              { image: `data:image/webp;base64,${Buffer.from(inputs[1].bytes).toString('base64')}` },
              { text: 'a red fox' },
            ],
          },
        ],
      },
    });
  });

  it('takes the shape of the last picture without a size', async () => {
    expect(await edit('qwen-image', 1)).toEqual(['720x1456']);
    expect(await edit('qwen-image', 2)).toEqual(['1248x832']);
  });

  it('goes through the OpenAI-shaped form as well', async () => {
    expect(await edit('qwen-image-3.0', 1, {}, 'openai')).toEqual(['720x1456']);
    expect(emulators.records[0]?.url).toBe('/qwen/compatible-mode/v1/images/generations');
  });

  it('is refused with its input when that does not pass the inspection', async () => {
    const prompt = 'a hat [[emulate:moderated-input]]';
    for (const slug of ['qwen-image', 'qwen-image-3.0']) {
      await expect(edit(slug, 1, { prompt })).rejects.toMatchObject({
        info: { kind: 'moderated', stage: 'input', retryable: false, billed: false },
      });
    }
  });
});

describe('the emulator keeps sources', () => {
  it('under names that say what they are, and forgets the oldest', () => {
    const keeper = new SourceKeeper();
    const pictures = ['one', 'two'].map((text) => Buffer.from(text));
    const names = keeper.keep(pictures);
    expect(keeper.keep(pictures)).toEqual(names);
    expect(keeper.find(names)).toEqual(pictures);
    expect(keeper.find(['unknown', ...names])).toEqual([]);
    const large = Array.from({ length: 3 }, (_, index) => Buffer.alloc(30 * 1024 * 1024, index));
    const largeNames = keeper.keep(large);
    expect(keeper.find(names)).toEqual([]);
    expect(keeper.find(largeNames)).toHaveLength(2);
    expect(keeper.find(largeNames)[0]?.equals(large[0] ?? Buffer.alloc(0))).toBe(true);
  });
});
