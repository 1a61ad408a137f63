/** The form that an edit goes out as, beside the one that the `openai` SDK makes of the same request. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { collectEvents } from '../../../test/support/scripted-upstream.js';
import { createWireIo } from '../../../test/support/wire-io.js';
import type { TestInput, TestInputs } from '../../../test/support/wire-io.js';
import { Transport } from '../../images/transport.js';
import type { NativeCall, NativeInput, NativeRequest, ProviderEvent } from '../provider.js';
import { readFormBuffer } from '../shared/emulator-body.js';
import { runOpenAi } from './adapter.js';
import { openAiModels } from './models.js';
import { translateToOpenAi } from './translate.js';

interface FormListener {
  readonly baseUrl: string;
  /** The parts of the last form by name, parts of one name in their order; file names left out. */
  form(): readonly unknown[];
  header(name: string): unknown;
  answer(contentType: string, body: string): void;
  close(): Promise<void>;
}

const INPUT: NativeInput = {
  mimeType: 'image/png',
  width: 640,
  height: 480,
  hasAlpha: true,
  hasContinuation: false,
};

let listener: FormListener;
let photo: TestInput;
let second: TestInput;
let mask: TestInput;
const transport = new Transport(() => []);

beforeAll(async () => {
  listener = await listenForForms();
  const drawn = (alpha: number) =>
    sharp({ create: { width: 640, height: 480, channels: 4, background: { r: 10, g: 120, b: 200, alpha } } });
  photo = { bytes: await drawn(1).png().toBuffer(), mimeType: 'image/png' };
  second = { bytes: await drawn(1).jpeg().toBuffer(), mimeType: 'image/jpeg' };
  mask = { bytes: await drawn(0).png().toBuffer(), mimeType: 'image/png' };
});
afterAll(async () => {
  await Promise.all([listener.close(), transport.close()]);
});

/** A server that keeps what it is sent. */
async function listenForForms(): Promise<FormListener> {
  let body = Buffer.alloc(0);
  let headers: Readonly<Record<string, unknown>> = {};
  let next = { contentType: 'application/json', text: '' };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      body = Buffer.concat(chunks);
      headers = incoming.headers;
      response.writeHead(200, { 'content-type': next.contentType }).end(next.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    form: () => {
      const parts = readFormBuffer(String(headers['content-type']), body);
      if (parts === undefined) throw new Error('the body is no form');
      return parts
        .map((part) => (part.kind === 'text' ? part : { ...part, filename: undefined }))
        .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
    },
    header: (name) => headers[name],
    answer: (contentType, text) => {
      next = { contentType, text };
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function translate(slug: string, changes: Partial<NativeRequest> = {}): NativeCall {
  const route = openAiModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`${slug} has no route`);
  const request = createNativeRequest({ operation: 'edit', inputs: [INPUT], ...changes });
  const translation = translateToOpenAi(request, route);
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

function run(call: NativeCall, inputs: TestInputs): Promise<ProviderEvent[]> {
  const endpoint = { baseUrl: listener.baseUrl, apiKey: 'sk-good', emulated: false, extra: {} };
  return collectEvents(
    runOpenAi(call, createWireIo(transport, endpoint, new AbortController().signal, inputs)),
  );
}

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

describe('the form of an edit', () => {
  it('is the one that the openai SDK makes, picture for picture', async () => {
    listener.answer('application/json', fixture('gpt-success.json'));
    const prompt = 'a red fox "at" dawn – 朝\r\n--B';
    const file = (input: TestInput) => toFile(input.bytes, 'a', { type: input.mimeType });
    await new OpenAI({ apiKey: 'sk-good', baseURL: listener.baseUrl }).images.edit({
      model: 'gpt-image-1.5',
      prompt,
      image: [await file(photo), await file(second)],
      mask: await file(mask),
      n: 2,
      size: '1536x1024',
      quality: 'high',
      background: 'opaque',
      output_format: 'webp',
      output_compression: 0,
      input_fidelity: 'high',
      user: 'user-7',
    });
    const theirs = listener.form();
    const call = translate('gpt-image-1.5', {
      prompt,
      inputs: [INPUT, INPUT],
      masked: true,
      count: 2,
      size: { width: 1536, height: 1024 },
      quality: 'high',
      background: 'opaque',
      outputFormat: 'webp',
      outputCompression: 0,
      inputFidelity: 'high',
      user: 'user-7',
    });
    await run(call, { 0: photo, 1: second, 'mask-alpha': mask });
    expect(listener.form()).toStrictEqual(theirs);
    expect(theirs).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'image[]', mimeType: 'image/png', bytes: photo.bytes }),
        expect.objectContaining({ name: 'image[]', mimeType: 'image/jpeg', bytes: second.bytes }),
        expect.objectContaining({ name: 'mask', mimeType: 'image/png', bytes: mask.bytes }),
        { kind: 'text', name: 'prompt', value: prompt },
      ]),
    );
    expect(listener.header('content-type')).toMatch(/^multipart\/form-data; boundary=/);
    expect(Number(listener.header('content-length'))).toBeGreaterThan(photo.bytes.length);
    expect(listener.header('authorization')).toBe('Bearer sk-good');
  });

  it('names one picture of dall-e-2 as the openai SDK does', async () => {
    listener.answer('application/json', fixture('dall-e-2-url.json'));
    await new OpenAI({ apiKey: 'sk-good', baseURL: listener.baseUrl }).images.edit({
      model: 'dall-e-2',
      prompt: 'a red fox',
      n: 1,
      size: '256x256',
      response_format: 'b64_json',
      image: await toFile(photo.bytes, 'a', { type: photo.mimeType }),
    });
    const theirs = listener.form();
    await run(translate('dall-e-2', { size: { width: 256, height: 256 } }), { 0: photo });
    expect(listener.form()).toStrictEqual(theirs);
  });

  it('asks for a stream, whose documented events are read', async () => {
    listener.answer('text/event-stream', fixture('stream-edit.txt'));
    const events = await run(translate('gpt-image-2', { partialImages: 1 }), { 0: photo });
    expect(events.map(({ type }) => type)).toStrictEqual(['partial', 'answered', 'usage', 'image']);
    expect(events[2]).toMatchObject({ usage: { inputTextTokens: 10, inputImageTokens: 40 } });
    expect(listener.header('accept')).toBe('text/event-stream');
    expect(listener.form()).toEqual(
      expect.arrayContaining([
        { kind: 'text', name: 'stream', value: 'true' },
        { kind: 'text', name: 'partial_images', value: '1' },
      ]),
    );
  });

  it('gets the picture of an answer without usage', async () => {
    listener.answer('application/json', fixture('gpt-edit-without-usage.json'));
    const events = await run(translate('gpt-image-2'), { 0: photo });
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image']);
  });
});
