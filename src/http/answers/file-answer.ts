import { z } from 'zod';
import type { StoredFile } from '../../files/file-record.js';

/** A file as OpenAI's clients know it, and what a picture has besides. Times are Unix seconds. */
export const fileAnswerSchema = z
  .object({
    id: z.string(),
    object: z.literal('file'),
    bytes: z.number().int(),
    created_at: z.number().int(),
    expires_at: z.number().int().optional().describe('When it is deleted by itself. Absent: never.'),
    filename: z.string(),
    purpose: z.string(),
    status: z
      .enum(['processed', 'error'])
      .describe('error: a check of the store found that the bytes are lost.'),
    status_details: z.string().optional(),
    mime_type: z.string(),
    width: z.number().int(),
    height: z.number().int(),
    sha256: z.string().describe('Of the bytes, hexadecimal.'),
    c2pa: z.boolean().describe('The bytes hold content credentials.'),
    model: z.string().optional().describe('The model that made it. Absent: it was uploaded.'),
    generation_id: z.string().optional(),
    image_id: z.string().optional().describe('The generated picture that it keeps.'),
    derived_from: z.string().optional().describe('The file of the bytes that it was converted from.'),
  })
  .meta({ id: 'File' });
export type FileAnswer = z.output<typeof fileAnswerSchema>;

export function toFileAnswer(file: StoredFile): FileAnswer {
  return {
    id: file.id,
    object: 'file',
    bytes: file.sizeBytes,
    created_at: seconds(file.createdAt),
    ...(file.expiresAt === undefined ? {} : { expires_at: seconds(file.expiresAt) }),
    filename: file.filename,
    purpose: file.purpose,
    status: file.lost ? 'error' : 'processed',
    ...(file.lost
      ? { status_details: 'The bytes of this file are lost. Upload them again; that mends this file too.' }
      : {}),
    mime_type: file.mimeType,
    width: file.width,
    height: file.height,
    sha256: file.sha256,
    c2pa: file.c2pa,
    ...(file.model === undefined ? {} : { model: file.model }),
    ...(file.generationId === undefined ? {} : { generation_id: file.generationId }),
    ...(file.imageId === undefined ? {} : { image_id: file.imageId }),
    ...(file.derivedFromFileId === undefined ? {} : { derived_from: file.derivedFromFileId }),
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
