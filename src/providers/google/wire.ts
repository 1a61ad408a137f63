/**
 * What is read of Google's answers (protocol notes §4, §5, §7, §8): lenient, and only the members that matter. Reasons are
 * open strings, because new ones appear without notice.
 */
import { z } from 'zod';
import { pictureRef } from '../shared/json-pictures.js';

/** An empty or foreign value is as good as none. */
const picture = pictureRef.nullish().catch(undefined);

const part = z.object({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  inlineData: z.object({ mimeType: z.string().nullish(), data: picture }).nullish(),
});
export type WirePart = z.infer<typeof part>;

const candidate = z.object({
  content: z.object({ parts: z.array(part).nullish() }).nullish(),
  finishReason: z.string().nullish(),
  finishMessage: z.string().nullish(),
});

const tokenDetails = z.array(z.object({ modality: z.string().nullish(), tokenCount: z.number().nullish() }));

const usageMetadata = z.object({
  promptTokenCount: z.number().nullish(),
  candidatesTokenCount: z.number().nullish(),
  thoughtsTokenCount: z.number().nullish(),
  totalTokenCount: z.number().nullish(),
  promptTokensDetails: tokenDetails.nullish(),
  candidatesTokensDetails: tokenDetails.nullish(),
});
export type WireUsage = z.infer<typeof usageMetadata>;

/** A whole answer of `:generateContent`, its base64 replaced by references to stored pictures. */
export const generateContentResponse = z.object({
  candidates: z.array(candidate).nullish(),
  promptFeedback: z
    .object({ blockReason: z.string().nullish(), blockReasonMessage: z.string().nullish() })
    .nullish(),
  // Counts that can't be understood must not cost the picture beside them.
  usageMetadata: usageMetadata.nullish().catch(undefined),
  modelVersion: z.string().nullish(),
  responseId: z.string().nullish(),
});
export type WireAnswer = z.infer<typeof generateContentResponse>;

/** An entry without bytes is a filter's reason or a score of the prompt, no picture. */
const prediction = z.object({
  bytesBase64Encoded: picture,
  prompt: z.string().nullish(),
  raiFilteredReason: z.string().nullish(),
});

/** A whole answer of `:predict`; `predictions` may be missing altogether. */
export const predictResponse = z.object({ predictions: z.array(prediction).nullish() });

const errorDetail = z.object({
  reason: z.string().nullish(),
  retryDelay: z.string().nullish(),
  violations: z
    .array(z.object({ quotaId: z.string().nullish(), quotaValue: z.coerce.string().nullish() }))
    .nullish()
    .catch(undefined),
});

const errorMember = z.object({
  message: z.string().nullish(),
  status: z.string().nullish(),
  details: z.array(errorDetail).nullish().catch(undefined),
});
export type WireError = z.infer<typeof errorMember>;

/** The envelope of every error; array mode wraps it once more. */
export const errorEnvelope = z.union([
  z.object({ error: errorMember }),
  z.tuple([z.object({ error: errorMember })]).transform(([envelope]) => envelope),
]);
