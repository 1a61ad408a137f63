/** Success bodies of each server (protocol notes §B2 to §B5, §B7). */
import { randomUUID } from 'node:crypto';
import type { JsonValue } from '../provider.js';
import { damageBase64, damagePictureBuffer } from '../shared/emulator-body.js';
import { openPicture, sealPicture, spoiledBy } from '../shared/emulator-delivery.js';
import type { LinkedPicture } from '../shared/emulator-delivery.js';
import { jsonAnswer } from '../shared/emulator-kit.js';
import type { EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import { drawPictureBuffer, wrongSize } from '../shared/emulator-picture.js';
import type { PictureOrder } from '../shared/emulator-picture.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';
import { notFound } from './emulator-errors.js';
import type { Dialect } from './emulator-dialects.js';
import type { ImagesJob } from './emulator-request.js';

/** Servers keep their files until somebody clears them; an emulated one has to end somewhere. */
const LINK_LIFE_MS = 24 * 3_600_000;

/** Most links whose edits are remembered at once. */
const MAX_KEPT_EDITS = 64;

/** What edited pictures behind links are made of: too large for the links themselves. */
export class KeptEdits {
  readonly #edits = new Map<string, EditMaterial>();

  keep(token: string, edit: EditMaterial): void {
    const [oldest] = this.#edits.keys();
    if (this.#edits.size >= MAX_KEPT_EDITS && oldest !== undefined) this.#edits.delete(oldest);
    this.#edits.set(token, edit);
  }

  /** Nothing for pictures that were generated. */
  find(token: string): EditMaterial {
    return this.#edits.get(token) ?? {};
  }
}

type EditMaterial = Pick<PictureOrder, 'sources' | 'mask' | 'whiteMask'>;

export interface AnswerContext {
  readonly settings: EmulatorSettings;
  readonly outcome: OutcomeName | undefined;
  readonly now: Date;
  /** Origin, prefix and dialect as they were called. */
  readonly base: string;
  readonly edits: KeptEdits;
}

export async function answerJob(
  job: ImagesJob,
  context: AnswerContext,
  signal: AbortSignal,
): Promise<WireAnswer> {
  // Header of ours: a field under another name is dropped by these servers without a word.
  const headers = { 'x-emulated-understood': JSON.stringify(job.understood) };
  const empty = context.outcome === 'no-image' || context.outcome === 'text-only';
  if (job.result === 'file' && !empty) {
    const bytes = await drawPictureBuffer(context.settings, orderOf(job, context, 0), signal);
    return {
      status: 200,
      headers: {
        ...headers,
        'content-type': `image/${job.format}`,
        'content-disposition': `attachment; filename="${randomUUID()}.${job.format}"`,
      },
      body: context.outcome === 'bad-base64' ? damagePictureBuffer(bytes) : bytes,
    };
  }
  const data: JsonValue[] = [];
  for (let index = 0; index < (empty ? 0 : job.count); index += 1) {
    data.push(await item(job, context, index, signal));
  }
  const created = Math.floor(context.now.getTime() / 1000);
  return jsonAnswer(envelope(job, data, created), headers);
}

function envelope(job: ImagesJob, data: readonly JsonValue[], created: number): JsonValue {
  switch (job.dialect.id) {
    case 'sd-server':
      return { created, output_format: job.format, data };
    case 'localai':
      return {
        created,
        id: randomUUID(),
        data,
        usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      };
    case 'sglang':
      return { id: randomUUID(), created, data, peak_memory_mb: 24_576, inference_time_s: 3.2 };
    case 'vllm-omni':
    case 'xinference':
    case 'nim':
      return { created, data };
  }
}

async function item(
  job: ImagesJob,
  context: AnswerContext,
  index: number,
  signal: AbortSignal,
): Promise<JsonValue> {
  const order = orderOf(job, context, index);
  const value = await valueOf(job, context, order, signal);
  const place = job.result === 'base64' ? { b64_json: value } : { url: value };
  const both = { b64_json: null, url: null, ...place };
  switch (job.dialect.id) {
    case 'sglang':
      return { ...both, revised_prompt: job.prompt, file_path: `/outputs/${randomUUID()}.${job.format}` };
    case 'vllm-omni':
      return { ...both, revised_prompt: null };
    case 'xinference':
      return both;
    case 'sd-server':
    case 'localai':
    case 'nim':
      return place;
  }
}

async function valueOf(
  job: ImagesJob,
  context: AnswerContext,
  order: PictureOrder,
  signal: AbortSignal,
): Promise<string> {
  if (job.result === 'base64') {
    const text = (await drawPictureBuffer(context.settings, order, signal)).toString('base64');
    return context.outcome === 'bad-base64' ? damageBase64(text) : text;
  }
  if (job.result === 'path') return `/root/.xinference/image/${randomUUID()}.${job.format}`;
  const token = sealPicture({
    label: order.label,
    prompt: order.prompt,
    avoid: [...(order.avoid ?? [])],
    width: order.width,
    height: order.height,
    seed: order.seed,
    format: job.format,
    transparent: false,
    expiresAtMs: context.now.getTime() + (context.outcome === 'expired-link' ? 0 : LINK_LIFE_MS),
    spoiled: spoiledBy(context.outcome),
  });
  if (job.sources.length > 0) context.edits.keep(token, materialOf(job));
  return job.result === 'relative'
    ? `/v1/images/${token}/content`
    : `${context.base}/generated-images/b64${token}.png`;
}

function orderOf(job: ImagesJob, context: AnswerContext, index: number): PictureOrder {
  return {
    label: job.model ?? job.dialect.id,
    prompt: job.prompt,
    avoid: job.avoid === '' ? [] : [job.avoid],
    ...(context.outcome === 'wrong-size' ? wrongSize(job.size) : job.size),
    seed: (job.seed + index) % 2 ** 31,
    format: job.format,
    ...(job.compression === undefined ? {} : { quality: Math.max(1, job.compression) }),
    ...materialOf(job),
  };
}

function materialOf({ sources, mask, maskMeans }: ImagesJob): EditMaterial {
  return {
    ...(sources.length === 0 ? {} : { sources }),
    ...(mask === undefined ? {} : maskMeans === 'white' ? { whiteMask: mask } : { mask }),
  };
}

/** What a link of LocalAI or a path of SGLang stands for. */
export function openFile(dialect: Dialect, token: string, now: Date): LinkedPicture {
  const picture = openPicture(token);
  if (picture === undefined || now.getTime() >= picture.expiresAtMs) throw notFound(dialect);
  return picture;
}
