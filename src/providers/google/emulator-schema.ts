/** The messages of a `generateContent` request, by surface (protocol notes §2). */
import { z } from 'zod';
import type { Surface } from './emulator-errors.js';
import { anything, bool, bytes, int32, listOf, message, number, oneOf, text } from './emulator-message.js';
import type { Shape } from './emulator-message.js';

const RATIO_NAMES: Readonly<Record<string, string>> = {
  ONE_BY_ONE: '1:1',
  TWO_BY_THREE: '2:3',
  THREE_BY_TWO: '3:2',
  THREE_BY_FOUR: '3:4',
  FOUR_BY_THREE: '4:3',
  FOUR_BY_FIVE: '4:5',
  FIVE_BY_FOUR: '5:4',
  NINE_BY_SIXTEEN: '9:16',
  SIXTEEN_BY_NINE: '16:9',
  TWENTY_ONE_BY_NINE: '21:9',
  ONE_BY_FOUR: '1:4',
  FOUR_BY_ONE: '4:1',
  ONE_BY_EIGHT: '1:8',
  EIGHT_BY_ONE: '8:1',
};
const SIZE_NAMES: Readonly<Record<string, string>> = {
  FIVE_TWELVE: '512',
  ONE_K: '1K',
  TWO_K: '2K',
  FOUR_K: '4K',
};

const blob = message({ mimeType: text, data: bytes, displayName: text });

const part = message({
  text,
  inlineData: blob,
  fileData: message({ mimeType: text, fileUri: text, displayName: text }),
  thought: bool,
  thoughtSignature: bytes,
  functionCall: anything,
  functionResponse: anything,
  executableCode: anything,
  codeExecutionResult: anything,
  videoMetadata: anything,
  mediaResolution: anything,
});

const content = message({ role: text, parts: listOf(part) });

const safetySetting = message({
  category: oneOf(
    'HarmCategory',
    ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT', 'CIVIC_INTEGRITY'].map(
      (name) => `HARM_CATEGORY_${name}`,
    ),
  ),
  threshold: oneOf('SafetySetting.HarmBlockThreshold', [
    'BLOCK_LOW_AND_ABOVE',
    'BLOCK_MEDIUM_AND_ABOVE',
    'BLOCK_ONLY_HIGH',
    'BLOCK_NONE',
    'OFF',
  ]),
});

const generationConfig = {
  responseModalities: listOf(oneOf('GenerationConfig.Modality', ['TEXT', 'IMAGE', 'AUDIO'])),
  // Plain strings here are the well-known trap: this message takes the names of enums.
  responseFormat: message({
    text: anything,
    image: message({
      aspectRatio: oneOf(
        'ImageResponseFormat.AspectRatio',
        Object.keys(RATIO_NAMES).map((name) => `ASPECT_RATIO_${name}`),
      ),
      imageSize: oneOf(
        'ImageResponseFormat.ImageSize',
        Object.keys(SIZE_NAMES).map((name) => `IMAGE_SIZE_${name}`),
      ),
    }),
  }),
  seed: int32,
  temperature: number,
  topP: number,
  topK: number,
  candidateCount: int32,
  maxOutputTokens: int32,
  stopSequences: listOf(text),
  thinkingConfig: message({
    thinkingLevel: oneOf('ThinkingConfig.ThinkingLevel', ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']),
    includeThoughts: bool,
    thinkingBudget: int32,
  }),
  responseMimeType: text,
  responseSchema: anything,
  responseJsonSchema: anything,
  presencePenalty: number,
  frequencyPenalty: number,
  mediaResolution: text,
  speechConfig: anything,
};

const imageConfig = { aspectRatio: text, imageSize: text };
const vertexImageConfig = {
  ...imageConfig,
  personGeneration: oneOf('ImageConfig.PersonGeneration', ['ALLOW_ALL', 'ALLOW_ADULT', 'ALLOW_NONE']),
  prominentPeople: oneOf('ImageConfig.ProminentPeople', ['ALLOW_PROMINENT_PEOPLE', 'BLOCK_PROMINENT_PEOPLE']),
  imageOutputOptions: message({ mimeType: text, compressionQuality: int32 }),
};

const common = {
  model: text,
  contents: listOf(content),
  systemInstruction: content,
  safetySettings: listOf(safetySetting),
  tools: listOf(
    message({
      googleSearch: anything,
      functionDeclarations: anything,
      codeExecution: anything,
      urlContext: anything,
    }),
  ),
  toolConfig: anything,
  cachedContent: text,
};

/** Vertex knows fields that the Gemini API refuses, and the other way round. */
export function contentRequestShape(surface: Surface): Shape {
  if (surface === 'vertex') {
    const config = message({ ...generationConfig, imageConfig: message(vertexImageConfig) });
    return message({ ...common, labels: anything, generationConfig: config });
  }
  const config = message({ ...generationConfig, imageConfig: message(imageConfig) });
  const tier = oneOf('ServiceTier', ['standard', 'flex', 'priority']);
  return message({ ...common, serviceTier: tier, generationConfig: config });
}

const parsedPart = z.object({
  text: z.string().optional(),
  inlineData: z.object({ mimeType: z.string().default(''), data: z.string().default('') }).optional(),
  fileData: z.object({ fileUri: z.string().default('') }).optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
});
export type ParsedPart = z.infer<typeof parsedPart>;

const parsedContent = z.object({ role: z.string().optional(), parts: z.array(parsedPart).default([]) });

/** What the emulator reads of a body whose names and types are proven. */
export const contentRequest = z.object({
  contents: z.array(parsedContent).default([]),
  systemInstruction: parsedContent.optional(),
  tools: z
    .array(z.object({ googleSearch: z.unknown().optional(), functionDeclarations: z.unknown().optional() }))
    .default([]),
  generationConfig: z
    .object({
      responseModalities: z.array(z.string()).optional(),
      imageConfig: z
        .object({
          aspectRatio: z.string().optional(),
          imageSize: z.string().optional(),
          imageOutputOptions: z
            .object({ mimeType: z.string().optional(), compressionQuality: z.number().optional() })
            .optional(),
        })
        .optional(),
      responseFormat: z
        .object({
          image: z
            .object({
              aspectRatio: z
                .string()
                .transform((name) => RATIO_NAMES[name.slice('ASPECT_RATIO_'.length)])
                .optional(),
              imageSize: z
                .string()
                .transform((name) => SIZE_NAMES[name.slice('IMAGE_SIZE_'.length)])
                .optional(),
            })
            .optional(),
        })
        .optional(),
      seed: z.number().optional(),
      temperature: z.number().optional(),
      candidateCount: z.number().optional(),
      responseMimeType: z.string().optional(),
      thinkingConfig: z
        .object({ thinkingLevel: z.string().optional(), includeThoughts: z.boolean().optional() })
        .optional(),
    })
    .default({}),
});
export type ContentRequest = z.infer<typeof contentRequest>;
