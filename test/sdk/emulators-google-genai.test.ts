/**
 * `@google/genai` against the emulator alone, changed in base URL and key only. Whole answers, streams, edits, the list of
 * models and Vertex are proven in `src/providers/google/emulator.test.ts`; here are chats, whose pictures have to come back
 * signed, edits of several pictures, and errors.
 */
import { ApiError, GoogleGenAI, type Content, type GenerateContentResponse } from '@google/genai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { googleProvider } from '../../src/providers/google/provider.js';
import { decode } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';

let emulators: Emulators;

beforeAll(async () => {
  emulators = await startEmulators();
});
afterAll(async () => {
  await emulators.close();
});

function client(apiKey = 'good'): GoogleGenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: emulators.baseUrl(googleProvider) } });
}

/** Base64 of the picture; the SDK's own `data` warns of every part that is none. */
function dataOf(answer: GenerateContentResponse): string | undefined {
  const parts = answer.candidates?.[0]?.content?.parts ?? [];
  return parts.find(({ inlineData }) => inlineData !== undefined)?.inlineData?.data;
}

function pictureOf(answer: GenerateContentResponse): Buffer {
  return Buffer.from(dataOf(answer) ?? '', 'base64');
}

async function png(width: number, height: number): Promise<string> {
  const picture = sharp({ create: { width, height, channels: 3, background: '#a53' } });
  return (await picture.png().toBuffer()).toString('base64');
}

const sentBody = z.object({
  contents: z.array(
    z.object({
      role: z.string(),
      parts: z.array(
        z.object({
          thoughtSignature: z.string().optional(),
          inlineData: z.object({ data: z.string() }).optional(),
        }),
      ),
    }),
  ),
});

describe('a chat of the @google/genai SDK', () => {
  it.each(['gemini-nano-banana-2.1', 'gemini-3-pro-image', 'gemini-3.1-flash-lite-image'])(
    'edits the picture of %s over several turns, and its signature travels back unchanged',
    async (model) => {
      const chat = client().chats.create({ model, config: { imageConfig: { aspectRatio: '16:9' } } });
      const first = await chat.sendMessage({ message: 'a boat' });
      const signature = signatureOf(first.candidates?.[0]?.content);
      expect(signature).toMatch(/^[A-Za-z0-9+/]{100,}=*$/);
      const second = await chat.sendMessage({ message: 'add a hat' });
      const third = await chat.sendMessage({ message: 'make it night' });
      for (const answer of [first, second, third]) {
        expect(await decode(pictureOf(answer))).toMatchObject({ width: 1376, height: 768, format: 'jpeg' });
      }
      const sent = sentBody.parse(emulators.records.at(-1)?.body).contents;
      expect(sent.map(({ role }) => role)).toEqual(['user', 'model', 'user', 'model', 'user']);
      const own = sent[1]?.parts.find(({ inlineData }) => inlineData !== undefined);
      expect(own).toEqual({ thoughtSignature: signature, inlineData: { data: dataOf(first) } });
    },
  );

  it('streams its turns and keeps the signature all the same', async () => {
    const chat = client().chats.create({ model: 'gemini-3.1-flash-image' });
    for await (const chunk of await chat.sendMessageStream({ message: 'a boat' })) {
      expect(chunk.modelVersion).toBe('gemini-3.1-flash-image');
    }
    const second = await chat.sendMessage({ message: 'add a hat' });
    expect(await decode(pictureOf(second))).toMatchObject({ width: 1024, height: 1024 });
  });

  it('is refused when the signature got lost, as the service refuses it', async () => {
    const model = 'gemini-nano-banana-2.1';
    const first = await client().models.generateContent({
      model,
      contents: 'a boat',
      config: { responseModalities: ['IMAGE'] },
    });
    const history: Content[] = [
      { role: 'user', parts: [{ text: 'a boat' }] },
      { role: 'model', parts: [{ inlineData: { mimeType: 'image/jpeg', data: dataOf(first) ?? '' } }] },
    ];
    const asking = client().chats.create({ model, history }).sendMessage({ message: 'add a hat' });
    await expect(asking).rejects.toBeInstanceOf(ApiError);
    await expect(asking).rejects.toMatchObject({ status: 400 });
    await expect(asking).rejects.toThrow(
      /missing a thought_signature in content position 2, part position 1/,
    );
  });

  it('needs no signature on Gemini 2.5, which has none', async () => {
    const chat = client().chats.create({ model: 'gemini-2.5-flash-image' });
    const first = await chat.sendMessage({ message: 'a boat' });
    expect(signatureOf(first.candidates?.[0]?.content)).toBeUndefined();
    const second = await chat.sendMessage({ message: 'add a hat' });
    expect(await decode(pictureOf(second))).toMatchObject({ format: 'png' });
  });
});

describe('the @google/genai SDK', () => {
  it('edits several pictures at once, in the tier and ratio asked', async () => {
    const data = await Promise.all([png(64, 48), png(48, 64)]);
    const parts = data.map((one) => ({ inlineData: { mimeType: 'image/png', data: one } }));
    const answer = await client().models.generateContent({
      model: 'gemini-3-pro-image',
      contents: [{ text: 'put the hat of the second on the first' }, ...parts],
      config: { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '4:5', imageSize: '2K' } },
    });
    expect(await decode(pictureOf(answer))).toMatchObject({ width: 1856, height: 2304 });
    expect(answer.usageMetadata?.promptTokensDetails).toContainEqual({ modality: 'IMAGE', tokenCount: 516 });
  });

  it('streams a picture whole in one chunk', async () => {
    const stream = await client().models.generateContentStream({
      model: 'gemini-nano-banana-2.1',
      contents: 'a boat',
    });
    const pictures = [];
    for await (const chunk of stream) if (dataOf(chunk) !== undefined) pictures.push(pictureOf(chunk));
    expect(pictures).toHaveLength(1);
    expect(await decode(pictures[0] ?? Buffer.alloc(0))).toMatchObject({ width: 1024, height: 1024 });
  });

  it('sees why there is no picture', async () => {
    const model = 'gemini-2.5-flash-image';
    const ask = (outcome: string) =>
      client().models.generateContent({ model, contents: `a boat [[emulate:${outcome}]]` });
    expect((await ask('moderated-prompt')).promptFeedback?.blockReason).toBe('PROHIBITED_CONTENT');
    expect((await ask('moderated-output')).candidates?.[0]?.finishReason).toBe('IMAGE_SAFETY');
    expect((await ask('no-image')).candidates?.[0]?.finishReason).toBe('NO_IMAGE');
    const prose = await ask('text-only');
    expect([dataOf(prose), prose.text]).toEqual([undefined, expect.stringMatching(/\w/)]);
  });

  it.each([
    ['bad-1', 400],
    ['leaked-1', 403],
    ['newcomer-1', 404],
  ])('raises its own error class for the key %s', async (key, status) => {
    const asking = client(key).models.generateContent({
      model: 'gemini-2.5-flash-image',
      contents: 'a boat',
    });
    await expect(asking).rejects.toBeInstanceOf(ApiError);
    await expect(asking).rejects.toMatchObject({ status });
  });
});

function signatureOf(content: Content | undefined): string | undefined {
  return content?.parts?.find(({ inlineData }) => inlineData !== undefined)?.thoughtSignature;
}
