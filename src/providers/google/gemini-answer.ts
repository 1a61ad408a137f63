/** Reads an answer of `:generateContent` (protocol notes §4). */
import type { ProviderEvent, StoredImage, TokenUsage } from '../provider.js';
import { tellIfMissing } from '../shared/missing-member.js';
import type { ReadAnswer } from './read-answer.js';
import { unexpectedShape } from './read-answer.js';
import { explainNoImage } from './outcome.js';
import { generateContentResponse } from './wire.js';
import type { WireAnswer, WirePart, WireUsage } from './wire.js';

/** Longest text that a call can carry. Without its signature a picture starts a conversation afresh. */
const MAX_SIGNATURE_CHARS = 8 * 1024 * 1024;

/**
 * Yields facts, usage and the picture. Of several the last is taken: the others are drafts, flagged or not.
 * @throws ProviderError why there is none (protocol notes §5), after usage was told
 */
export async function* readGemini(read: ReadAnswer): AsyncIterable<ProviderEvent> {
  const parsed = generateContentResponse.safeParse(read.value);
  if (!parsed.success) throw unexpectedShape(read.upstream, parsed.error);
  const answer = parsed.data;
  tellIfMissing(read.io, 'candidates', answer.candidates ?? answer.promptFeedback);
  const requestId = answer.responseId ?? read.upstream.requestId;
  const chosen = choosePicture(answer, read.pictures);
  yield { type: 'answered', requestId, reported: reportedFacts(answer) };
  const usage = tokenUsage(answer.usageMetadata);
  if (usage !== undefined) yield { type: 'usage', usage, costMicrocredits: undefined };
  if (chosen === undefined) {
    throw explainNoImage(answer, {
      hasInputs: hasInputs(read.call.body['contents']),
      upstream: { ...read.upstream, ...(requestId === undefined ? {} : { requestId }) },
      secrets: read.secrets,
    });
  }
  // A later edit that goes on from this picture has to send its signature back unchanged.
  const signature = chosen.part.thoughtSignature ?? '';
  const returnable = signature !== '' && signature.length <= MAX_SIGNATURE_CHARS;
  const continuation = returnable ? await read.store(Buffer.from(signature)) : undefined;
  yield {
    type: 'image',
    index: 0,
    image: { kind: 'stored', image: read.keeper.take(chosen.image) },
    revisedPrompt: undefined,
    seed: undefined,
    ...(continuation === undefined ? {} : { continuation }),
  };
}

interface Chosen {
  readonly part: WirePart;
  readonly image: StoredImage;
}

/** The last picture that is no thought, or else the last thought: once the only picture was flagged as one. */
function choosePicture(answer: WireAnswer, pictures: readonly StoredImage[]): Chosen | undefined {
  const found = (answer.candidates ?? [])
    .flatMap((candidate) => candidate.content?.parts ?? [])
    .flatMap((part): Chosen[] => {
      const reference = part.inlineData?.data;
      const image = reference ? pictures[reference.$picture] : undefined;
      const mimeType = part.inlineData?.mimeType ?? 'image/';
      return image === undefined || !mimeType.startsWith('image/') ? [] : [{ part, image }];
    });
  return found.findLast(({ part }) => part.thought !== true) ?? found.at(-1);
}

function reportedFacts(answer: WireAnswer): Readonly<Record<string, string>> {
  const facts = {
    model_version: answer.modelVersion,
    finish_reason: answer.candidates?.[0]?.finishReason,
    block_reason: answer.promptFeedback?.blockReason,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/**
 * Output is what the total holds beside the prompt: thoughts, text and picture. The parts don't add up otherwise: details
 * leave tokens unlabelled, and a refusal counts its thoughts twice.
 */
function tokenUsage(usage: WireUsage | null | undefined): TokenUsage | undefined {
  if (usage === null || usage === undefined) return undefined;
  const inputTokens = usage.promptTokenCount ?? 0;
  const totalTokens =
    usage.totalTokenCount ??
    inputTokens + (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
  return {
    inputTokens,
    outputTokens: Math.max(0, totalTokens - inputTokens),
    totalTokens,
    inputTextTokens: modalityTokens(usage.promptTokensDetails, 'TEXT'),
    inputImageTokens: modalityTokens(usage.promptTokensDetails, 'IMAGE'),
    outputImageTokens: modalityTokens(usage.candidatesTokensDetails, 'IMAGE'),
    outputTextTokens: modalityTokens(usage.candidatesTokensDetails, 'TEXT'),
  };
}

function modalityTokens(details: WireUsage['promptTokensDetails'], modality: string): number | undefined {
  return details?.find((detail) => detail.modality === modality)?.tokenCount ?? undefined;
}

/** Whether a part of the request is a picture, inline or by address. */
function hasInputs(contents: unknown): boolean {
  return /"(?:inlineData|fileData)":/.test(JSON.stringify(contents ?? null));
}
