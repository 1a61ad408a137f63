/** Mutated pictures through the ways that callers have. */
import { Agent } from 'undici';
import { z } from 'zod';
import type { TestServer } from '../server.js';
import { Dice, seedOf } from './dice.js';
import type { FuzzOutcome, FuzzRun } from './form-fuzz.js';
import { judgeAnswer } from './judge-answer.js';
import { mutatePicture, type FuzzPicture } from './mutate-picture.js';

const LANES = 6;
const MAX_FAULTS = 10;
const DEADLINE_MS = 30_000;
const BOUNDARY = '----pictures-that-were-changed-by-chance';
const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif'];

const fileSchema = z.object({ id: z.string(), bytes: z.number() });
const editSchema = z.object({ data: z.array(z.object({ id: z.string() })).min(1) });

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Sends mutated pictures as files and as inputs of edits; what is taken must be what was sent. */
export async function fuzzPictureIntake(
  server: TestServer,
  pictures: readonly FuzzPicture[],
  { seed, from, count }: FuzzRun,
): Promise<FuzzOutcome> {
  const agent = new Agent({ connections: LANES });
  const faults: string[] = [];
  const answers = new Map<string, number>();
  let next = from;
  const call = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    sent?: { type: string; body: Buffer },
  ) => {
    const answer = await agent.request({
      origin: server.url,
      path,
      method,
      headers: {
        authorization: `Bearer ${server.testKey}`,
        ...(sent === undefined ? {} : { 'content-type': sent.type }),
      },
      body: sent?.body ?? null,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  };
  const lane = async () => {
    while (next < from + count && faults.length < MAX_FAULTS) {
      const index = next;
      next += 1;
      const dice = new Dice(seedOf(seed, index));
      const bytes = mutatePicture(pictures, dice);
      const way = dice.pick(['file', 'file', 'form', 'json'] as const);
      const sent = way === 'json' ? asJson(bytes, dice) : asForm(way, bytes, dice);
      try {
        const answer = await call('POST', way === 'file' ? '/v1/files' : '/v1/images/edits', sent);
        const name = `${way} ${answer.status}`;
        answers.set(name, (answers.get(name) ?? 0) + 1);
        const fault =
          judgeAnswer(answer.status, answer.headers, answer.body, 'POST') ??
          (answer.status >= 500
            ? `${answer.status} ${answer.body.toString()}`
            : answer.status >= 300
              ? undefined
              : way === 'file'
                ? await judgeFile(answer, bytes, call)
                : judgeEdit(answer));
        if (fault !== undefined)
          faults.push(`seed ${seed}, picture ${index} (${way}): ${fault}\n${show(bytes)}`);
      } catch (error) {
        faults.push(`seed ${seed}, picture ${index} (${way}): ${String(error)}\n${show(bytes)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await agent.destroy();
  return { faults, answers };
}

/** A file has exactly the bytes that were sent. */
async function judgeFile(
  answer: Answer,
  bytes: Buffer,
  call: (method: 'GET' | 'DELETE', path: string) => Promise<Answer>,
): Promise<string | undefined> {
  const file = fileSchema.parse(JSON.parse(answer.body.toString()));
  const content = await call('GET', `/v1/files/${file.id}/content`);
  await call('DELETE', `/v1/files/${file.id}`);
  if (content.status !== 200) return `the file can not be read: ${content.status}`;
  if (!TYPES.includes(String(content.headers['content-type']))) {
    return `the file has the type ${String(content.headers['content-type'])}`;
  }
  return content.body.equals(bytes) && file.bytes === bytes.length ? undefined : 'the file has other bytes';
}

function judgeEdit(answer: Answer): string | undefined {
  const parsed = editSchema.safeParse(JSON.parse(answer.body.toString()));
  return parsed.success ? undefined : `${answer.status} without a picture`;
}

const WISH = { model: 'gemini-2-5-flash-image', prompt: 'make it winter', response_format: 'url' };

function asJson(bytes: Buffer, dice: Dice) {
  const base64 = bytes.toString('base64');
  const picture = dice.chance(0.5)
    ? { image: `data:${dice.pick(TYPES)};base64,${base64}` }
    : { image_base64: base64, image_mime_type: dice.pick(TYPES) };
  const mask = dice.chance(0.2) ? { mask_base64: base64 } : {};
  return { type: 'application/json', body: Buffer.from(JSON.stringify({ ...WISH, ...picture, ...mask })) };
}

function asForm(way: 'file' | 'form', bytes: Buffer, dice: Dice) {
  const fields: readonly (readonly [string, string])[] =
    way === 'file' ? [['purpose', 'vision']] : Object.entries(WISH);
  const name = way === 'file' ? 'file' : 'image';
  const body = Buffer.concat([
    ...fields.map(([field, value]) =>
      Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`),
    ),
    Buffer.from(
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"; filename="a"\r\ncontent-type: ${dice.pick(TYPES)}\r\n\r\n`,
    ),
    bytes,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
  return { type: `multipart/form-data; boundary=${BOUNDARY}`, body };
}

function show(bytes: Buffer): string {
  return bytes.length > 4_000 ? `${bytes.length} bytes` : bytes.toString('base64');
}
