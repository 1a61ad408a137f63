import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readJob } from './emulator-content.js';
import type { GeminiJob } from './emulator-content.js';
import { findEmulatedModel } from './emulator-models.js';
import { contentRequest } from './emulator-schema.js';

async function png(width: number): Promise<Buffer> {
  return sharp({ create: { width, height: 20, channels: 3, background: '#247' } })
    .png()
    .toBuffer();
}

function inline(bytes: Buffer, mimeType = 'image/png') {
  return { inlineData: { mimeType, data: bytes.toString('base64') } };
}

function jobOf(
  ...contents: readonly { readonly role: string; readonly parts: readonly unknown[] }[]
): GeminiJob {
  const model = findEmulatedModel('gemini-nano-banana-2.1');
  if (model?.kind !== 'gemini') throw new Error('there is no such model');
  return readJob(contentRequest.parse({ contents }), model, 'gemini');
}

describe('what an edit starts from', () => {
  it("is the user's pictures in their order", async () => {
    const [one, two] = await Promise.all([png(30), png(40)]);
    const job = jobOf({ role: 'user', parts: [{ text: 'a hat' }, inline(one), inline(two)] });
    expect(job.sources).toStrictEqual([one, two]);
    expect(job.instruction).toBe('a hat');
  });

  it("is the model's latest picture in a conversation, and the words are the last ones", async () => {
    const [shown, old, draft, latest] = await Promise.all([png(30), png(40), png(50), png(60)]);
    const signed = { thoughtSignature: 'AAAA' };
    const job = jobOf(
      { role: 'user', parts: [{ text: 'a boat like this' }, inline(shown)] },
      { role: 'model', parts: [{ ...inline(old), ...signed }] },
      { role: 'user', parts: [{ text: 'add a hat' }] },
      {
        role: 'model',
        parts: [
          { ...inline(latest), ...signed },
          { ...inline(draft), thought: true },
        ],
      },
      { role: 'user', parts: [{ text: 'make it night' }] },
    );
    expect(job.sources).toStrictEqual([latest, shown]);
    expect(job.instruction).toBe('make it night');
    expect(job.prompt).toBe('a boat like this\nadd a hat\nmake it night');
  });

  it('is nothing that can not be decoded here', async () => {
    const picture = await png(30);
    const heic = inline(Buffer.from('heic'), 'image/heic');
    const pdf = inline(Buffer.from('%PDF'), 'application/pdf');
    const job = jobOf({ role: 'user', parts: [{ text: 'a hat' }, heic, pdf, inline(picture)] });
    expect(job.sources).toStrictEqual([picture]);
    expect(job.inputImages).toBe(3);
    expect(jobOf({ role: 'user', parts: [{ text: 'a hat' }] }).sources).toStrictEqual([]);
  });
});
