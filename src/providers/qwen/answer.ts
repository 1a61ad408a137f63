/** From finished answers, in all their shapes, to pictures (protocol notes §3, §6, §7). */
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderEvent, ProviderIo, UpstreamResponse } from '../provider.js';
import { upstreamFacts } from '../shared/upstream-error.js';
import { hasInputs, qwenError } from './errors.js';
import type { ErrorContext } from './errors.js';
import { openAiAnswer } from './wire.js';
import type { WireAnswer, WireOutput } from './wire.js';

/** A picture of an answer, or why there is none. */
type Item =
  { readonly url: string; readonly revisedPrompt: string | undefined } | { readonly error: ProviderError };

/** Where the failures of a call are told. */
export function contextOf(
  call: NativeCall,
  response: UpstreamResponse,
  requestId: string | null | undefined,
  io: ProviderIo,
): ErrorContext {
  const { status, headers } = response;
  return {
    status,
    headers,
    requestId: requestId ?? headers['x-request-id'],
    io,
    hasInputs: hasInputs(call),
  };
}

/**
 * Yields the facts and the pictures of a finished call or task.
 * @throws ProviderError the first reason, when there is no picture at all
 */
export function* readPictures(
  call: NativeCall,
  answer: WireAnswer,
  context: ErrorContext,
): Iterable<ProviderEvent> {
  yield { type: 'answered', requestId: context.requestId, reported: reportedFacts(answer) };
  yield* tell(call, itemsOf(answer.output ?? {}, context), context);
}

/** Yields the pictures of an answer in the OpenAI-shaped form. */
export function* readOpenAiPictures(
  call: NativeCall,
  value: unknown,
  context: ErrorContext,
): Iterable<ProviderEvent> {
  const parsed = openAiAnswer.safeParse(value);
  if (!parsed.success) throw unexpectedShape(context, parsed.error);
  yield { type: 'answered', requestId: context.requestId, reported: {} };
  const items = (parsed.data.data ?? []).flatMap(({ url }): Item[] =>
    url ? [{ url, revisedPrompt: undefined }] : [],
  );
  yield* tell(call, items, context);
}

/** The error for JSON that parses and isn't what the protocol promises. */
export function unexpectedShape(
  { status, requestId }: Pick<ErrorContext, 'status' | 'requestId'>,
  cause: unknown,
): ProviderError {
  return new ProviderError({
    kind: 'bad_response',
    retryable: true,
    billed: 'unknown',
    message: 'Alibaba sent an answer of another shape than documented.',
    upstream: upstreamFacts({ status, requestId }),
    cause,
  });
}

function* tell(call: NativeCall, items: readonly Item[], context: ErrorContext): Iterable<ProviderEvent> {
  const missing = qwenError({ code: undefined, message: undefined }, context);
  const failed = items.flatMap((item) => ('error' in item ? [item.error] : []));
  if (failed.length === items.length) throw failed[0] ?? missing;
  for (let index = 0; index < call.count; index++) {
    const item = items[index] ?? { error: missing };
    yield 'error' in item
      ? { type: 'image-failed', index, error: item.error }
      : {
          type: 'image',
          index,
          image: { kind: 'url', url: item.url },
          revisedPrompt: item.revisedPrompt,
          // Of several pictures only the first can have it, and nothing says so.
          seed: call.count === 1 ? sentSeed(call) : undefined,
        };
  }
}

/** Several pictures come as several choices or as several parts of one: both levels are flattened. */
function itemsOf(output: WireOutput, context: ErrorContext): readonly Item[] {
  const parts = (output.choices ?? []).flatMap(({ message }) => message?.content ?? []);
  return [
    ...parts.flatMap(({ image }): Item[] => (image ? [{ url: image, revisedPrompt: undefined }] : [])),
    ...(output.results ?? []).map(({ url, actual_prompt: actual, code, message }): Item => {
      if (url) return { url, revisedPrompt: actual ?? undefined };
      return { error: qwenError({ code: code ?? undefined, message: message ?? undefined }, context) };
    }),
  ];
}

function sentSeed({ body }: NativeCall): number | undefined {
  const { parameters } = body;
  if (typeof parameters !== 'object' || parameters === null || !('seed' in parameters)) return undefined;
  const { seed } = parameters;
  return typeof seed === 'number' ? seed : undefined;
}

function reportedFacts({ output, usage }: WireAnswer): Readonly<Record<string, string>> {
  const width = usage?.width ?? usage?.output_width;
  const height = usage?.height ?? usage?.output_height;
  const facts = {
    task_id: output?.task_id,
    size: width && height ? `${width}x${height}` : undefined,
    rewrite_status: output?.rewrite_status,
    output_image_type: usage?.output_image_type,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
