/** Success bodies, task bodies and result links (protocol notes §3, §6, §7, §10). */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonValue } from '../provider.js';
import { drawLinked, openPicture, sealPicture, spoiledBy } from '../shared/emulator-delivery.js';
import type { LinkedPicture } from '../shared/emulator-delivery.js';
import type { EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import { wrongSize } from '../shared/emulator-picture.js';
import { outcomeName, taskEnd, taskTimes } from '../shared/emulator-task.js';
import { refusedByStore, scriptedFailure } from './emulator-errors.js';
import type { QwenJob } from './emulator-request.js';
import type { SourceKeeper } from '../shared/emulator-sources.js';

const DAY_S = 86_400;
/** Above it an output counts, and is billed, as `2k`. */
const LARGE_PIXELS = 2_250_000;
const BEIJING_OFFSET_MS = 8 * 3_600_000;

/** Everything that an answer is made of; inside a task id, nothing else is kept. */
export const order = z.strictObject({
  model: z.string(),
  family: z.enum(['third', 'second', 'text', 'edit', 'first-edit']),
  prompt: z.string(),
  avoid: z.string(),
  width: z.int(),
  height: z.int(),
  count: z.int(),
  seed: z.int(),
  rewrites: z.boolean(),
  /** Names of the pictures that came with the call. */
  sources: z.array(z.string()),
  outcome: outcomeName.nullable(),
});
export type Order = z.infer<typeof order>;

export const task = order.extend({
  legacy: z.boolean(),
  owner: z.string(),
  /** Variants of an answer that keys ask for. */
  variant: z.enum(['plain', 'partial', 'flat']),
  times: taskTimes,
});
export type Task = z.infer<typeof task>;

/** Where and when links are made. */
export interface LinkBase {
  readonly base: string;
  readonly madeAt: Date;
}

export function orderOf(job: QwenJob, outcome: Order['outcome'], keeper: SourceKeeper): Order {
  return {
    model: job.model.id,
    family: job.model.family,
    prompt: job.prompt,
    avoid: job.negativePrompt,
    ...job.size,
    count: job.count,
    seed: job.seed,
    rewrites: job.rewrites,
    sources: keeper.keep(job.inputs.map(({ bytes }) => bytes)),
    outcome,
  };
}

/** `output` and `usage` of a reply with choices. */
export function choicesOf(made: Order, links: LinkBase): Record<string, JsonValue> {
  const content: JsonValue[] =
    made.outcome === 'text-only'
      ? [{ text: 'I can describe the picture, but not draw it.' }]
      : urlsOf(made, links).map((image) => ({ image }));
  // Which of the two levels holds several pictures is not certain; the newer models play the one, the older the other.
  const groups = made.family === 'third' ? content.map((item) => [item]) : [content];
  const choices = groups.map((items) => ({
    finish_reason: 'stop',
    message: { role: 'assistant', content: items },
  }));
  return {
    ...(made.family === 'third' ? { rewrite_status: made.rewrites ? 'success' : 'not_use' } : {}),
    choices: made.outcome === 'no-image' ? [] : choices,
    ...(made.family === 'third' || made.family === 'second' ? {} : { task_metric: metricOf(made) }),
  };
}

/** The two dialects of usage. */
export function usageOf(made: Order): Record<string, JsonValue> {
  const count = made.outcome === 'no-image' || made.outcome === 'text-only' ? 0 : made.count;
  if (made.family !== 'third') return { image_count: count, width: made.width, height: made.height };
  const tier = made.width * made.height > LARGE_PIXELS ? '2k' : '1k';
  return {
    output_width: made.width,
    output_height: made.height,
    input_image_count: made.sources.length,
    output_image_count: count,
    input_image_type: 'qima_input_1k',
    output_image_type: `qima_output_${tier}`,
  };
}

/** The body of a task that has ended; a failure too is a 200. */
export function endOf(ended: Task, taskId: string, base: string): JsonValue {
  const end = taskEnd(ended.times);
  const times = {
    submit_time: beijingTime(new Date(ended.times.createdAtMs)),
    scheduled_time: beijingTime(new Date(ended.times.createdAtMs)),
    end_time: beijingTime(end),
  };
  const head = { task_id: taskId, task_status: 'SUCCEEDED', ...times };
  const request = { request_id: randomUUID() };
  const failure = scriptedFailure(ended.outcome);
  if (failure !== undefined) {
    const { code, message } = failure;
    if (ended.variant === 'flat') return { ...request, code, message };
    return { ...request, output: { ...head, task_status: 'FAILED', code, message } };
  }
  const links = { base, madeAt: end };
  if (!ended.legacy) {
    return { ...request, output: { ...head, ...choicesOf(ended, links) }, usage: usageOf(ended) };
  }
  const results = ended.outcome === 'no-image' ? {} : { results: resultsOf(ended, links) };
  return { ...request, output: { ...head, ...results }, usage: { image_count: ended.count } };
}

/** The older path's list; a picture that failed stands in it with its reason. */
function resultsOf(ended: Task, links: LinkBase): JsonValue[] {
  if (ended.outcome === 'text-only') return [];
  if (ended.variant === 'partial') {
    return [{ code: 'InternalError.Algo', message: 'The image could not be generated.' }];
  }
  const rewritten = ended.rewrites
    ? { actual_prompt: `${ended.prompt}, with soft natural light and fine detail` }
    : {};
  return urlsOf(ended, links).map((url) => ({ orig_prompt: ended.prompt, ...rewritten, url }));
}

export function urlsOf(made: Order, links: LinkBase): string[] {
  const size = made.outcome === 'wrong-size' ? wrongSize(made) : made;
  const life = made.outcome === 'expired-link' ? -1 : DAY_S;
  const expiresAtS = Math.floor(links.madeAt.getTime() / 1000) + life;
  return Array.from({ length: made.count }, (_, index) => {
    const url = new URL(`${links.base}/results/7d/${randomUUID()}-${index + 1}.png`);
    url.search = new URLSearchParams({
      Expires: String(expiresAtS),
      OSSAccessKeyId: 'LTAIemulated',
      Signature: sealPicture({
        label: made.model,
        prompt: made.prompt,
        avoid: made.avoid === '' ? [] : [made.avoid],
        width: size.width,
        height: size.height,
        seed: (made.seed + index) % 2 ** 31,
        format: 'png',
        transparent: false,
        expiresAtMs: expiresAtS * 1000,
        spoiled: spoiledBy(made.outcome),
      }),
      // The real store has no such parameter; it finds the finished picture by its path.
      ...(made.sources.length === 0 ? {} : { EmulatedSources: made.sources.join(',') }),
    }).toString();
    return url.href;
  });
}

/** A picture behind a link and the names of those that it is made of. */
export interface LinkedResult {
  readonly picture: LinkedPicture;
  readonly sources: readonly string[];
}

/** What a result link stands for; refuses as the blob store does. */
export function openResult(
  query: Readonly<Record<string, unknown>>,
  authorization: string | undefined,
  now: Date,
): LinkedResult {
  // The texts and the status for a header beside the signature are from memory.
  const mismatch = 'The request signature we calculated does not match the signature you provided.';
  if (authorization !== undefined) throw refusedByStore('SignatureDoesNotMatch', mismatch);
  const picture = openPicture(query['Signature']);
  if (picture?.expiresAtMs !== Number(query['Expires']) * 1000)
    throw refusedByStore('SignatureDoesNotMatch', mismatch);
  if (now.getTime() >= picture.expiresAtMs) throw refusedByStore('AccessDenied', 'Request has expired.');
  const { EmulatedSources: sources } = query;
  return { picture, sources: typeof sources === 'string' ? sources.split(',') : [] };
}

export async function answerResult(
  settings: EmulatorSettings,
  result: LinkedResult,
  keeper: SourceKeeper,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const sources = keeper.find(result.sources);
  const order = { ...result.picture, ...(sources.length === 0 ? {} : { sources }) };
  const answer = await drawLinked(settings, order, signal);
  return { ...answer, headers: { ...answer.headers, server: 'AliyunOSS' } };
}

function metricOf(made: Order): Record<string, JsonValue> {
  return { TOTAL: made.count, SUCCEEDED: made.count, FAILED: 0 };
}

/** Local time of Beijing, without a zone. */
function beijingTime(time: Date): string {
  return new Date(time.getTime() + BEIJING_OFFSET_MS).toISOString().slice(0, 23).replace('T', ' ');
}
