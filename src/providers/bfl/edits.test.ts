/** Edits from the translation to the delivered picture, over the gateway's own transport against the emulator. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { collectEvents } from '../../../test/support/scripted-upstream.js';
import { createWireIo } from '../../../test/support/wire-io.js';
import type { TestInputs, WireIo } from '../../../test/support/wire-io.js';
import { fromCredits } from '../../credits/microcredits.js';
import { quoteImage } from '../../credits/pricing.js';
import { Transport } from '../../images/transport.js';
import type { EditSpec, ModelEntry, Size } from '../model.js';
import { ProviderError } from '../provider.js';
import type { NativeCall, NativeRequest, ProviderErrorInfo } from '../provider.js';
import { runBfl } from './adapter.js';
import { createBflEmulator } from './emulator.js';
import { bflModels } from './models.js';
import { translateToBfl } from './translate.js';

let server: EmulatorServer;
const transport = new Transport(() => [new URL(server.url).origin]);

beforeAll(async () => {
  server = await startEmulator(createBflEmulator);
});
afterAll(async () => {
  await transport.close();
  await server.close();
});

const wide = { width: 1280, height: 640 };
const models = bflModels.flatMap((entry) => {
  const { edit } = entry;
  return edit === undefined ? [] : [{ slug: entry.slug, entry, edit }];
});

function find(slug: string): { readonly entry: ModelEntry; readonly edit: EditSpec } {
  const found = models.find((model) => model.slug === slug);
  if (found === undefined) throw new Error(`${slug} edits nothing`);
  return found;
}

async function picture({ width, height }: Size, background: string, format: 'png' | 'jpeg' = 'jpeg') {
  const bytes = await sharp({ create: { width, height, channels: 3, background } })
    .toFormat(format)
    .toBuffer();
  return { bytes, mimeType: `image/${format}` as const };
}

/** As many pictures as a model takes, each in another colour, and a white mask. */
async function picturesFor({ maxInputImages, mask }: EditSpec, size: Size): Promise<TestInputs> {
  const colours = Array.from({ length: maxInputImages }, (_, index) => `hsl(${index * 30}, 60%, 50%)`);
  const pictures = await Promise.all(colours.map((colour) => picture(size, colour)));
  return {
    ...Object.fromEntries(pictures.entries()),
    ...(mask ? { 'mask-white': await picture(size, 'white', 'png') } : {}),
  };
}

function callOf(entry: ModelEntry, edit: EditSpec, size: Size, request: Partial<NativeRequest>): NativeCall {
  const [route] = entry.routes;
  if (route === undefined) throw new Error(`no route for ${entry.slug}`);
  const inputs = Array.from({ length: edit.maxInputImages }, () => ({
    mimeType: 'image/jpeg' as const,
    ...size,
    hasAlpha: false,
    hasContinuation: false,
  }));
  const native = createNativeRequest({ operation: 'edit', inputs, masked: edit.mask, ...request });
  const translation = translateToBfl(native, route);
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

function worldOf(inputs: TestInputs): WireIo {
  const endpoint = { baseUrl: server.url, apiKey: 'bfl-good', emulated: true, extra: {} };
  return createWireIo(transport, endpoint, new AbortController().signal, inputs);
}

/** Runs a call and measures what is delivered. */
async function edited(call: NativeCall, inputs: TestInputs) {
  const events = await collectEvents(runBfl(call, worldOf(inputs)));
  const image = events.find((event) => event.type === 'image')?.image;
  if (image?.kind !== 'url') throw new Error('no link');
  const delivered = await fetch(image.url);
  const { width, height, format } = await sharp(Buffer.from(await delivered.arrayBuffer())).metadata();
  const cost = events.find((event) => event.type === 'usage')?.costMicrocredits;
  return { width, height, format, cost };
}

async function failureOf(call: NativeCall, inputs: TestInputs): Promise<ProviderErrorInfo> {
  try {
    await collectEvents(runBfl(call, worldOf(inputs)));
  } catch (error) {
    if (error instanceof ProviderError) return error.info;
    throw error;
  }
  throw new Error('the call did not fail');
}

describe.each(models)('$slug', ({ entry, edit }) => {
  it('edits as many pictures as it may be sent, for no more than the quote', async () => {
    const inputs = await picturesFor(edit, wide);
    const before = server.records.length;
    const { width, height, cost } = await edited(callOf(entry, edit, wide, {}), inputs);
    expect(Math.abs(width / height - 2)).toBeLessThan(0.05);
    const added = entry.pricing.kind === 'per-image' ? (entry.pricing.inputCredits ?? 0) : Number.NaN;
    const quote =
      quoteImage(entry, { quality: undefined, size: undefined, promptChars: 9 }) +
      fromCredits(added) * edit.maxInputImages;
    expect(cost).toBeLessThanOrEqual(quote);
    const sent = JSON.stringify(server.records[before]?.body);
    for (const given of Object.values(inputs)) {
      expect(sent).toContain(`"${Buffer.from(given?.bytes ?? []).toString('base64')}"`);
    }
  });
});

// One model for each rule.
it.each(['flux-kontext-pro', 'flux-2-pro', 'flux-3-image', 'flux-1-fill-pro'])(
  '%s takes pictures at the bounds of its rule',
  async (slug) => {
    const { entry, edit } = find(slug);
    const { minEdge, maxEdge, maxPixels } = edit.inputs;
    const square = Math.min(maxEdge, Math.floor(Math.sqrt(maxPixels)));
    const one = { ...edit, maxInputImages: 1 };
    for (const size of [
      { width: minEdge, height: minEdge },
      { width: Math.min(maxEdge, Math.floor(maxPixels / minEdge)), height: minEdge },
      { width: square, height: square },
    ]) {
      const call = callOf(entry, one, size, {});
      await collectEvents(runBfl(call, worldOf(await picturesFor(one, size))));
    }
  },
);

it('prices the inputs of FLUX.2 as they are charged, when they have more than a megapixel', async () => {
  const { entry, edit } = find('flux-2-pro');
  const size = { width: 1024, height: 1024 };
  const inputs = await picturesFor(edit, size);
  const { cost } = await edited(callOf(entry, edit, size, { size }), inputs);
  const added = entry.pricing.kind === 'per-image' ? entry.pricing.inputCredits : undefined;
  expect(added).toBe(3);
  expect(cost).toBe(quoteImage(entry, { quality: undefined, size, promptChars: 9 }) + fromCredits(8 * 3));
});

describe('sizes of edits', () => {
  it.each<[string, Size, string]>([
    ['flux-2-pro', { width: 1024, height: 768 }, '1024x768'],
    ['flux-kontext-pro', { width: 1024, height: 1024 }, '1024x1024'],
    // Fill has no other pixels than those of its picture.
    ['flux-1-fill-pro', { width: 512, height: 512 }, '1280x640'],
  ])('%s asked for %o gives %s', async (slug, asked, given) => {
    const { entry, edit } = find(slug);
    const { size } = entry.params;
    const native = size.kind === 'list' ? size.sizes.find(({ width }) => width === asked.width) : asked;
    const call = callOf(entry, edit, wide, { size: native, outputFormat: 'png' });
    const { width, height, format } = await edited(call, await picturesFor(edit, wide));
    expect(`${width}x${height} ${format}`).toBe(`${given} png`);
  });
});

describe('edits that are refused', () => {
  it.each([
    ['moderated-input', { kind: 'moderated', stage: 'input', billed: 'unknown' }],
    ['moderated-output', { kind: 'moderated', stage: 'output', billed: 'unknown' }],
  ])('%s', async (outcome, info) => {
    for (const slug of ['flux-kontext-pro', 'flux-3-image', 'flux-1-fill-pro']) {
      const { entry, edit } = find(slug);
      const call = callOf(entry, edit, wide, { prompt: `a fox [[emulate:${outcome}]]` });
      expect(await failureOf(call, await picturesFor(edit, wide))).toMatchObject(info);
    }
  });

  it('for bytes that are no picture, and a mask with other pixels', async () => {
    const { entry, edit } = find('flux-1-fill-pro');
    const call = callOf(entry, edit, wide, {});
    const good = await picturesFor(edit, wide);
    const bad = { ...good, 0: { bytes: Buffer.from('no picture'), mimeType: 'image/jpeg' as const } };
    const other = { ...good, 'mask-white': await picture({ width: 640, height: 640 }, 'white', 'png') };
    for (const inputs of [bad, other]) {
      expect(await failureOf(call, inputs)).toMatchObject({ kind: 'invalid_request', billed: false });
    }
  });
});
