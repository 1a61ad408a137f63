/** Edits from the translation to the stored picture, against the emulator over the gateway's own transport. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { fetchPicture } from '../../../test/support/answers.js';
import { startEmulators, type Emulators } from '../../../test/support/emulators.js';
import { collectEvents } from '../../../test/support/scripted-upstream.js';
import { createWireIo, type TestInput } from '../../../test/support/wire-io.js';
import { Transport } from '../../images/transport.js';
import type { NativeInput, NativeRequest, ProviderEvent } from '../provider.js';
import { xaiProvider } from './provider.js';
import { imagesAnswer } from './emulator-wire.js';

let emulators: Emulators;
let inputs: readonly [TestInput, TestInput];
const transport = new Transport(() => [emulators.root]);
const NATIVE: readonly NativeInput[] = [
  { width: 300, height: 600, mimeType: 'image/png', hasAlpha: false, hasContinuation: false },
  { width: 640, height: 480, mimeType: 'image/jpeg', hasAlpha: false, hasContinuation: false },
];

beforeAll(async () => {
  emulators = await startEmulators();
  const draw = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#a53' } });
  inputs = [
    { bytes: await draw(300, 600).png().toBuffer(), mimeType: 'image/png' },
    { bytes: await draw(640, 480).jpeg().toBuffer(), mimeType: 'image/jpeg' },
  ];
});
afterAll(async () => {
  await transport.close();
  await emulators.close();
});

async function edit(
  slug: string,
  count: number,
  changes: Partial<NativeRequest> = {},
): Promise<readonly ProviderEvent[]> {
  const route = xaiProvider.models.find((model) => model.slug === slug)?.routes[0];
  if (route === undefined || xaiProvider.adapter === undefined) throw new Error(`there is no ${slug}`);
  const request = createNativeRequest({ operation: 'edit', inputs: NATIVE.slice(0, count), ...changes });
  const translation = xaiProvider.adapter.translate(request, route, {});
  if (!translation.ok) throw new Error(translation.reasons.join());
  const endpoint = {
    baseUrl: emulators.baseUrl(xaiProvider),
    apiKey: 'xai-good',
    emulated: true,
    extra: {},
  };
  emulators.forget();
  const io = createWireIo(transport, endpoint, new AbortController().signal, {
    0: inputs[0],
    1: inputs[1],
  });
  return collectEvents(xaiProvider.adapter.run(translation.call, io));
}

function urlOf({ bytes, mimeType }: TestInput): string {
  return `data:${mimeType};base64,${Buffer.from(bytes).toString('base64')}`;
}

describe('edits of Grok', () => {
  it('send one picture, and cost what a medium one and its source cost', async () => {
    expect(await edit('grok-image', 1)).toMatchObject([
      { type: 'answered' },
      { type: 'usage', costMicrocredits: 7_000_000 },
      { type: 'image', image: { kind: 'stored' } },
    ]);
    expect(emulators.records[0]).toMatchObject({
      url: '/xai/v1/images/edits',
      body: { image: { url: urlOf(inputs[0]) }, quality: 'medium' },
    });
  });

  it('send several pictures with a ratio', async () => {
    const size = { width: 1408, height: 768, native: { aspectRatio: '16:9', resolution: '1k' } };
    expect(await edit('grok-imagine-image', 2, { size, count: 2 })).toMatchObject([
      { type: 'answered' },
      { type: 'usage', costMicrocredits: 4_400_000 },
      { type: 'image', index: 0 },
      { type: 'image', index: 1 },
    ]);
    expect(emulators.records[0]?.body).toMatchObject({
      model: 'grok-imagine-image',
      images: [{ url: urlOf(inputs[0]) }, { url: urlOf(inputs[1]) }],
      aspect_ratio: '16:9',
    });
  });

  it('are refused with their input when that fails a check', async () => {
    for (const outcome of ['moderated-input', 'moderated-prompt']) {
      const prompt = `a hat [[emulate:${outcome}]]`;
      await expect(edit('grok-image', 1, { prompt })).rejects.toMatchObject({
        info: { kind: 'moderated', stage: 'input', retryable: false, billed: false },
      });
    }
  });

  it('lead to a picture by link too, for those who ask for links', async () => {
    const answer = await fetch(`${emulators.baseUrl(xaiProvider)}/images/edits`, {
      method: 'POST',
      headers: { authorization: 'Bearer xai-good', 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a hat', image: { url: urlOf(inputs[0]) } }),
    });
    const [item] = imagesAnswer.parse(await answer.json()).data;
    const { searchParams } = new URL(item?.url ?? '');
    expect(searchParams.get('sources')).toMatch(/^[\w-]{16}$/);
    expect(await fetchPicture(item?.url ?? undefined)).toMatchObject({ width: 704, height: 1408 });
  });
});
