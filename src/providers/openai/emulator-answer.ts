/** Success bodies of generations and edits, whole and streamed (protocol notes §7, §8, §10, §12). */
import { damageBase64 } from '../shared/emulator-body.js';
import { jsonAnswer } from '../shared/emulator-kit.js';
import type { EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import {
  drawPictureBuffer,
  randomSeed,
  withPngCredentialsBuffer,
  wrongSize,
} from '../shared/emulator-picture.js';
import type { PixelSize } from '../shared/emulator-picture.js';
import type { ScriptedOutcome } from '../shared/scripted-outcome.js';
import type { JsonValue } from '../provider.js';
import { moderated } from './emulator-errors.js';
import { createLink } from './emulator-links.js';
import { outputTokens } from './emulator-models.js';
import type { ImageJob } from './emulator-request.js';

/** The text documented to keep dall-e-3 from adding detail (protocol notes §8). */
const AS_IS_PREFACE =
  'I NEED to test how the tool works with extremely simple prompts. DO NOT add any detail, just use it AS-IS:';
/** One input picture was observed to count so much. */
const INPUT_IMAGE_TOKENS = 512;
const CHARS_PER_TOKEN = 4;
/** The frame that the service puts around a prompt, guessed from the one sample. */
const FRAME_TOKENS = 7;

export interface AnswerContext {
  readonly settings: EmulatorSettings;
  readonly outcome: ScriptedOutcome | undefined;
  readonly createdAt: Date;
  /** Origin and prefix of the emulator as the caller reached it. */
  readonly linkBase: string;
  readonly requestId: string;
}

/** The answer to a job, or its refusal after the picture was made. */
export async function answerJob(
  job: ImageJob,
  context: AnswerContext,
  signal: AbortSignal,
): Promise<WireAnswer> {
  if (job.stream) {
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
      body: streamEvents(job, context, signal),
    };
  }
  if (context.outcome?.name === 'moderated-output') {
    throw moderated(job.model.kind, 'output', context.requestId);
  }
  const created = { created: unixSeconds(context.createdAt) };
  const facts = { ...created, ...(job.model.kind === 'gpt' ? describe(job, context) : {}) };
  if (context.outcome?.name === 'no-image') return jsonAnswer(facts);
  if (context.outcome?.name === 'text-only') return jsonAnswer({ ...facts, data: [] });
  const data: JsonValue[] = [];
  for (let index = 0; index < job.count; index += 1) {
    data.push(await item(job, context, signal));
  }
  return jsonAnswer({
    ...facts,
    data,
    ...(job.model.kind === 'gpt' ? { usage: usageOf(job, job.count) } : {}),
  });
}

/**
 * Events of a stream. With several pictures each gets its own partial and completed events, which the notes leave open.
 * Partial pictures cost no tokens of their own here, which they leave open too.
 */
async function* streamEvents(
  job: ImageJob,
  context: AnswerContext,
  signal: AbortSignal,
): AsyncIterable<string> {
  const prefix = job.edit ? 'image_edit' : 'image_generation';
  const facts = { created_at: unixSeconds(context.createdAt), ...describe(job, context) };
  const outcome = context.outcome?.name;
  if (outcome === 'text-only' || outcome === 'no-image') return;
  for (let image = 0; image < job.count; image += 1) {
    const seed = randomSeed();
    for (let index = 0; index < job.partialImages; index += 1) {
      const b64 = await base64(job, context, seed, signal);
      const type = `${prefix}.partial_image`;
      yield event(type, { type, b64_json: b64, ...facts, partial_image_index: index });
    }
    if (outcome === 'moderated-output') {
      yield event('error', moderated(job.model.kind, 'output', context.requestId).body);
      return;
    }
    const b64 = spoil(await base64(job, context, seed, signal), context);
    const type = `${prefix}.completed`;
    yield event(type, { type, b64_json: b64, ...facts, usage: usageOf(job, 1) });
  }
}

function event(name: string, data: JsonValue | string): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The resolved values that GPT image models tell. */
function describe(job: ImageJob, context: AnswerContext): Record<string, string> {
  // What was chosen freely is told as it came out; what was asked is echoed, even where the pixels differ.
  const size = job.autoSize ? pixelsOf(job, context) : job.size;
  return {
    background: job.transparent ? 'transparent' : 'opaque',
    output_format: job.format,
    quality: job.quality,
    size: `${size.width}x${size.height}`,
  };
}

async function item(job: ImageJob, context: AnswerContext, signal: AbortSignal): Promise<JsonValue> {
  const seed = randomSeed();
  const revised = job.model.kind === 'dall-e-3' ? { revised_prompt: revise(job.prompt) } : {};
  if (job.model.kind === 'gpt' || job.responseFormat === 'b64_json') {
    return { ...revised, b64_json: spoil(await base64(job, context, seed, signal), context) };
  }
  const picture = {
    model: job.model.id,
    prompt: withoutPreface(job.prompt),
    seed,
    ...pixelsOf(job, context),
    broken: context.outcome?.name === 'bad-base64',
  };
  const expired = context.outcome?.name === 'expired-link';
  return { ...revised, url: createLink(context.linkBase, picture, context.createdAt, expired) };
}

async function base64(
  job: ImageJob,
  context: AnswerContext,
  seed: number,
  signal: AbortSignal,
): Promise<string> {
  const order = {
    ...pixelsOf(job, context),
    prompt: withoutPreface(job.prompt),
    seed,
    format: job.format,
    label: job.model.id,
    transparent: job.transparent,
    ...(job.edit ? { sources: job.sources } : {}),
    ...(job.mask === undefined ? {} : { mask: job.mask }),
    ...(job.compression === undefined ? {} : { quality: Math.max(1, job.compression) }),
  };
  const drawn = await drawPictureBuffer(context.settings, order, signal);
  const credentials = job.format === 'png' && job.model.kind !== 'dall-e-2';
  return (credentials ? withPngCredentialsBuffer(drawn) : drawn).toString('base64');
}

/** The later models' known slip is 1254x1254 for a square; elsewhere wrong pixels are the asked ones turned. */
function pixelsOf(job: ImageJob, context: AnswerContext): PixelSize {
  if (context.outcome?.name !== 'wrong-size') return job.size;
  const square = job.size.width === 1024 && job.size.height === 1024;
  return square && job.model.sizes === undefined ? { width: 1254, height: 1254 } : wrongSize(job.size);
}

function spoil(text: string, context: AnswerContext): string {
  return context.outcome?.name === 'bad-base64' ? damageBase64(text) : text;
}

/** dall-e-3 always rewrites; only the documented preface keeps a prompt as it is. */
function revise(prompt: string): string {
  if (prompt.startsWith(AS_IS_PREFACE)) return withoutPreface(prompt);
  return `A detailed and vivid picture: ${prompt}. The scene is carefully composed, with soft natural light and fine textures.`;
}

function withoutPreface(prompt: string): string {
  return prompt.startsWith(AS_IS_PREFACE) ? prompt.slice(AS_IS_PREFACE.length).trimStart() : prompt;
}

function usageOf(job: ImageJob, pictures: number): JsonValue {
  const text = FRAME_TOKENS + Math.ceil(Array.from(job.prompt).length / CHARS_PER_TOKEN);
  const image = INPUT_IMAGE_TOKENS * job.sources.length;
  const output = outputTokens(job.model, job.quality, job.size) * pictures;
  return {
    input_tokens: text + image,
    output_tokens: output,
    total_tokens: text + image + output,
    input_tokens_details: { text_tokens: text, image_tokens: image },
    output_tokens_details: { image_tokens: output, text_tokens: 0 },
  };
}

function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
