import { z } from 'zod';
import { AppError } from '../../errors.js';
import { FILE_PURPOSES } from '../../files/file-record.js';

const HOUR_S = 3600;
const MONTH_S = 30 * 24 * HOUR_S;

/** OpenAI's shape and bounds. */
const expiresAfterSchema = z
  .strictObject({
    anchor: z.literal('created_at', { error: 'must be created_at' }),
    seconds: z
      .int({ error: 'must be a whole number' })
      .min(HOUR_S, `must be from ${HOUR_S} to ${MONTH_S}`)
      .max(MONTH_S, `must be from ${HOUR_S} to ${MONTH_S}`),
  })
  .describe('When the file is deleted by itself: `seconds` after it was made. Omitted: never.');

/** What may be said of any file. */
const fileFields = {
  purpose: z
    .enum(FILE_PURPOSES)
    .optional()
    .describe('As OpenAI’s; files are pictures only. Omitted: vision.'),
  filename: z.string().max(1000, 'must have at most 1000 characters').optional(),
  expires_after: expiresAfterSchema.optional(),
};

/** The JSON body that keeps a generated picture. */
export const keepBodySchema = z.strictObject({
  image_id: z.string().max(100).describe('A generated picture. Its bytes stay where they are.'),
  ...fileFields,
});

/** Both bodies as they are documented. */
export const fileBodySchema = z.object({
  file: z
    .string()
    .meta({ format: 'binary', description: 'In a form: the picture; its bytes decide its type.' })
    .optional(),
  image_id: z.string().optional().describe('In JSON: a generated picture; its bytes stay where they are.'),
  ...fileFields,
});

/** The fields of a form. */
export const uploadFieldsSchema = z.strictObject(fileFields);

/** `expires_after` as JSON text. @throws AppError invalid_request */
export function readExpiry(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new AppError('invalid_request', {
      message:
        '`expires_after` must be JSON text, {"anchor": "created_at", "seconds": …}, or two fields `expires_after[anchor]` and `expires_after[seconds]`.',
      param: 'expires_after',
      cause: error,
    });
  }
}

/** A file that is no picture. @param why as a clause */
export function invalidFile(why: string): AppError {
  return new AppError('invalid_file', {
    message: `\`file\` can't be stored: ${why}. Files are whole pictures.`,
    param: 'file',
    facts: { allowed: ['png', 'jpeg', 'webp', 'avif', 'gif'] },
  });
}
