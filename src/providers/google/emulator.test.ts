import { readFileSync, readdirSync } from 'node:fs';
import { GoogleGenAI } from '@google/genai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { createGoogleEmulator } from './emulator.js';
import { contentAnswer, errorAnswer, modelsAnswer, predictAnswer } from './emulator-wire.js';

const VERTEX = '/v1/projects/p1/locations/global/publishers/google/models';
const text = (words: string) => [{ role: 'user', parts: [{ text: words }] }];

let server: EmulatorServer;
let client: GoogleGenAI;

beforeAll(async () => {
  server = await startEmulator(createGoogleEmulator);
  client = new GoogleGenAI({ apiKey: 'good', httpOptions: { baseUrl: server.url } });
});
afterAll(async () => {
  await server.close();
});

function post(path: string, body: unknown, headers: Record<string, string> = { 'x-goog-api-key': 'good' }) {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function generate(
  model: string,
  config: Record<string, unknown> = {},
  contents: unknown = text('a boat'),
) {
  const answer = await post(`/v1beta/models/${model}:generateContent`, {
    contents,
    generationConfig: config,
  });
  expect(answer.status).toBe(200);
  return contentAnswer.parse(await answer.json());
}

type Content = Awaited<ReturnType<typeof generate>>;

function partsOf(content: Content) {
  return content.candidates?.[0]?.content?.parts ?? [];
}

function pictureOf(content: Content): Buffer {
  return Buffer.from(
    partsOf(content).findLast((part) => part.inlineData !== undefined)?.inlineData?.data ?? '',
    'base64',
  );
}

async function sizeOf(bytes: Buffer) {
  const { width, height, format } = await sharp(bytes).metadata();
  return { size: `${width}x${height}`, format };
}

async function inline(width: number, height: number) {
  const bytes = await sharp({ create: { width, height, channels: 3, background: '#247' } })
    .png()
    .toBuffer();
  return { inlineData: { mimeType: 'image/png', data: bytes.toString('base64') } };
}

describe('generateContent', () => {
  it.each([
    ['gemini-nano-banana-2.1', '16:9', undefined, '1376x768', 'jpeg'],
    ['gemini-nano-banana-2.1', '1:4', '1K', '512x2064', 'jpeg'],
    ['gemini-nano-banana-2.1', '1:1', '4K', '4096x4096', 'jpeg'],
    ['gemini-3-pro-image', '21:9', '2K', '3168x1344', 'jpeg'],
    ['gemini-3-pro-image', '2:3', '4K', '3392x5056', 'jpeg'],
    ['gemini-3.1-flash-image', '21:9', '512', '784x336', 'jpeg'],
    ['gemini-3.1-flash-image', '8:1', '1K', '2928x352', 'jpeg'],
    ['gemini-3.1-flash-lite-image', '5:4', '1K', '1152x928', 'jpeg'],
    ['gemini-2.5-flash-image', '3:4', undefined, '864x1184', 'png'],
    ['gemini-2.5-flash-image', '1:1', undefined, '1024x1024', 'png'],
  ])('%s at %s and %s gives %s as %s', async (model, aspectRatio, imageSize, size, format) => {
    const imageConfig = { aspectRatio, ...(imageSize === undefined ? {} : { imageSize }) };
    expect(await sizeOf(pictureOf(await generate(model, { imageConfig })))).toEqual({ size, format });
  });

  it('follows the last input picture where no ratio is given, and counts the pictures', async () => {
    const parts = [{ text: 'a hat' }, await inline(100, 400), await inline(1600, 900)];
    const content = await generate('gemini-3.1-flash-image', {}, [{ role: 'user', parts }]);
    expect((await sizeOf(pictureOf(content))).size).toBe('1376x768');
    expect(content.usageMetadata?.promptTokensDetails).toContainEqual({
      modality: 'IMAGE',
      tokenCount: 2240,
    });
  });

  it('counts tokens by tier, thinking and unlabelled ones', async () => {
    const flash = await generate('gemini-3.1-flash-image', { imageConfig: { imageSize: '2K' } });
    expect(flash.usageMetadata?.candidatesTokensDetails).toEqual([{ modality: 'IMAGE', tokenCount: 1680 }]);
    expect(flash.usageMetadata).not.toHaveProperty('thoughtsTokenCount');
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount } = flash.usageMetadata ?? {};
    expect(candidatesTokenCount).toBeGreaterThanOrEqual(1770);
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount);
    const pro = (await generate('gemini-3-pro-image')).usageMetadata;
    expect(pro?.thoughtsTokenCount).toBeGreaterThan(0);
    expect(pro?.totalTokenCount).toBe(
      (pro?.promptTokenCount ?? 0) + (pro?.candidatesTokenCount ?? 0) + (pro?.thoughtsTokenCount ?? 0),
    );
    expect((await generate('gemini-2.5-flash-image')).usageMetadata?.candidatesTokenCount).toBe(1290);
  });

  it('draws the same picture for a seed and prompt, else another one each time', async () => {
    const draw = async (config: Record<string, unknown>, words = 'a boat at sea') =>
      pictureOf(await generate('gemini-2.5-flash-image', config, text(words)));
    const [one, again, other, loose, looser] = await Promise.all([
      draw({ seed: 7 }),
      draw({ seed: 7 }),
      draw({ seed: -8 }),
      draw({}),
      draw({}),
    ]);
    expect(one.equals(again)).toBe(true);
    expect(new Set([one, other, loose, looser].map((bytes) => bytes.toString('base64'))).size).toBe(4);
  });

  it('says something before the picture unless only pictures are asked, or nothing but text', async () => {
    const kinds = async (responseModalities?: string[]) =>
      partsOf(await generate('gemini-2.5-flash-image', { responseModalities })).map(
        (part) => Object.keys(part)[0],
      );
    expect(await kinds()).toEqual(['text', 'inlineData']);
    expect(await kinds(['Image'])).toEqual(['inlineData']);
    expect(await kinds(['TEXT'])).toEqual(['text']);
  });

  it('shows drafts as thoughts before the picture, and signs the picture but no draft', async () => {
    const config = {
      responseModalities: ['IMAGE'],
      thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' },
    };
    const parts = partsOf(await generate('gemini-nano-banana-2.1', config));
    expect(parts.map((part) => [part.thought ?? false, part.thoughtSignature !== undefined])).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ]);
    expect(partsOf(await generate('gemini-2.5-flash-image'))[1]).not.toHaveProperty('thoughtSignature');
  });

  it('takes snake_case, enum names in responseFormat, and a signed picture of its own', async () => {
    const model = 'gemini-3.1-flash-image';
    const snake = await generate(model, { image_config: { aspect_ratio: '9:16', image_size: '512' } });
    expect((await sizeOf(pictureOf(snake))).size).toBe('384x688');
    const image = { aspectRatio: 'ASPECT_RATIO_SIXTEEN_BY_NINE', imageSize: 'IMAGE_SIZE_TWO_K' };
    const named = await generate(model, { responseFormat: { image } });
    expect((await sizeOf(pictureOf(named))).size).toBe('2752x1536');
    const own = { role: 'model', parts: partsOf(snake) };
    const next = await generate(model, {}, [...text('a boat'), own, ...text('add a hat')]);
    expect((await sizeOf(pictureOf(next))).size).toBe('768x1376');
  });

  it('tells what it searched for', async () => {
    const tools = [{ googleSearch: { searchTypes: { webSearch: {}, imageSearch: {} } } }];
    const answer = await post('/v1beta/models/gemini-nano-banana-2.1:generateContent', {
      contents: text('a boat'),
      tools,
    });
    const content = contentAnswer.parse(await answer.json());
    expect(content.candidates?.[0]?.groundingMetadata).toHaveProperty('webSearchQueries');
    expect((await generate('gemini-nano-banana-2.1')).candidates?.[0]).not.toHaveProperty(
      'groundingMetadata',
    );
  });

  it('keeps content credentials in an APP11 segment after the JFIF head', async () => {
    const bytes = pictureOf(await generate('gemini-nano-banana-2.1'));
    const app0Length = bytes.readUInt16BE(4);
    expect(bytes.readUInt16BE(2)).toBe(0xffe0);
    expect(bytes.readUInt16BE(4 + app0Length)).toBe(0xffeb);
    expect(bytes.toString('latin1', 4 + app0Length + 16, 4 + app0Length + 20)).toBe('jumb');
    await expect(sharp(bytes).raw().toBuffer()).resolves.toHaveLength(1024 * 1024 * 3);
  });

  it('answers on all forms of address, with credentials of every kind', async () => {
    const body = { contents: text('a boat'), generationConfig: { responseModalities: ['IMAGE'] } };
    const model = 'gemini-3-pro-image:generateContent';
    const bearer = { authorization: 'Bearer token' };
    const answers = await Promise.all([
      post(`/v1/models/${model}`, body),
      post(`/v1beta/models/${model}?key=good`, body, {}),
      post(`${VERTEX}/${model}`, body, bearer),
      post(`/v1beta1/projects/p1/locations/eu/publishers/google/models/${model}`, body, bearer),
      post(`/v1beta1/publishers/google/models/${model}`, body),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers[0].headers.get('server-timing')).toMatch(/^gfet4t7; dur=\d+$/);
    const vertex = contentAnswer.parse(await answers[2].json());
    expect(vertex.usageMetadata?.trafficType).toBe('ON_DEMAND');
    expect(vertex.candidates?.[0]).not.toHaveProperty('index');
    expect(vertex.candidates?.[0]?.safetyRatings).toHaveLength(4);
    expect(vertex.createTime).toBeDefined();
  });

  it('honours output options on Vertex', async () => {
    const imageConfig = { personGeneration: 'ALLOW_ALL', imageOutputOptions: { mimeType: 'image/png' } };
    const body = { contents: text('a boat'), labels: { team: 'a' }, generationConfig: { imageConfig } };
    const answer = await post(`${VERTEX}/gemini-3-pro-image:generateContent`, body);
    expect((await sizeOf(pictureOf(contentAnswer.parse(await answer.json())))).format).toBe('png');
  });
});

describe('streamGenerateContent', () => {
  const body = { contents: text('a boat') };

  it('sends the picture whole in one event, then the end', async () => {
    const answer = await post('/v1beta/models/gemini-3.1-flash-image:streamGenerateContent?alt=sse', body);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const events = (await answer.text()).split('\r\n\r\n').filter(Boolean);
    const chunks = events.map((event) => contentAnswer.parse(JSON.parse(event.replace(/^data: /, ''))));
    expect(chunks.map((chunk) => chunk.candidates?.[0]?.finishReason)).toEqual([
      undefined,
      undefined,
      'STOP',
    ]);
    expect(chunks.map((chunk) => chunk.candidates?.[0]?.content?.parts?.length)).toEqual([1, 1, undefined]);
    expect(new Set(chunks.map((chunk) => chunk.responseId)).size).toBe(1);
  });

  it('sends one JSON array without alt=sse, and on Vertex counts tokens at its end only', async () => {
    const answer = await post(`${VERTEX}/gemini-3-pro-image:streamGenerateContent`, body);
    const chunks = contentAnswer.array().parse(await answer.json());
    expect(chunks.map((chunk) => chunk.usageMetadata !== undefined)).toEqual([false, false, true]);
    expect(chunks.at(-1)?.candidates?.[0]?.content?.parts).toEqual([{ text: '' }]);
  });
});

describe('predict', () => {
  const predict = async (model: string, parameters: Record<string, unknown>, base = '/v1beta/models') => {
    const answer = await post(`${base}/${model}:predict`, { instances: [{ prompt: 'a boat' }], parameters });
    expect(answer.status).toBe(200);
    return predictAnswer.parse(await answer.json()).predictions ?? [];
  };
  const bytesOf = (entry: object | undefined) =>
    Buffer.from(
      entry !== undefined && 'bytesBase64Encoded' in entry ? String(entry.bytesBase64Encoded) : '',
      'base64',
    );

  it('gives four PNGs by default and 2K as JPEG when asked', async () => {
    const four = await predict('imagen-4.0-generate-001', {});
    expect(new Set(four.map((entry) => bytesOf(entry).toString('base64'))).size).toBe(4);
    expect(await sizeOf(bytesOf(four[0]))).toEqual({ size: '1024x1024', format: 'png' });
    const outputOptions = { mimeType: 'image/jpeg', compressionQuality: 80 };
    const parameters = { sampleCount: 1, aspectRatio: '3:4', sampleImageSize: '2K', outputOptions };
    const [wide] = await predict('imagen-4.0-ultra-generate-001', parameters);
    expect(await sizeOf(bytesOf(wide))).toEqual({ size: '1792x2560', format: 'jpeg' });
  });

  it('ends with an entry that is no picture when safety attributes are asked', async () => {
    const entries = await predict('imagen-4.0-fast-generate-001', {
      sampleCount: 2,
      includeSafetyAttributes: true,
    });
    expect(entries).toHaveLength(3);
    expect(entries[2]).toMatchObject({ contentType: 'Positive Prompt' });
  });

  it('takes a seed on Vertex', async () => {
    const parameters = { sampleCount: 2, seed: 5, addWatermark: false, enhancePrompt: true };
    const [one, two] = await predict('imagen-4.0-generate-001', parameters, VERTEX);
    const [again] = await predict('imagen-4.0-generate-001', parameters, VERTEX);
    expect(bytesOf(one)).toEqual(bytesOf(again));
    expect(bytesOf(one)).not.toEqual(bytesOf(two));
    expect(one).toHaveProperty('prompt');
  });
});

describe('models', () => {
  it('are listed in pages and found one by one', async () => {
    const get = (path: string) => fetch(`${server.url}${path}`, { headers: { 'x-goog-api-key': 'good' } });
    const all = modelsAnswer.parse(await (await get('/v1beta/models')).json());
    const first = modelsAnswer.parse(await (await get('/v1beta/models?pageSize=3')).json());
    const rest = modelsAnswer.parse(
      await (await get(`/v1beta/models?pageToken=${first.nextPageToken ?? ''}`)).json(),
    );
    expect([...first.models, ...rest.models]).toEqual(all.models);
    expect(all).not.toHaveProperty('nextPageToken');
    expect(await (await get('/v1/models/gemini-nano-banana-2.1')).json()).toMatchObject({
      displayName: 'Nano Banana 2.1',
    });
    expect((await get('/v1beta/models/gemini-3-pro-image-preview')).status).toBe(404);
  });
});

describe('the @google/genai client', () => {
  it('generates, streams and edits', async () => {
    const model = 'gemini-2.5-flash-image';
    const config = { imageConfig: { aspectRatio: '16:9' }, seed: 3 };
    const whole = await client.models.generateContent({ model, contents: 'a boat', config });
    expect(await sizeOf(Buffer.from(whole.data ?? '', 'base64'))).toEqual({
      size: '1344x768',
      format: 'png',
    });
    const contents = [{ text: 'add a hat' }, await inline(600, 900)];
    const edited = await client.models.generateContent({ model, contents });
    expect((await sizeOf(Buffer.from(edited.data ?? '', 'base64'))).size).toBe('832x1248');
    const finishes = [];
    for await (const chunk of await client.models.generateContentStream({ model, contents: 'a boat' })) {
      finishes.push(chunk.candidates?.[0]?.finishReason);
    }
    expect(finishes).toEqual([undefined, undefined, 'STOP']);
  });

  it('lists models', async () => {
    const names = [];
    for await (const model of await client.models.list()) names.push(model.name);
    expect(names).toContain('models/gemini-3-pro-image');
  });

  it('generates on the addresses of Vertex, with Imagen there alone', async () => {
    const vertex = new GoogleGenAI({ vertexai: true, apiKey: 'good', httpOptions: { baseUrl: server.url } });
    const whole = await vertex.models.generateContent({
      model: 'gemini-3-pro-image',
      contents: 'a boat',
      config: { imageConfig: { aspectRatio: '4:5', imageSize: '2K', outputMimeType: 'image/png' } },
    });
    expect(await sizeOf(Buffer.from(whole.data ?? '', 'base64'))).toEqual({
      size: '1856x2304',
      format: 'png',
    });
    const config = {
      numberOfImages: 2,
      aspectRatio: '16:9',
      includeRaiReason: true,
      includeSafetyAttributes: true,
    };
    const answer = await vertex.models.generateImages({
      model: 'imagen-4.0-generate-001',
      prompt: 'a boat',
      config,
    });
    expect(answer.generatedImages).toHaveLength(2);
    const bytes = Buffer.from(answer.generatedImages?.[0]?.image?.imageBytes ?? '', 'base64');
    expect((await sizeOf(bytes)).size).toBe('1408x768');
    expect(answer.positivePromptSafetyAttributes?.contentType).toBe('Positive Prompt');
    expect(server.records.at(-1)?.url).toBe(
      '/emulated/v1beta1/publishers/google/models/imagen-4.0-generate-001:predict',
    );
  });
});

describe('fixtures', () => {
  const folder = new URL('fixtures/', import.meta.url);
  const files = readdirSync(folder).filter(
    (name) => /\.(json|txt)$/.test(name) && !name.startsWith('adapter-'),
  );
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const schemaOf = (name: string) => {
    if (name.startsWith('content-')) return contentAnswer;
    if (name.startsWith('predict-')) return predictAnswer;
    return name.startsWith('error-') ? errorAnswer : modelsAnswer;
  };

  it.each(files.filter((name) => name.endsWith('.json')))('%s is an answer as emulated', (name) => {
    expect(() => schemaOf(name).parse(JSON.parse(read(name)))).not.toThrow();
  });
  it('stream-*.txt hold chunks as emulated', () => {
    const sse = read('stream-sse.txt').split('\r\n\r\n').filter(Boolean);
    const array: unknown = JSON.parse(read('stream-array.txt'));
    const chunks = sse.map((event): unknown => JSON.parse(event.replace(/^data: /, '')));
    expect(contentAnswer.array().parse(chunks)).toHaveLength(3);
    expect(contentAnswer.array().parse(array)).toEqual(chunks);
  });
});
