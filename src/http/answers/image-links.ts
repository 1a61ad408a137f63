import { z } from 'zod';
import { EXTENSIONS, type LinkSigner, type LinkTarget } from '../../files/signed-links.js';
import type { GeneratedImage } from '../../images/generation.js';
import { previewSizes } from '../../images/previews.js';
import type { HttpContext } from '../context.js';

/** Signed links to a picture and what belongs to it; all of them end at the same time. */
export const imageLinksSchema = z.object({
  url: z.string().optional(),
  original_url: z
    .string()
    .optional()
    .describe(
      'The provider’s picture with its content credentials, where the picture was converted from it.',
    ),
});

/** Signed links to smaller versions. */
export const previewsSchema = z
  .array(z.object({ width: z.number().int(), url: z.string() }))
  .describe('Smaller WebP versions for lists, narrowest first; none that are not smaller than the picture.');

/** Lists are read again and again: links to previews change only so often in the life of a link, so that browsers need not fetch them again. */
const PREVIEW_STEPS = 4;

export interface LinkMaker {
  readonly signer: LinkSigner;
  readonly publicUrl: string;
  /** Links work until then, or until their picture is removed. A kept picture stays. */
  readonly until: Date;
  /** The same for links to previews: a time that stays for a while. */
  readonly previewsUntil: Date;
}

/** Links that are signed now. */
export function linksFor(context: Pick<HttpContext, 'signer' | 'publicUrl' | 'clock' | 'config'>): LinkMaker {
  const lifeMs = context.config.ATELIER_LINK_TTL_S * 1000;
  const untilMs = context.clock().getTime() + lifeMs;
  return {
    signer: context.signer,
    publicUrl: context.publicUrl(),
    until: new Date(untilMs),
    previewsUntil: new Date(untilMs - (untilMs % (lifeMs / PREVIEW_STEPS))),
  };
}

/** Nothing once the bytes were given up. */
export function toImageLinks(
  image: GeneratedImage,
  { signer, publicUrl, until }: LinkMaker,
): z.output<typeof imageLinksSchema> {
  if (image.removed) return {};
  const endsAt = image.fileId === undefined && image.expiresAt < until ? image.expiresAt : until;
  const link = (mimeType: GeneratedImage['mimeType'], target?: LinkTarget) =>
    publicUrl + signer.sign(image.id, EXTENSIONS[mimeType], endsAt, target);
  const original = image.origin?.original;
  return {
    url: link(image.mimeType),
    ...(original === undefined ? {} : { original_url: link(original.mimeType, { kind: 'original' }) }),
  };
}

/** Empty once the bytes were given up. Their links end with the picture, and somewhat before its own. */
export function toPreviews(
  image: GeneratedImage,
  { signer, publicUrl, previewsUntil }: LinkMaker,
): z.output<typeof previewsSchema> {
  if (image.removed) return [];
  const endsAt =
    image.fileId === undefined && image.expiresAt < previewsUntil ? image.expiresAt : previewsUntil;
  return previewSizes(image).map(({ width }) => ({
    width,
    url: publicUrl + signer.sign(image.id, 'webp', endsAt, { kind: 'preview', width }),
  }));
}
