/** Reads the three forms of request body: messages, the older asynchronous one, the OpenAI-shaped one (§3, §6, §7). */
import { isRecord } from '../shared/emulator-body.js';
import { randomSeed } from '../shared/emulator-picture.js';
import type { PixelSize } from '../shared/emulator-picture.js';
import { refusal, invalidParameter, modelNotFound, wrongPath } from './emulator-errors.js';
import { readInput } from './emulator-inputs.js';
import type { InputPicture } from './emulator-inputs.js';
import { cutPrompt, findEmulatedModel } from './emulator-models.js';
import type { EmulatedModel } from './emulator-models.js';
import { readSize } from './emulator-size.js';

export type Surface = 'messages' | 'message-tasks' | 'legacy-tasks' | 'compatible';
export type Fields = Readonly<Record<string, unknown>>;

const MAX_SEED = 2_147_483_647;
const NEGATIVE_PROMPT_CHARS = 500;

/** A body taken apart, nothing judged but its shape. */
export interface Asked {
  readonly model: EmulatedModel;
  readonly prompt: string;
  readonly negativePrompt: unknown;
  readonly images: readonly unknown[];
  readonly parameters: Fields;
}

/** A request that the service would carry out. */
export interface QwenJob {
  readonly model: EmulatedModel;
  /** As the model reads it: cut, if it was too long. */
  readonly prompt: string;
  readonly lostChars: number;
  readonly negativePrompt: string;
  readonly lostNegativeChars: number;
  readonly count: number;
  readonly size: PixelSize;
  readonly seed: number;
  readonly rewrites: boolean;
  readonly inputs: readonly InputPicture[];
}

/** Finds the model, whether the path serves it, and the texts and pictures. */
export function readAsked(body: unknown, surface: Surface): Asked {
  if (!isRecord(body)) throw invalidParameter('Required body invalid, please check the request body format.');
  const { model: id } = body;
  if (id === undefined || id === null || id === '') {
    throw refusal(400, 'BadRequest.EmptyModel', 'Required parameter "model" missing from request.');
  }
  const model = typeof id === 'string' ? findEmulatedModel(id) : undefined;
  if (model === undefined) throw modelNotFound();
  const served = {
    messages: true,
    'message-tasks': model.family === 'third',
    'legacy-tasks': model.legacyTasks,
    compatible: model.family === 'third',
  };
  if (!served[surface]) throw surface === 'compatible' ? modelNotFound() : wrongPath();
  if (surface === 'compatible') {
    const { image, prompt, negative_prompt: negativePrompt } = body;
    const images = image === undefined || image === null ? [] : [image].flat();
    return { model, prompt: readPrompt(prompt, 'prompt'), negativePrompt, images, parameters: body };
  }
  const { input, parameters = {} } = body;
  if (!isRecord(input)) {
    throw refusal(400, 'BadRequest.EmptyInput', 'Required parameter "input" missing from request.');
  }
  if (!isRecord(parameters)) {
    throw refusal(400, 'BadRequest.EmptyParameters', 'Required parameter "parameters" missing from request.');
  }
  if (surface === 'legacy-tasks') {
    const prompt = readPrompt(input['prompt'], 'input.prompt');
    // One in `parameters` is not looked at on this path.
    return { model, prompt, negativePrompt: input['negative_prompt'], images: [], parameters };
  }
  const { prompt, images } = readMessage(input['messages']);
  return { model, prompt, negativePrompt: parameters['negative_prompt'], images, parameters };
}

/** Judges everything that a body holds beside its texts. */
export function readJob(asked: Asked, surface: Surface): QwenJob {
  const { model, parameters } = asked;
  checkCount(asked);
  const inputs = asked.images.map(readInput);
  const first = model.family === 'first-edit';
  if (first && parameters['prompt_extend'] !== undefined)
    throw invalidParameter('prompt_extend is not supported by this model');
  const size = readSize(parameters['size'], model, inputs, surface === 'compatible' ? 'x' : '*');
  const count = readInteger(parameters, 'n', 1, Number.MAX_SAFE_INTEGER) ?? 1;
  // The vendor's real words where a model makes one picture only.
  if (model.maxCount === 1 && count > 1) throw invalidParameter('num_images_per_prompt must be 1');
  if (count > model.maxCount) throw invalidParameter(`n must be in [1, ${model.maxCount}]`);
  readBoolean(parameters, 'watermark');
  readBoolean(parameters, 'enable_thinking');
  const mode = parameters['prompt_extend_mode'] ?? 'direct';
  if (mode !== 'direct' && mode !== 'agent')
    throw invalidParameter('prompt_extend_mode must be direct or agent');
  if (mode === 'agent' && inputs.length > 0)
    throw invalidParameter('prompt_extend_mode agent does not support images');
  const rewrites = readBoolean(parameters, 'prompt_extend') ?? true;
  const negative = readNegative(asked);
  const { kept, lostChars } = cutPrompt(asked.prompt, model.promptLimit);
  return {
    model,
    prompt: kept,
    lostChars,
    negativePrompt: negative.kept,
    lostNegativeChars: negative.lostChars,
    count,
    size,
    seed: readInteger(parameters, 'seed', 0, MAX_SEED) ?? randomSeed(),
    rewrites: rewrites && !first,
    inputs,
  };
}

function readMessage(messages: unknown): { readonly prompt: string; readonly images: readonly unknown[] } {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
  const [message] = list;
  if (list.length !== 1 || !isRecord(message)) throw invalidParameter('messages length must be 1');
  if (message['role'] !== 'user') throw invalidParameter('role must be user');
  const content: unknown = message['content'];
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  const texts: unknown[] = [];
  const images: unknown[] = [];
  for (const part of parts) {
    const keys = isRecord(part) ? Object.keys(part) : [];
    if (!isRecord(part) || keys.length !== 1 || (keys[0] !== 'text' && keys[0] !== 'image')) {
      throw invalidParameter('content must be a list of text and image');
    }
    if (keys[0] === 'text') texts.push(part['text']);
    else images.push(part['image']);
  }
  if (texts.length !== 1) throw invalidParameter('content must contain exactly one text');
  return { prompt: readPrompt(texts[0], 'text'), images };
}

function readPrompt(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidParameter(`${name} must be a non-empty string`);
}

function checkCount({ model, images }: Asked): void {
  if (images.length > model.maxImages) {
    throw invalidParameter(
      model.maxImages === 0
        ? 'image is not supported by this model'
        : `the number of images must be at most ${model.maxImages}`,
    );
  }
  if (images.length < model.minImages) throw invalidParameter('at least one image is required by this model');
}

function readNegative({ model, negativePrompt }: Asked): { kept: string; lostChars: number } {
  const value = negativePrompt ?? '';
  if (typeof value !== 'string') throw invalidParameter('negative_prompt must be str');
  if (value !== '' && !model.negativePrompt)
    throw invalidParameter('negative_prompt is not supported by this model');
  return cutPrompt(value, { unit: 'characters', max: NEGATIVE_PROMPT_CHARS });
}

function readInteger(fields: Fields, name: string, min: number, max: number): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalidParameter(`${name} must be int`);
  if (value < min || value > max) throw invalidParameter(`${name} must be in [${min}, ${max}]`);
  return value;
}

function readBoolean(fields: Fields, name: string): boolean | undefined {
  const value = fields[name] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean') throw invalidParameter(`${name} must be bool`);
  return value;
}
