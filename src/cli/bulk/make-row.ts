import path from 'node:path';
import { z } from 'zod';
import { ApiError, callApi, type Connection } from '../client.js';
import type { Patience } from '../patience.js';
import { saveLink } from './durable-files.js';
import type { Manifest, RowRecord, SavedPicture } from './manifest.js';
import type { Row } from './read-rows.js';

/** Purchases of one row that end without a picture before it counts as failed. */
const MAX_ATTEMPTS = 3;
/** The server knows an idempotency key for 24 hours; a repeated call must arrive well within. */
const KEY_LIFE_MS = 23 * 60 * 60 * 1000;
const FIRST_RETRY_MS = 1_000;

/** Refusals that meet every further row as well. */
const STOPPING: readonly string[] = [
  'invalid_api_key',
  'insufficient_credits',
  'budget_exceeded',
  'permission_denied',
  'storage_quota_exceeded',
];

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/avif': 'avif',
};

const made = z.object({
  id: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']),
  model: z.string(),
  credits_used: z.number(),
  data: z.array(
    z.object({
      id: z.string(),
      url: z.string(),
      width: z.number(),
      height: z.number(),
      mime_type: z.string(),
    }),
  ),
  adjustments: z.array(z.object({ param: z.string() })),
  errors: z.array(z.object({ code: z.string(), message: z.string() })),
  error: z
    .looseObject({
      code: z.string(),
      message: z.string(),
      should_retry: z.boolean().optional(),
      retry_after_ms: z.number().optional(),
    })
    .optional(),
});
type Made = z.output<typeof made>;

/** Something that no further row of the run gets past; the rows that were not made wait for the next start. */
export class RunStopped extends Error {}

export interface RowParts {
  readonly connection: Connection;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly patience: Patience;
  readonly now: () => Date;
}

/**
 * Makes one row: records that it is asked for, asks under a key of its own, saves the pictures, records them.
 * @param past what is on record of it; a row that was asked for is asked again under the same key and not bought again
 * @throws RunStopped, or UnreachableError when the server stays away; the row is then taken up where it was
 */
export async function makeRow(row: Row, past: RowRecord | undefined, parts: RowParts): Promise<RowRecord> {
  const { patience, now, connection } = parts;
  if (past?.status === 'sent' && now().getTime() - Date.parse(past.at) > KEY_LIFE_MS) {
    return end(row, { ...past, status: 'unknown', error: UNKNOWN }, parts);
  }
  let record = past?.status === 'sent' ? past : await begin(row, (past?.attempt ?? 0) + 1, parts);
  const firstAttempt = record.attempt;
  for (;;) {
    try {
      const generation = await ask(row, record, parts);
      return await keep(row, record, generation, parts);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { code = 'http_error', generationId } = error.refusal;
      if (STOPPING.includes(code) || error.refusal.retry)
        throw new RunStopped(error.message, { cause: error });
      const failed = { ...record, status: 'failed' as const, error: { code, message: error.message } };
      if (generationId === undefined) return end(row, failed, parts);
      // Under its key that outcome stays; whether another purchase can help is told by the record.
      const path = `/v1/images/generations/${encodeURIComponent(generationId)}`;
      const { error: why, credits_used: credits } = await patience.call(() =>
        callApi(connection, 'GET', path, made),
      );
      if (why?.should_retry !== true || record.attempt - firstAttempt + 1 >= MAX_ATTEMPTS) {
        const told = why === undefined ? failed.error : { code: why.code, message: why.message };
        return end(row, { ...failed, generation_id: generationId, credits, error: told }, parts);
      }
      await patience.wait(why.retry_after_ms ?? FIRST_RETRY_MS * 2 ** (record.attempt - firstAttempt));
      record = await begin(row, record.attempt + 1, parts);
    }
  }
}

const UNKNOWN = {
  code: 'outcome_unknown',
  message: 'it was asked for more than a day ago and never ended; whether it was made can no longer be asked',
};

/**
 * Fetches pictures of a row that ended well and whose files are gone.
 * @returns undefined: the server has them no more either
 */
export async function fetchAgain(row: Row, past: RowRecord, parts: RowParts): Promise<RowRecord | undefined> {
  const { connection, patience } = parts;
  const path = `/v1/images/generations/${encodeURIComponent(past.generation_id ?? '')}`;
  try {
    const generation = await patience.call(() => callApi(connection, 'GET', path, made));
    return await keep(row, past, generation, parts);
  } catch (error) {
    if (error instanceof ApiError && [404, 410].includes(error.status)) return undefined;
    throw error;
  }
}

async function begin(row: Row, attempt: number, { manifest, now }: RowParts): Promise<RowRecord> {
  const prompt = row.body['prompt'];
  const record: RowRecord = {
    object: 'row',
    row: row.number,
    line: row.line,
    status: 'sent',
    at: now().toISOString(),
    attempt,
    idempotency_key: `${manifest.run.id}:${row.number}:${attempt}`,
    body_sha256: row.bodySha256,
    ...(prompt === undefined ? {} : { prompt: typeof prompt === 'string' ? prompt : JSON.stringify(prompt) }),
  };
  // On record before it leaves: whatever happens now, the next start asks under the same key.
  await manifest.add(record);
  return record;
}

async function end(row: Row, record: RowRecord, { manifest, now }: RowParts): Promise<RowRecord> {
  const ended = { ...record, line: row.line, at: now().toISOString() };
  await manifest.add(ended);
  return ended;
}

function ask({ path, body }: Row, record: RowRecord, { connection, patience }: RowParts): Promise<Made> {
  const headers = { 'idempotency-key': record.idempotency_key };
  return patience.call(() => callApi(connection, 'POST', path, made, body, headers));
}

/** Saves the pictures and records them. */
async function keep(row: Row, record: RowRecord, generation: Made, parts: RowParts): Promise<RowRecord> {
  const { id, model, credits_used: credits, data, adjustments, errors } = generation;
  const files: SavedPicture[] = [];
  const facts = {
    ...record,
    generation_id: id,
    model,
    credits,
    files,
    adjusted: [...new Set(adjustments.map(({ param }) => param))],
  };
  for (const [index, image] of data.entries()) {
    const name = data.length === 1 ? row.file : `${row.file}-${index + 1}`;
    const file = `${name}.${EXTENSIONS[image.mime_type] ?? 'bin'}`;
    try {
      const target = path.join(parts.folder, file);
      const saved = await parts.patience.call(() => saveLink(parts.connection, image.url, target));
      const { width, height, mime_type: mimeType } = image;
      files.push({ file, image_id: image.id, ...saved, width, height, mime_type: mimeType });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // It was paid and is gone: a new purchase is for people to decide.
      const { code = 'http_error' } = error.refusal;
      return end(row, { ...facts, status: 'failed', error: { code, message: error.message } }, parts);
    }
  }
  const [missing] = errors;
  if (missing === undefined) return end(row, { ...facts, status: 'succeeded' }, parts);
  const { code, message } = missing;
  return end(row, { ...facts, status: 'partial', error: { code, message } }, parts);
}
