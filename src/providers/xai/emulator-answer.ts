/** Success bodies, the faces of moderation, and delivery links (protocol notes §5, §6, §8, §9). */
import { randomBytes, randomUUID } from 'node:crypto';
import type { JsonValue } from '../provider.js';
import { damageBase64 } from '../shared/emulator-body.js';
import { drawLinked, openPicture, sealPicture, spoiledBy } from '../shared/emulator-delivery.js';
import type { LinkedPicture } from '../shared/emulator-delivery.js';
import { jsonAnswer } from '../shared/emulator-kit.js';
import type { EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import { drawPictureBuffer, randomSeed, wrongSize } from '../shared/emulator-picture.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';
import { moderatedPicture, notFound, violation } from './emulator-errors.js';
import type { Style } from './emulator-errors.js';
import { priceTicks } from './emulator-models.js';
import type { GrokJob } from './emulator-request.js';
import type { SourceKeeper } from '../shared/emulator-sources.js';

/** The documentation only says "temporary"; one client assumes an hour. */
const LINK_LIFE_MS = 3_600_000;

/** Where a refused content shows: an error, an empty item, an empty list, a block reason, or a lack of permission. */
export type Face = 'error' | 'item' | 'list' | 'reason' | 'permission';

export interface AnswerContext {
  readonly settings: EmulatorSettings;
  /** One per picture. */
  readonly outcomes: readonly (OutcomeName | undefined)[];
  /** The face that the key asks for; otherwise the stage decides. */
  readonly face: Face | undefined;
  /** Base64 as a data URI, as an older generation had it. */
  readonly prefixed: boolean;
  readonly style: Style;
  readonly now: Date;
  readonly linkBase: string;
  readonly keeper: SourceKeeper;
}

/** The answer to a job, or its refusal after the picture was made. */
export async function answerJob(
  job: GrokJob,
  context: AnswerContext,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const ticks = priceTicks(job.model, { ...job, sources: job.sources.length });
  const face = faceOf(context);
  if (face === 'permission') throw violation(context.style, job.model.id);
  if (face === 'error') throw moderatedPicture(context.style, ticks);
  const usage = { cost_in_usd_ticks: face === 'reason' ? 0 : ticks };
  if (face === 'reason') {
    return jsonAnswer({ block_reason: 'The input was refused by content moderation.', data: [], usage });
  }
  if (face === 'list') return jsonAnswer({ data: [], usage });
  const data: JsonValue[] = [];
  for (const outcome of context.outcomes) {
    const blocked = face === 'item' || outcome === 'moderated-output';
    data.push(blocked ? blockedItem() : await item(job, context, outcome, signal));
  }
  return jsonAnswer(job.base64 ? { block_reason: null, data, usage } : { data, usage });
}

/** The face of a call that is refused as a whole; a refusal of only some pictures shows in their items. */
function faceOf({ outcomes, face }: AnswerContext): Face | undefined {
  const [first] = outcomes;
  if (first === 'moderated-prompt') return face ?? 'reason';
  if (first === 'moderated-input') return face ?? 'permission';
  return outcomes.every((outcome) => outcome === 'moderated-output') ? (face ?? 'error') : undefined;
}

function blockedItem(): JsonValue {
  return { url: null, b64_json: null, respect_moderation: false };
}

async function item(
  job: GrokJob,
  context: AnswerContext,
  outcome: OutcomeName | undefined,
  signal: AbortSignal,
): Promise<JsonValue> {
  const mime = { mime_type: 'image/jpeg' };
  if (outcome === 'no-image') return { url: null, b64_json: null, ...mime };
  if (outcome === 'text-only') return { ...mime, revised_prompt: 'I can describe this picture.' };
  const sources = job.sources.map(({ bytes }) => bytes);
  const picture = {
    label: job.model.id,
    prompt: job.prompt,
    seed: randomSeed(),
    ...(outcome === 'wrong-size' ? wrongSize(job.size) : job.size),
    format: 'jpeg' as const,
  };
  if (!job.base64) {
    const expired = outcome === 'expired-link';
    const token = sealPicture({
      ...picture,
      avoid: [],
      transparent: false,
      expiresAtMs: context.now.getTime() + (expired ? 0 : LINK_LIFE_MS),
      spoiled: spoiledBy(outcome),
    });
    const name = `xai-tmp-imgen-${randomUUID()}-${randomBytes(4).toString('hex')}.jpeg`;
    const kept = sources.length === 0 ? '' : `&sources=${context.keeper.keep(sources).join(',')}`;
    return { url: `${context.linkBase}/xai-imgen/${name}?t=${token}${kept}`, ...mime, revised_prompt: '' };
  }
  const order = { ...picture, ...(sources.length === 0 ? {} : { sources }) };
  const text = (await drawPictureBuffer(context.settings, order, signal)).toString('base64');
  const sent = outcome === 'bad-base64' ? damageBase64(text) : text;
  return { b64_json: `${context.prefixed ? 'data:image/jpeg;base64,' : ''}${sent}`, ...mime, url: null };
}

/** What a link stands for; a dead one is simply not found. */
export function openLink(token: unknown, now: Date): LinkedPicture {
  const picture = openPicture(token);
  if (picture === undefined || now.getTime() >= picture.expiresAtMs) throw notFound();
  return picture;
}

/** @param sources the pictures that the link's own was made of, as far as they are still known */
export function answerLink(
  settings: EmulatorSettings,
  picture: LinkedPicture,
  sources: readonly Buffer[],
  signal: AbortSignal,
): Promise<WireAnswer> {
  const order = { ...picture, ...(sources.length === 0 ? {} : { sources }) };
  return drawLinked(settings, order, signal);
}
