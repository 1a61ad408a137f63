/**
 * Scripted outcomes of the emulators: `[[emulate:NAME]]` in a prompt or the header `x-emulate`. Emulators keep no
 * counters; which attempt and image a call stands for comes with it in `x-emulate-scope`.
 */

const OUTCOMES = [
  'moderated-prompt',
  'moderated-input',
  'moderated-output',
  'rate-limited',
  'rate-limited-no-hint',
  'overloaded',
  'server-error',
  'slow',
  'stall',
  'drip',
  'cut-body',
  'bad-base64',
  'wrong-size',
  'text-only',
  'no-image',
  'expired-link',
  'bad-key',
  'out-of-credit',
] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

/** What an emulator has to act out for one call; `delayMs` is set for `slow` only. */
export interface ScriptedOutcome {
  readonly name: OutcomeName;
  readonly delayMs: number;
}

interface Token {
  readonly outcome: ScriptedOutcome;
  readonly times: number;
  readonly slug: string | undefined;
  readonly image: number | undefined;
}

/** Retry hint that emulators give, in seconds. */
export const EMULATED_RETRY_AFTER_S = 1;

/**
 * The outcome for this call, or undefined for an ordinary success. Tokens are taken in order, one per attempt
 * (`NAME*K` covers K attempts); `NAME@SLUG` only acts on that model, `NAME#K` only on image K (from 1).
 * @param call.prompt text that may hold tokens
 * @param call.header value of `x-emulate`: one or more tokens separated by commas; they precede the prompt's
 * @param call.scope value of `x-emulate-scope`: GENERATION/IMAGE/ATTEMPT, IMAGE being the first image of the call
 * @param call.names every name the called model goes by (upstream id and public slugs)
 * @param call.count images asked of this call
 */
export function findScriptedOutcome(call: {
  readonly prompt: string;
  readonly header: string | undefined;
  readonly scope: string | undefined;
  readonly names: readonly string[];
  readonly count: number;
}): ScriptedOutcome | undefined {
  const { image, attempt } = parseScope(call.scope);
  const written = [
    ...(call.header ?? '').split(',').map((part) => part.trim()),
    ...[...call.prompt.matchAll(/\[\[emulate:([^\]]*)\]\]/g)].map((match) => (match[1] ?? '').trim()),
  ];
  const tokens = written
    .map(parseToken)
    .filter((token) => token !== undefined)
    .filter(
      (token) => token.image === undefined || (token.image >= image && token.image < image + call.count),
    );
  let position = 0;
  for (const token of tokens) {
    position += token.times;
    if (attempt > position) continue;
    if (token.slug !== undefined && !call.names.includes(token.slug)) return undefined;
    return token.outcome;
  }
  return undefined;
}

function parseScope(scope: string | undefined): { image: number; attempt: number } {
  const match = /^[^/]+\/(\d+)\/(\d+)$/.exec(scope ?? '');
  return { image: Number(match?.[1] ?? 1), attempt: Number(match?.[2] ?? 1) };
}

function parseToken(text: string): Token | undefined {
  const match = /^([a-z0-9-]+?)((?:[*#]\d+|@[^*#]+)*)$/.exec(text);
  if (match === null) return undefined;
  const slow = /^slow-(\d+)$/.exec(match[1] ?? '');
  const name = OUTCOMES.find((known) => known === (slow === null ? match[1] : 'slow'));
  if (name === undefined || (name === 'slow' && slow === null)) return undefined;
  const suffixes = match[2] ?? '';
  const times = /\*(\d+)/.exec(suffixes)?.[1];
  const image = /#(\d+)/.exec(suffixes)?.[1];
  return {
    outcome: { name, delayMs: slow === null ? 0 : Number(slow[1]) },
    times: times === undefined ? 1 : Math.max(1, Number(times)),
    slug: /@([^*#]+)/.exec(suffixes)?.[1],
    image: image === undefined ? undefined : Number(image),
  };
}
