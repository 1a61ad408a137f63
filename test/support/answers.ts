import sharp from 'sharp';
import { z } from 'zod';

/** The parts of answers that tests read. */
export const generation = z.looseObject({
  id: z.string(),
  status: z.string(),
  model: z.string(),
  credits_used: z.number(),
  data: z.array(
    z.looseObject({
      id: z.string(),
      url: z.string().optional(),
      b64_json: z.string().optional(),
      width: z.number(),
      height: z.number(),
      mime_type: z.string(),
      seed: z.number().optional(),
      revised_prompt: z.string().optional(),
    }),
  ),
  adjustments: z.array(z.looseObject({ param: z.string(), reason: z.string() })),
  receipt: z.looseObject({ prompt: z.string(), prompt_sent: z.string() }),
  errors: z.array(z.looseObject({ code: z.string() })),
});

export const failure = z.object({
  error: z.looseObject({
    message: z.string(),
    type: z.string(),
    code: z.string(),
    param: z.string().nullable(),
  }),
  request_id: z.string(),
});

/** Fetches a link and decodes the picture behind it, as `decode`. */
export async function fetchPicture(
  url: string | undefined,
  failOn?: FailOn,
): Promise<{ bytes: Buffer; width: number; height: number; format: string; headers: Headers }> {
  if (url === undefined) throw new Error('there is no link');
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`the link answered ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { bytes, ...(await decode(bytes, failOn)), headers: response.headers };
}

/** What of a picture must not be: anything odd, or what nobody can show. */
type FailOn = 'warning' | 'error';

/** Decodes every pixel, so that a broken picture fails. */
export async function decode(
  bytes: Uint8Array,
  failOn: FailOn = 'warning',
): Promise<{ width: number; height: number; format: string }> {
  const picture = sharp(bytes, { failOn });
  const { format } = await picture.metadata();
  const { info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, format: format === 'heif' ? 'avif' : format };
}
