/**
 * Everything the emulated services answer, as strict schemas: the emulator's tests hold its answers against them, and
 * the fixtures from the protocol notes prove that they are the real shapes (§4, §5, §6, §7, §8, §10).
 */
import { z } from 'zod';

const tokenDetails = z.array(z.strictObject({ modality: z.string(), tokenCount: z.int() }));

const usageMetadata = z.strictObject({
  promptTokenCount: z.int(),
  candidatesTokenCount: z.int().optional(),
  thoughtsTokenCount: z.int().optional(),
  totalTokenCount: z.int().optional(),
  promptTokensDetails: tokenDetails.optional(),
  candidatesTokensDetails: tokenDetails.optional(),
  serviceTier: z.string().optional(),
  trafficType: z.string().optional(),
});

const part = z.strictObject({
  text: z.string().optional(),
  inlineData: z.strictObject({ mimeType: z.string(), data: z.string() }).optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
});

const safetyRatings = z.array(z.looseObject({ category: z.string() }));

const candidate = z.strictObject({
  content: z.strictObject({ parts: z.array(part).nullish(), role: z.literal('model').optional() }).optional(),
  finishReason: z.string().optional(),
  finishMessage: z.string().optional(),
  index: z.literal(0).optional(),
  safetyRatings: safetyRatings.optional(),
  groundingMetadata: z.looseObject({}).optional(),
});

/** One answer or one chunk of a stream. */
export const contentAnswer = z.strictObject({
  candidates: z.array(candidate).optional(),
  promptFeedback: z
    .strictObject({
      blockReason: z.string(),
      blockReasonMessage: z.string().optional(),
      safetyRatings: safetyRatings.optional(),
    })
    .optional(),
  usageMetadata: usageMetadata.optional(),
  modelVersion: z.string().optional(),
  responseId: z.string().optional(),
  createTime: z.iso.datetime().optional(),
});

const safetyAttributes = z.strictObject({ categories: z.array(z.string()), scores: z.array(z.number()) });

/** An answer of `predict`; no key at all when everything was filtered. */
export const predictAnswer = z.strictObject({
  predictions: z
    .array(
      z.union([
        z.strictObject({
          mimeType: z.string(),
          bytesBase64Encoded: z.string(),
          prompt: z.string().optional(),
          safetyAttributes: safetyAttributes.optional(),
        }),
        z.strictObject({ raiFilteredReason: z.string() }),
        z.strictObject({ contentType: z.literal('Positive Prompt'), safetyAttributes }),
      ]),
    )
    .optional(),
});

export const errorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.int(),
    message: z.string(),
    status: z.string(),
    details: z
      .array(z.looseObject({ '@type': z.string().startsWith('type.googleapis.com/google.rpc.') }))
      .optional(),
  }),
});

export const modelAnswer = z.strictObject({
  name: z.string().startsWith('models/'),
  version: z.string(),
  displayName: z.string(),
  description: z.string(),
  inputTokenLimit: z.int(),
  outputTokenLimit: z.int(),
  supportedGenerationMethods: z.array(z.string()),
  temperature: z.number().optional(),
  topP: z.number().optional(),
  topK: z.number().optional(),
  maxTemperature: z.number().optional(),
  thinking: z.boolean().optional(),
});

export const modelsAnswer = z.strictObject({
  models: z.array(modelAnswer),
  nextPageToken: z.string().optional(),
});
