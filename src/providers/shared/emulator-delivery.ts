/**
 * Pictures that emulators deliver by link: the link says what to draw, and the outcomes that spoil a picture's bytes act
 * where the bytes are sent.
 */
import { z } from 'zod';
import { damagePictureBuffer } from './emulator-body.js';
import type { EmulatorSettings, WireAnswer } from './emulator-kit.js';
import { drawPictureBuffer, type PictureOrder } from './emulator-picture.js';
import { sealPrompted } from './emulator-task.js';
import { openToken } from './emulator-token.js';
import type { OutcomeName, ScriptedOutcome } from './scripted-outcome.js';

const linkedPicture = z.strictObject({
  label: z.string(),
  prompt: z.string(),
  avoid: z.array(z.string()),
  width: z.int().min(1).max(8192),
  height: z.int().min(1).max(8192),
  seed: z.int().min(0),
  format: z.enum(['png', 'jpeg', 'webp']),
  transparent: z.boolean(),
  /** Milliseconds since 1970 from which on the link is dead. */
  expiresAtMs: z.int(),
  spoiled: z.enum(['broken', 'drip', 'cut-body']).nullable(),
});
export type LinkedPicture = z.infer<typeof linkedPicture>;

/** Packs a picture into text for a link. */
export function sealPicture(picture: LinkedPicture): string {
  return sealPrompted(picture);
}

/** The picture that a link stands for; undefined when the text is not one of ours. */
export function openPicture(token: unknown): LinkedPicture | undefined {
  return linkedPicture.safeParse(typeof token === 'string' ? openToken(token) : undefined).data;
}

/** How an outcome spoils the delivery of a picture. */
export function spoiledBy(outcome: OutcomeName | null | undefined): LinkedPicture['spoiled'] {
  if (outcome === 'drip' || outcome === 'cut-body') return outcome;
  return outcome === 'bad-base64' ? 'broken' : null;
}

/** What the connection has to act out while the picture is sent. */
export function deliveryOutcome(picture: LinkedPicture | undefined): ScriptedOutcome | undefined {
  const spoiled = picture?.spoiled;
  return spoiled === 'drip' || spoiled === 'cut-body' ? { name: spoiled, delayMs: 0 } : undefined;
}

/** Draws the picture behind a link. */
export async function drawLinked(
  settings: EmulatorSettings,
  picture: LinkedPicture & Pick<PictureOrder, 'sources' | 'mask' | 'whiteMask'>,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const drawn = await drawPictureBuffer(settings, picture, signal);
  return {
    status: 200,
    headers: { 'content-type': `image/${picture.format}` },
    body: picture.spoiled === 'broken' ? damagePictureBuffer(drawn) : drawn,
  };
}
