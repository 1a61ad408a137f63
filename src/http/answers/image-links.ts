import { z } from 'zod';
import { EXTENSIONS, type LinkSigner, type LinkTarget } from '../../files/signed-links.js';
import type { GeneratedImage } from '../../images/generation.js';

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
}

/** Nothing once the bytes were given up. */
export function toImageLinks(
  image: GeneratedImage,
  { signer, publicUrl }: LinkMaker,
): z.output<typeof imageLinksSchema> {
  if (image.removed) return {};
  const link = (mimeType: GeneratedImage['mimeType'], target?: LinkTarget) =>
    publicUrl + signer.sign(image.id, EXTENSIONS[mimeType], image.expiresAt, target);
  const original = image.origin?.original;
  return {
    url: link(image.mimeType),
    ...(original === undefined ? {} : { original_url: link(original.mimeType, { kind: 'original' }) }),
  };
}
