/** Imagen's `:predict`, emulated though the service is gone (protocol notes §7). */
import { z } from 'zod';
import { damageBase64 } from '../shared/emulator-body.js';
import type { WireAnswer } from '../shared/emulator-kit.js';
import { drawPictureBuffer, randomSeed, wrongSize } from '../shared/emulator-picture.js';
import type { JsonValue } from '../provider.js';
import type { AnswerContext } from './emulator-answer.js';
import { invalidArgument } from './emulator-errors.js';
import type { Surface } from './emulator-errors.js';
import {
  anything,
  bool,
  int32,
  listOf,
  message,
  number,
  oneOf,
  readMessage,
  text,
} from './emulator-message.js';
import type { ImagenModel } from './emulator-models.js';
import { IMAGEN_RATIOS, imagenPixels } from './emulator-pixels.js';

const PROMPT_TOKENS = 480;
const CHARS_PER_TOKEN = 4;
const DEFAULT_COUNT = 4;
const LANGUAGES = ['auto', 'en', 'zh', 'zh-CN', 'zh-TW', 'hi', 'ja', 'ko', 'pt', 'es'];
const SAFETY_SETTINGS = ['block_low_and_above', 'block_medium_and_above', 'block_only_high', 'block_none'];

const sharedParameters = {
  sampleCount: int32,
  aspectRatio: text,
  sampleImageSize: text,
  personGeneration: oneOf('PersonGeneration', ['dont_allow', 'allow_adult', 'allow_all']),
  safetySetting: oneOf('SafetySetting', SAFETY_SETTINGS),
  includeRaiReason: bool,
  includeSafetyAttributes: bool,
  language: oneOf('Language', LANGUAGES),
  outputOptions: message({ mimeType: text, compressionQuality: int32 }),
  guidanceScale: number,
};
/** The Gemini API's client refuses these, so that its service is taken to do so; `storageUri` needs a bucket. */
const vertexParameters = { ...sharedParameters, seed: int32, addWatermark: bool, enhancePrompt: bool };

const predictRequest = z.object({
  instances: z.array(z.object({ prompt: z.string().default('') })).default([]),
  parameters: z
    .object({
      sampleCount: z.number().default(DEFAULT_COUNT),
      aspectRatio: z.string().default('1:1'),
      sampleImageSize: z.string().default('1K'),
      includeRaiReason: z.boolean().default(false),
      includeSafetyAttributes: z.boolean().default(false),
      outputOptions: z
        .object({ mimeType: z.string().default('image/png'), compressionQuality: z.number().default(75) })
        .prefault({}),
      seed: z.number().optional(),
      addWatermark: z.boolean().default(true),
      enhancePrompt: z.boolean().default(false),
    })
    .prefault({}),
});
export type PredictRequest = z.infer<typeof predictRequest>;

/** Names and types of a body; what it holds is judged by `checkPredict`. */
export function readPredict(body: unknown, surface: Surface): PredictRequest {
  const parameters = message(surface === 'vertex' ? vertexParameters : sharedParameters);
  const instances = listOf(message({ prompt: text }));
  const shape = message({ instances, parameters, ...(surface === 'vertex' ? { labels: anything } : {}) });
  return predictRequest.parse(readMessage(body, shape));
}

/** Refuses what the model doesn't take. None of these texts was captured; all are ours. */
export function checkPredict(request: PredictRequest, model: ImagenModel): void {
  const [instance] = request.instances;
  const { sampleCount, aspectRatio, sampleImageSize, outputOptions, seed, addWatermark } = request.parameters;
  if (instance === undefined || instance.prompt === '' || request.instances.length > 1) {
    throw invalidArgument('Exactly one instance with a prompt is expected.');
  }
  if (Array.from(instance.prompt).length / CHARS_PER_TOKEN > PROMPT_TOKENS) {
    throw invalidArgument(`The prompt is longer than ${PROMPT_TOKENS} tokens.`);
  }
  // One source limits Ultra to one picture, a later one to four; the later is followed.
  if (sampleCount < 1 || sampleCount > 4)
    throw invalidArgument('sampleCount must be between 1 and 4, inclusive.');
  if (!IMAGEN_RATIOS.includes(aspectRatio)) {
    throw invalidArgument(`aspectRatio must be one of ${IMAGEN_RATIOS.join(', ')}.`);
  }
  if (!model.tiers.some((tier) => tier === sampleImageSize)) {
    throw invalidArgument(`sampleImageSize ${sampleImageSize} is not supported by this model.`);
  }
  if (outputOptions.mimeType !== 'image/png' && outputOptions.mimeType !== 'image/jpeg') {
    throw invalidArgument('outputOptions.mimeType must be image/png or image/jpeg.');
  }
  if (outputOptions.compressionQuality < 0 || outputOptions.compressionQuality > 100) {
    throw invalidArgument('outputOptions.compressionQuality must be between 0 and 100, inclusive.');
  }
  if (seed !== undefined && addWatermark)
    throw invalidArgument('Seed is not supported when watermark is enabled.');
}

/** The answer to a checked request, or a filter's shape for it. */
export async function answerPredict(
  request: PredictRequest,
  model: ImagenModel,
  context: AnswerContext,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const { sampleCount, includeRaiReason } = request.parameters;
  switch (context.outcome) {
    case 'moderated-prompt':
    case 'moderated-input':
      throw invalidArgument(
        "Image generation failed with the following error: The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices. Try rephrasing the prompt. If you think this was an error, send feedback. Support codes: 42876398",
      );
    case 'moderated-output': {
      const raiFilteredReason =
        "Unable to show generated images. All images were filtered out because they violated Google's Responsible AI practices. Try rephrasing the prompt. Support codes: 29310472";
      return answer(includeRaiReason ? [{ raiFilteredReason }] : undefined);
    }
    case 'text-only':
      return answer(undefined);
    case 'no-image': {
      // Of several, one is filtered and told of.
      if (sampleCount === 1) return answer(undefined);
      const rest = await drawPredictions(request, model, sampleCount - 1, context, signal);
      const raiFilteredReason =
        'Your current safety filter threshold filtered out 1 generated images. You will not be charged for blocked images. Try rephrasing the prompt. Support codes: 56562880';
      return answer([...rest, { raiFilteredReason }]);
    }
    default: {
      const predictions = await drawPredictions(request, model, sampleCount, context, signal);
      return answer([...predictions, ...promptAttributes(request)]);
    }
  }
}

async function drawPredictions(
  request: PredictRequest,
  model: ImagenModel,
  count: number,
  context: AnswerContext,
  signal: AbortSignal,
): Promise<JsonValue[]> {
  const { parameters } = request;
  const prompt = request.instances[0]?.prompt ?? '';
  const tier = parameters.sampleImageSize === '2K' ? '2K' : '1K';
  const size = imagenPixels(parameters.aspectRatio, tier);
  const { mimeType, compressionQuality } = parameters.outputOptions;
  const predictions: JsonValue[] = [];
  for (let index = 0; index < count; index += 1) {
    const order = {
      ...(context.outcome === 'wrong-size' ? wrongSize(size) : size),
      prompt,
      seed: parameters.seed === undefined ? randomSeed() : (parameters.seed + index) >>> 0,
      format: mimeType === 'image/jpeg' ? 'jpeg' : 'png',
      quality: Math.max(1, compressionQuality),
      label: model.id,
    } as const;
    const base64 = (await drawPictureBuffer(context.settings, order, signal)).toString('base64');
    predictions.push({
      mimeType,
      bytesBase64Encoded: context.outcome === 'bad-base64' ? damageBase64(base64) : base64,
      ...(parameters.enhancePrompt ? { prompt: `${prompt}, finely detailed, in soft natural light` } : {}),
      ...(parameters.includeSafetyAttributes ? { safetyAttributes: attributes(['Porn', 'Violence']) } : {}),
    });
  }
  return predictions;
}

/** With safety attributes the last entry judges the prompt and is no picture. */
function promptAttributes(request: PredictRequest): JsonValue[] {
  if (!request.parameters.includeSafetyAttributes) return [];
  const categories = [
    'Death, Harm & Tragedy',
    'Firearms & Weapons',
    'Hate',
    'Health',
    'Illicit Drugs',
    'Politics',
  ];
  const more = ['Porn', 'Religion & Belief', 'Toxic', 'Violence', 'Vulgarity', 'War & Conflict'];
  return [{ contentType: 'Positive Prompt', safetyAttributes: attributes([...categories, ...more]) }];
}

function attributes(categories: readonly string[]): JsonValue {
  return { categories, scores: categories.map(() => 0) };
}

function answer(predictions: JsonValue[] | undefined): WireAnswer {
  const body = Buffer.from(JSON.stringify(predictions === undefined ? {} : { predictions }, null, 2));
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body };
}
