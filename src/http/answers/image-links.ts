import { z } from 'zod';
import { EXTENSIONS, type LinkSigner, type LinkTarget } from '../../files/signed-links.js';
import type { GeneratedImage } from '../../images/generation.js';
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

export interface LinkMaker {
  readonly signer: LinkSigner;
  readonly publicUrl: string;
  /** Links work until then, or until their picture is removed. A kept picture stays. */
  readonly until: Date;
}

/** Links that are signed now. */
export function linksFor(context: Pick<HttpContext, 'signer' | 'publicUrl' | 'clock' | 'config'>): LinkMaker {
  return {
    signer: context.signer,
    publicUrl: context.publicUrl(),
    until: new Date(context.clock().getTime() + context.config.ATELIER_LINK_TTL_S * 1000),
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
