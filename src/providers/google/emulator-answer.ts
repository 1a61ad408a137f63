/** Answers of `generateContent`, whole and streamed, with and without a picture (protocol notes §4, §5, §6). */
import { randomBytes, randomInt } from 'node:crypto';
import { damageBase64 } from '../shared/emulator-body.js';
import type { EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import {
  drawPictureBuffer,
  randomSeed,
  withJpegCredentialsBuffer,
  wrongSize,
} from '../shared/emulator-picture.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';
import type { JsonValue } from '../provider.js';
import type { GeminiJob } from './emulator-content.js';
import { blockedBody, candidateIndex, FILTERED_MESSAGE, reasonOfKey } from './emulator-reasons.js';

export interface AnswerContext {
  readonly settings: EmulatorSettings;
  readonly outcome: OutcomeName | undefined;
  readonly createdAt: Date;
}

export interface ContentContext extends AnswerContext {
  /** What the call came with: it may choose why there is no picture. */
  readonly key: string;
}

export type StreamMode = 'whole' | 'sse' | 'array';

type Json = Readonly<Record<string, JsonValue>>;

/** Recorded pictures have quantisation tables of ones; this is as near as matters. */
const JPEG_QUALITY = 95;
/** How far `candidatesTokenCount` was seen to exceed the sum of its details. */
const UNLABELLED_TOKENS = { min: 90, max: 600 };
const SIGNATURE_BYTES = 768;
const SAFETY_CATEGORIES = ['HATE', 'DANGEROUS_CONTENT', 'HARASSMENT', 'SEXUALLY_EXPLICIT'];

/** The answer to a job in the form that the method and `alt` ask for. */
export async function answerJob(
  job: GeminiJob,
  mode: StreamMode,
  context: ContentContext,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const standing = standingFields(job, context);
  const refused = refusedBody(job, context);
  const picture = refused === undefined && job.wantsImage ? await drawParts(job, context, signal) : [];
  const chunks = refused === undefined ? successBodies(job, picture, mode !== 'whole') : [refused];
  const bodies = chunks.map((chunk) => ({ ...chunk, ...standing }));
  if (mode === 'whole') {
    const body = Buffer.from(JSON.stringify(bodies[0], null, 2));
    return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body };
  }
  const contentType = mode === 'sse' ? 'text/event-stream' : 'application/json; charset=UTF-8';
  return { status: 200, headers: { 'content-type': contentType }, body: writeStream(bodies, mode) };
}

function* writeStream(bodies: readonly Json[], mode: StreamMode): Iterable<string> {
  for (const [index, body] of bodies.entries()) {
    const text = JSON.stringify(body);
    if (mode === 'sse') yield `data: ${text}\r\n\r\n`;
    else yield `${index === 0 ? '[' : '\n,\r\n'}${text}`;
  }
  if (mode === 'array') yield '\n]\n';
}

/** Parts with the final picture, before it a draft where thoughts are shown. */
async function drawParts(job: GeminiJob, context: AnswerContext, signal: AbortSignal): Promise<Json[]> {
  const seed = job.seed === undefined ? randomSeed() : job.seed >>> 0;
  const draw = async (pictureSeed: number): Promise<Json> => {
    const order = {
      ...(context.outcome === 'wrong-size' ? wrongSize(job.size) : job.size),
      ...(job.sources.length === 0
        ? { prompt: job.prompt }
        : { prompt: job.instruction, sources: job.sources }),
      seed: pictureSeed,
      format: job.mimeType === 'image/png' ? 'png' : 'jpeg',
      quality: Math.max(1, job.compressionQuality ?? JPEG_QUALITY),
      label: job.model.id,
    } as const;
    const drawn = await drawPictureBuffer(context.settings, order, signal);
    const bytes = job.mimeType === 'image/jpeg' ? withJpegCredentialsBuffer(drawn) : drawn;
    const text = bytes.toString('base64');
    return { mimeType: job.mimeType, data: context.outcome === 'bad-base64' ? damageBase64(text) : text };
  };
  const final = { inlineData: await draw(seed), ...signature(job) };
  if (!job.showsThoughts) return [final];
  return [
    { text: 'I compose the picture first.', thought: true },
    { inlineData: await draw(seed + 1), thought: true },
    final,
  ];
}

function successBodies(job: GeminiJob, picture: readonly Json[], streamed: boolean): Json[] {
  const usage = successUsage(job);
  // The first text after thinking is signed as well.
  const words = { text: 'Here is your picture.', ...(job.thinks ? signature(job) : {}) };
  const text = job.wantsText || !job.wantsImage ? [words] : [];
  if (!streamed)
    return [{ candidates: [candidate(job, [...text, ...picture], 'STOP')], usageMetadata: usage }];
  // The picture comes whole in one chunk, never in parts; on Vertex only the last chunk counts tokens.
  const early = job.surface === 'gemini' ? { usageMetadata: usage } : {};
  const chunks = [...text, ...picture].map((part) => ({
    candidates: [candidate(job, [part], undefined)],
    ...early,
  }));
  const last = job.surface === 'vertex' ? [{ text: '' }] : undefined;
  return [...chunks, { candidates: [candidate(job, last, 'STOP')], usageMetadata: usage }];
}

/** Answers without a picture, all of them successes to HTTP. */
function refusedBody(job: GeminiJob, context: ContentContext): Json | undefined {
  const usageMetadata = refusedUsage(job);
  const chosen = reasonOfKey(context.key, job.surface);
  if (chosen !== undefined) return { ...chosen, usageMetadata };
  switch (context.outcome) {
    case 'moderated-prompt':
      return { ...blockedBody('PROHIBITED_CONTENT', job.surface), usageMetadata };
    case 'moderated-input':
      return { ...blockedBody('IMAGE_SAFETY', job.surface), usageMetadata };
    case 'moderated-output': {
      const facts = { finishReason: 'IMAGE_SAFETY', finishMessage: FILTERED_MESSAGE };
      return { candidates: [{ content: {}, ...facts, ...candidateIndex(job.surface) }], usageMetadata };
    }
    case 'text-only': {
      const text = 'I would rather describe it: a picture as you asked, in words only.';
      const usage = successUsage({ ...job, wantsImage: false });
      return { candidates: [candidate(job, [{ text }], 'STOP')], usageMetadata: usage };
    }
    case 'no-image':
      return { candidates: [candidate(job, undefined, 'NO_IMAGE')], usageMetadata };
    default:
      return undefined;
  }
}

function candidate(
  job: GeminiJob,
  parts: readonly Json[] | undefined,
  finishReason: string | undefined,
): Json {
  const ratings = SAFETY_CATEGORIES.map((name) => ({
    category: `HARM_CATEGORY_IMAGE_${name}`,
    probability: 'NEGLIGIBLE',
  }));
  return {
    content: { ...(parts === undefined ? {} : { parts }), role: 'model' },
    ...(finishReason === undefined ? {} : { finishReason }),
    ...candidateIndex(job.surface),
    ...(job.surface === 'vertex' && finishReason !== undefined ? { safetyRatings: ratings } : {}),
    ...(job.searches && finishReason === 'STOP'
      ? { groundingMetadata: { webSearchQueries: ['reference'] } }
      : {}),
  };
}

function standingFields(job: GeminiJob, context: AnswerContext): Json {
  return {
    modelVersion: job.model.id,
    responseId: randomBytes(17).toString('base64url'),
    ...(job.surface === 'vertex' ? { createTime: context.createdAt.toISOString() } : {}),
  };
}

function signature(job: GeminiJob): Json {
  return job.model.signs ? { thoughtSignature: randomBytes(SIGNATURE_BYTES).toString('base64') } : {};
}

function promptUsage(job: GeminiJob): {
  readonly promptTokenCount: number;
  readonly promptTokensDetails: Json[];
} {
  const imageTokens = job.inputImages * job.model.inputImageTokens;
  return {
    promptTokenCount: job.promptTextTokens + imageTokens,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: job.promptTextTokens },
      ...(imageTokens === 0 ? [] : [{ modality: 'IMAGE', tokenCount: imageTokens }]),
    ],
  };
}

function successUsage(job: GeminiJob): Json {
  const prompt = promptUsage(job);
  const image = job.wantsImage ? job.imageTokens : 0;
  // 2.5 was recorded with exactly its picture's tokens.
  const more = job.model.signs ? randomInt(UNLABELLED_TOKENS.min, UNLABELLED_TOKENS.max + 1) : 0;
  const thoughts = thoughtTokens(job);
  return {
    ...prompt,
    candidatesTokenCount: image + more,
    ...(thoughts === undefined ? {} : { thoughtsTokenCount: thoughts }),
    totalTokenCount: prompt.promptTokenCount + image + more + (thoughts ?? 0),
    candidatesTokensDetails: image === 0 ? [] : [{ modality: 'IMAGE', tokenCount: image }],
    ...tariff(job),
  };
}

/** Without a picture `candidatesTokenCount` repeats the thoughts, and the total counts them once. */
function refusedUsage(job: GeminiJob): Json {
  const prompt = promptUsage(job);
  const thoughts = thoughtTokens(job);
  return {
    ...prompt,
    candidatesTokenCount: thoughts ?? 0,
    ...(thoughts === undefined ? {} : { thoughtsTokenCount: thoughts }),
    totalTokenCount: prompt.promptTokenCount + (thoughts ?? 0),
    ...tariff(job),
  };
}

function thoughtTokens(job: GeminiJob): number | undefined {
  return job.thinks ? randomInt(120, 500) : undefined;
}

function tariff(job: GeminiJob): Json {
  return job.surface === 'vertex' ? { trafficType: 'ON_DEMAND' } : { serviceTier: 'standard' };
}
