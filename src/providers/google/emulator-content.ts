/** Judges a `generateContent` request as the service would and says what it comes to (protocol notes §2, §3, §4, §13). */
import { readPictureHeader } from '../shared/emulator-picture.js';
import type { PixelSize } from '../shared/emulator-picture.js';
import { invalidArgument, invalidPayload, refusal, serverError } from './emulator-errors.js';
import type { Surface } from './emulator-errors.js';
import { TOKENS_2_5 } from './emulator-models.js';
import type { GeminiModel, Tier } from './emulator-models.js';
import { geminiPixels, isRatio, nearestRatio } from './emulator-pixels.js';
import type { ContentRequest, ParsedPart } from './emulator-schema.js';

/** A request that the service would carry out. */
export interface GeminiJob {
  readonly model: GeminiModel;
  readonly surface: Surface;
  readonly prompt: string;
  readonly promptTextTokens: number;
  readonly inputImages: number;
  /** The pictures that are edited, first the one that the words are about. */
  readonly sources: readonly Buffer[];
  /** What the user said last. */
  readonly instruction: string;
  readonly size: PixelSize;
  readonly imageTokens: number;
  readonly seed: number | undefined;
  readonly wantsText: boolean;
  readonly wantsImage: boolean;
  readonly thinks: boolean;
  readonly showsThoughts: boolean;
  readonly searches: boolean;
  readonly mimeType: 'image/png' | 'image/jpeg';
  readonly compressionQuality: number | undefined;
}

const CHARS_PER_TOKEN = 4;
const MEGABYTE = 1024 * 1024;
/** Vertex takes so much per inline picture; the Gemini API limits the whole body, from memory to 100 MB. */
const VERTEX_PICTURE_BYTES = 7 * MEGABYTE;
export const BODY_LIMIT_BYTES = 100 * MEGABYTE;
const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'];
const UNREAD_TYPES = ['image/heic', 'image/heif'];
const TIERS: readonly Tier[] = ['512', '1K', '2K', '4K'];

/** The texts that the model works from: what the user said, and the standing instruction. */
export function readPrompt(request: ContentRequest): string {
  const user = request.contents.filter((content) => content.role !== 'model');
  const parts = [...user, ...(request.systemInstruction === undefined ? [] : [request.systemInstruction])];
  return textOf(parts);
}

function textOf(contents: ContentRequest['contents']): string {
  return contents
    .flatMap((content) => content.parts.map((part) => part.text ?? ''))
    .filter(Boolean)
    .join('\n');
}

/** Everything that the service checks once names and types are right. */
export function readJob(request: ContentRequest, model: GeminiModel, surface: Surface): GeminiJob {
  const config = request.generationConfig;
  checkContents(request, model);
  const pictures = readPictures(request, model, surface);
  checkConfig(request, model);
  const level = config.thinkingConfig?.thinkingLevel?.toLowerCase() ?? model.thinking?.default;
  const { ratio, tier } = readShape(request, model, pictures.at(-1));
  const size = geminiPixels(model, ratio, tier);
  if (size === undefined) throw invalidArgument('Aspect ratio is not enabled for this model');
  const modalities = config.responseModalities ?? ['TEXT', 'IMAGE'];
  const prompt = readPrompt(request);
  const promptTextTokens = Math.max(1, Math.ceil(Array.from(prompt).length / CHARS_PER_TOKEN));
  const inputTokens = promptTextTokens + pictures.length * model.inputImageTokens;
  if (inputTokens > model.inputTokenLimit) {
    throw invalidArgument(
      `The input token count (${inputTokens}) exceeds the maximum number of tokens allowed (${model.inputTokenLimit}).`,
    );
  }
  return {
    model,
    surface,
    prompt,
    promptTextTokens,
    inputImages: pictures.length,
    sources: sourcesOf(pictures),
    instruction: textOf(request.contents.filter(({ role }) => role !== 'model').slice(-1)),
    size,
    imageTokens: model.tierTokens?.[tier] ?? TOKENS_2_5,
    seed: config.seed,
    wantsText: modalities.includes('TEXT'),
    wantsImage: modalities.includes('IMAGE'),
    thinks: model.thinking !== undefined && (level !== 'minimal' || model.thinking.always),
    showsThoughts: config.thinkingConfig?.includeThoughts === true && model.thinking !== undefined,
    searches: request.tools.some((tool) => tool.googleSearch !== undefined),
    ...readOutput(request, model),
  };
}

function checkContents(request: ContentRequest, model: GeminiModel): void {
  if (request.contents.length === 0) {
    throw invalidArgument('* GenerateContentRequest.contents: contents is not specified\n');
  }
  for (const [index, content] of request.contents.entries()) {
    if (content.role !== undefined && content.role !== 'user' && content.role !== 'model') {
      throw invalidArgument('Please use a valid role: user, model.');
    }
    if (content.parts.length === 0) {
      throw invalidArgument(
        `* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.\n`,
      );
    }
    if (content.role === 'model' && model.signs) checkSignatures(content.parts, index);
  }
}

/** Pictures of the model's own come back signed or not at all; drafts (thoughts) never were. */
function checkSignatures(parts: readonly ParsedPart[], contentIndex: number): void {
  for (const [index, part] of parts.entries()) {
    if (part.inlineData === undefined || part.thought === true || part.thoughtSignature !== undefined)
      continue;
    throw invalidArgument(
      `Image part is missing a thought_signature in content position ${contentIndex + 1}, part position ${index + 1}.`,
    );
  }
}

interface InputPicture extends PixelSize {
  readonly from: 'user' | 'model' | 'draft';
  /** Undefined for what can't be decoded here. */
  readonly bytes: Buffer | undefined;
}

/** The input pictures of all turns in order; those that can't be read count as squares. */
function readPictures(
  request: ContentRequest,
  model: GeminiModel,
  surface: Surface,
): readonly InputPicture[] {
  const parts = request.contents.flatMap((content) =>
    content.parts.map((part) => ({ ...part, from: senderOf(content, part) })),
  );
  if (parts.some((part) => part.fileData !== undefined)) {
    // An emulator keeps no files and fetches nothing.
    throw refusal(
      403,
      'PERMISSION_DENIED',
      'You do not have permission to access the File or it may not exist.',
    );
  }
  const pictures = parts.flatMap(({ inlineData, from }) =>
    inlineData === undefined ? [] : [{ ...inlineData, from }],
  );
  if (pictures.length > model.maxInputImages) {
    throw invalidArgument(`Too many images in the request: at most ${model.maxInputImages} are supported.`);
  }
  return pictures.map(({ mimeType, data, from }) => {
    const unread = { width: 1, height: 1, bytes: undefined, from };
    const isDocument = mimeType === 'application/pdf' || mimeType.startsWith('video/');
    if (isDocument && model.documents) return unread;
    if (!PICTURE_TYPES.includes(mimeType)) throw unreadable();
    const bytes = Buffer.from(data, 'base64');
    if (surface === 'vertex' && bytes.length > VERTEX_PICTURE_BYTES) throw unreadable();
    if (UNREAD_TYPES.includes(mimeType)) return unread;
    const header = readPictureHeader(bytes);
    if (header === undefined) throw unreadable();
    return { width: header.width, height: header.height, bytes, from };
  });
}

function senderOf({ role }: ContentRequest['contents'][number], part: ParsedPart): InputPicture['from'] {
  if (role !== 'model') return 'user';
  return part.thought === true ? 'draft' : 'model';
}

/** In a conversation the model's latest picture is edited; what the user showed comes behind it. */
function sourcesOf(pictures: readonly InputPicture[]): readonly Buffer[] {
  const latest = pictures.findLast(({ from }) => from === 'model');
  const shown = pictures.filter(({ from }) => from === 'user');
  return [...(latest === undefined ? [] : [latest]), ...shown].flatMap(({ bytes }) => bytes ?? []);
}

function checkConfig(request: ContentRequest, model: GeminiModel): void {
  const config = request.generationConfig;
  if ((config.candidateCount ?? 1) !== 1) {
    throw invalidArgument('Multiple candidates is not enabled for this model');
  }
  const level = config.thinkingConfig?.thinkingLevel?.toLowerCase();
  if (level !== undefined && model.thinking?.levels.some((known) => known === level) !== true) {
    throw invalidArgument('Thinking level is not supported for this model.');
  }
  // The refusals below are known to happen; their texts are ours.
  const temperature = config.temperature ?? 1;
  if (temperature < 0 || temperature > 1) {
    throw invalidArgument(
      '* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 1.0].\n',
    );
  }
  if (config.responseModalities?.includes('AUDIO') === true) {
    throw invalidArgument('The requested combination of response modalities is not supported by the model.');
  }
  if (!model.functions && request.tools.some((tool) => tool.functionDeclarations !== undefined)) {
    throw invalidArgument('Function calling is not enabled for this model');
  }
  if (!model.functions && (config.responseMimeType ?? 'text/plain') !== 'text/plain') {
    throw invalidArgument('JSON mode is not enabled for this model');
  }
  if (!model.search && request.tools.some((tool) => tool.googleSearch !== undefined)) {
    throw invalidArgument('Search Grounding is not enabled for this model');
  }
}

/** The ratio asked, else the last input picture's, else a square; the tier asked, else 1K. */
function readShape(
  request: ContentRequest,
  model: GeminiModel,
  picture: PixelSize | undefined,
): { readonly ratio: string; readonly tier: Tier } {
  const { imageConfig, responseFormat } = request.generationConfig;
  const ratio = imageConfig?.aspectRatio ?? responseFormat?.image?.aspectRatio;
  if (ratio !== undefined && !isRatio(ratio)) throw badString('aspect_ratio', ratio);
  const asked = imageConfig?.imageSize ?? responseFormat?.image?.imageSize;
  // What 2.5 was seen to answer to any size.
  if (asked !== undefined && model.tierTokens === undefined) throw serverError();
  const tier = TIERS.find((known) => known === (asked ?? '1K'));
  if (tier === undefined || (model.tierTokens !== undefined && model.tierTokens[tier] === undefined)) {
    throw badString('image_size', asked ?? '');
  }
  const followed = picture === undefined ? '1:1' : nearestRatio(model, picture);
  return { ratio: ratio ?? followed, tier };
}

function readOutput(
  request: ContentRequest,
  model: GeminiModel,
): Pick<GeminiJob, 'mimeType' | 'compressionQuality'> {
  const options = request.generationConfig.imageConfig?.imageOutputOptions;
  const mimeType = options?.mimeType ?? model.mimeType;
  if (mimeType !== 'image/png' && mimeType !== 'image/jpeg')
    throw badString('image_output_options.mime_type', mimeType);
  return { mimeType, compressionQuality: options?.compressionQuality };
}

/** No true text of this refusal was ever captured. */
function badString(name: string, value: string): Error {
  const field = `generation_config.image_config.${name}`;
  return invalidPayload([
    { field, description: `Invalid value at '${field}' (TYPE_STRING), ${JSON.stringify(value)}` },
  ]);
}

function unreadable(): Error {
  return invalidArgument(
    'Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  );
}
