import sharp from 'sharp';
import { z } from 'zod';
import type { Answer, TestServer } from './server.js';

/** What tests read of a file. */
export const fileAnswer = z.looseObject({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.number(),
  created_at: z.number(),
  expires_at: z.number().optional(),
  filename: z.string(),
  purpose: z.string(),
  status: z.string(),
  mime_type: z.string(),
  sha256: z.string(),
  image_id: z.string().optional(),
  generation_id: z.string().optional(),
});

export const page = z.object({
  object: z.literal('list'),
  data: z.array(z.looseObject({ id: z.string() })),
  first_id: z.string().optional(),
  last_id: z.string().optional(),
  has_more: z.boolean(),
});

/** A small picture of its own for every number. */
export function drawPicture(number: number, format: 'png' | 'jpeg' | 'webp' = 'png'): Promise<Buffer> {
  const [r, g, b] = [number % 256, (number * 7) % 256, 128];
  return sharp({ create: { width: 64, height: 48, channels: 3, background: { r, g, b } } })
    .toFormat(format)
    .toBuffer();
}

/** The form that OpenAI's clients send. */
export function fileForm(
  bytes: Uint8Array,
  fields: Readonly<Record<string, string>> = {},
  filename = 'picture.png',
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([Uint8Array.from(bytes)], { type: 'image/png' }), filename);
  return form;
}

/** Uploads a picture. */
export function upload(
  server: TestServer,
  form: FormData,
  options: { readonly key?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return server.call('POST', '/v1/files', { key: options.key ?? server.testKey, raw: form, ...options });
}
