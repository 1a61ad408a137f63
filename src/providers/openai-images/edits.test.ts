/** Every server draws and edits, over real HTTP: translate, adapter and transport against its emulator. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { collectEvents } from '../../../test/support/scripted-upstream.js';
import { createWireIo } from '../../../test/support/wire-io.js';
import type { TestInputs } from '../../../test/support/wire-io.js';
import { Transport } from '../../images/transport.js';
import { ProviderError } from '../provider.js';
import type { NativeCall, NativeRequest, ProviderErrorInfo, ProviderEvent } from '../provider.js';
import { readFormBuffer } from '../shared/emulator-body.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { createOpenAiImagesRun } from './adapter.js';
import { DIALECT_SETTING } from '../shared/own-server.js';
import { DIALECT_NAMES } from './dialects.js';
import type { DialectName } from './dialects.js';
import { createOpenAiImagesEmulator } from './emulator.js';
import { describeFlux } from './models.js';
import { translateToOpenAiImages } from './translate.js';

const SIZE = { width: 320, height: 256 };
const transport = new Transport(() => [server.url]);
let server: EmulatorServer;
let inputs: TestInputs;

beforeAll(async () => {
  server = await startEmulator(createOpenAiImagesEmulator);
  const draw = (background: string) => sharp({ create: { ...SIZE, channels: 3, background } });
  const mask = await draw('#fff').png().toBuffer();
  inputs = {
    0: { bytes: await draw('#a53').png().toBuffer(), mimeType: 'image/png' },
    1: { bytes: await draw('#3a5').jpeg().toBuffer(), mimeType: 'image/jpeg' },
    'mask-white': { bytes: mask, mimeType: 'image/png' },
    'mask-alpha': { bytes: mask, mimeType: 'image/png' },
  };
});
afterAll(async () => {
  await transport.close();
  await server.close();
});

const OPERATIONS: Readonly<Record<string, Partial<NativeRequest>>> = {
  generate: {},
  edit: { operation: 'edit', inputs: [inputOf('image/png')] },
  'edit of two': { operation: 'edit', inputs: [inputOf('image/png'), inputOf('image/jpeg')] },
  'edit with mask': { operation: 'edit', inputs: [inputOf('image/png')], masked: true },
};

function inputOf(mimeType: 'image/png' | 'image/jpeg'): NativeRequest['inputs'][number] {
  return { ...SIZE, mimeType, hasAlpha: false, hasContinuation: false };
}

/** What each server refuses before anything is sent. */
const IMPOSSIBLE: readonly string[] = [
  'sglang edit with mask',
  'xinference edit of two',
  // Its masks know one size alone.
  'localai edit with mask',
];

const cells = DIALECT_NAMES.flatMap((dialect) =>
  Object.entries(OPERATIONS).map(([operation, request]) => ({ dialect, operation, request })),
);

async function run(
  dialect: DialectName,
  request: Partial<NativeRequest>,
  given: TestInputs = inputs,
): Promise<readonly ProviderEvent[]> {
  const [route] = describeFlux(dialect).routes;
  if (route === undefined) throw new Error('there is no route');
  const extra = { [DIALECT_SETTING]: dialect };
  const translation = translateToOpenAiImages(createNativeRequest(request), route, extra);
  if (!translation.ok) throw new Error(translation.reasons.join('; '));
  const endpoint = { baseUrl: `${server.url}/${dialect}/v1`, apiKey: 'good', emulated: true, extra };
  const io = createWireIo(transport, endpoint, new AbortController().signal, given);
  return collectEvents(createOpenAiImagesRun(() => 7)(translation.call, io));
}

describe('every server', () => {
  it.each(cells)('$dialect: $operation', async ({ dialect, operation, request }) => {
    const before = server.records.length;
    const running = run(dialect, { size: SIZE, seed: 5, ...request });
    if (IMPOSSIBLE.includes(`${dialect} ${operation}`)) {
      await expect(running).rejects.toThrow(/heeds no mask|takes 1 picture|512x512 only/);
      expect(server.records).toHaveLength(before);
      return;
    }
    const events = await running;
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image']);
    const count = (request.inputs?.length ?? 0) + (request.masked === true ? 1 : 0);
    const body = JSON.stringify(server.records.at(-1)?.body);
    // Forms are shown with their files, JSON with its references.
    if (dialect === 'localai' && count > 0) expect(body).toContain('"ref_images":["');
    else expect(body.split('"filename"')).toHaveLength(count + 1);
  });

  it('LocalAI paints a mask in its only size', async () => {
    const events = await run('localai', {
      ...OPERATIONS['edit with mask'],
      size: { width: 512, height: 512 },
      options: { steps: 9 },
    });
    const [, image] = events;
    // It answers with a link, which the adapter follows itself because the endpoint has a key.
    expect(image).toMatchObject({ type: 'image', image: { kind: 'stored' } });
    expect(server.records.map(({ url: seen }) => seen).slice(-2)).toStrictEqual([
      expect.stringContaining('/images/inpainting'),
      expect.stringContaining('/generated-images/'),
    ]);
  });
});

describe('the body of an edit', () => {
  const call = {
    path: '/images/edits',
    prompt: 'a fox in öl',
    count: 2,
    streamed: false,
    body: {
      model: 'flux-1',
      prompt: 'a fox in öl',
      n: 2,
      seed: 5,
      images: [inputRefOf(0, 'file'), inputRefOf(1, 'file')],
      mask: inputRefOf('mask-white', 'file'),
    },
  };

  it('is a form with the very bytes of pictures and mask, and texts for numbers', async () => {
    const seen = await catchBody('vllm-omni', call);
    expect(seen.authorization).toBe('Bearer good');
    const parts = readFormBuffer(seen.contentType, seen.bytes) ?? [];
    expect(parts.map((part) => (part.kind === 'text' ? [part.name, part.value] : part))).toStrictEqual([
      ['model', 'flux-1'],
      ['prompt', 'a fox in öl'],
      ['n', '2'],
      ['response_format', 'b64_json'],
      ['seed', '5'],
      filePart('image', '0.png', 0),
      filePart('image', '1.jpg', 1),
      filePart('mask_image', 'mask-white.png', 'mask-white'),
    ]);
  });

  it('is JSON with bare base64 for LocalAI', async () => {
    const { model, prompt } = call.body;
    const body = { model, prompt, n: 1, images: [inputRefOf(1, 'base64')] };
    const seen = await catchBody('localai', { ...call, path: '/images/generations', body, count: 1 });
    expect(seen.contentType).toBe('application/json');
    expect(JSON.parse(seen.bytes.toString('utf8'))).toStrictEqual({
      model,
      prompt,
      n: 1,
      response_format: 'b64_json',
      ref_images: [Buffer.from(inputs[1]?.bytes ?? []).toString('base64')],
    });
  });

  it('with a picture that the server can not read is refused as invalid', async () => {
    const broken = { 0: { bytes: Buffer.from('no picture'), mimeType: 'image/png' as const } };
    for (const dialect of ['sd-server', 'vllm-omni', 'sglang', 'xinference', 'nim'] as const) {
      expect(await failureOf(run(dialect, OPERATIONS['edit'] ?? {}, broken))).toMatchObject({
        kind: 'invalid_request',
        retryable: false,
        billed: false,
      });
    }
  });
});

function filePart(name: string, filename: string, input: keyof TestInputs & (0 | 1 | 'mask-white')): unknown {
  const { bytes, mimeType } = inputs[input] ?? { bytes: Buffer.alloc(0), mimeType: 'none' };
  return { kind: 'file', name, filename, mimeType, bytes: Buffer.from(bytes) };
}

/** What a call's body is on the wire. */
async function catchBody(
  dialect: DialectName,
  call: NativeCall,
): Promise<{ readonly bytes: Buffer; readonly contentType: string; readonly authorization: string }> {
  const chunks: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  const data = [{ b64_json: 'AAAA' }, { b64_json: 'AAAA' }];
  const catching = createServer((request, response) => {
    headers = request.headers;
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(JSON.stringify({ data })));
  });
  await new Promise<void>((resolve) => catching.listen(0, '127.0.0.1', resolve));
  const address = catching.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  try {
    const endpoint = {
      baseUrl: `http://127.0.0.1:${address.port}/v1`,
      apiKey: 'good',
      emulated: false,
      extra: { [DIALECT_SETTING]: dialect },
    };
    const io = createWireIo(transport, endpoint, new AbortController().signal, inputs);
    await collectEvents(createOpenAiImagesRun(() => 7)(call, io));
  } finally {
    catching.closeAllConnections();
    catching.close();
  }
  const bytes = Buffer.concat(chunks);
  expect(headers['content-length']).toBe(String(bytes.length));
  return {
    bytes,
    contentType: headers['content-type'] ?? '',
    authorization: headers.authorization ?? '',
  };
}

async function failureOf(running: Promise<unknown>): Promise<ProviderErrorInfo> {
  try {
    await running;
  } catch (error) {
    if (error instanceof ProviderError) return error.info;
    throw error;
  }
  throw new Error('the call did not fail');
}
