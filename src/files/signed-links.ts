import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError, invariant } from '../errors.js';

/** File extension by type; also the only types a link can name. */
export const EXTENSIONS = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
} as const;

const KNOWN_EXTENSIONS: readonly string[] = Object.values(EXTENSIONS);

/** What of an image a link shows: the picture itself, the provider's own picture that it was made of, or a preview. */
export type LinkTarget =
  | { readonly kind: 'picture' }
  | { readonly kind: 'original' }
  /** In pixels. */
  | { readonly kind: 'preview'; readonly width: number };

/** What a genuine link says. */
export interface VerifiedLink {
  readonly imageId: string;
  readonly target: LinkTarget;
  readonly expiresAt: Date;
  /** The name to save under; undefined: to be shown. An empty one leaves the choice to us. */
  readonly saveAs: string | undefined;
}

const PICTURE: LinkTarget = { kind: 'picture' };

/** The parameters that are signed, and those that only say how the holder wants to have the bytes. */
const PARAMETERS: readonly string[] = ['exp', 'sig', 'w', 'original', 'download', 'dl'];

/**
 * Signs and verifies `/i/{image_id}.{ext}?exp=UNIX&sig=BASE64URL`: HMAC-SHA-256, the first secret signs, all verify. `w=WIDTH` asks
 * for a preview and `original=1` for the provider's own picture; both are part of what is signed, so that the holder of one
 * link can't make it into another.
 */
export class LinkSigner {
  readonly #secrets: readonly string[];

  constructor(secrets: readonly string[]) {
    invariant(secrets.length > 0, 'links need a secret');
    this.#secrets = secrets;
  }

  /**
   * Path and query of a link.
   * @param extension of what the link answers
   * @param expiresAt whole seconds count; it is rounded down
   */
  sign(imageId: string, extension: string, expiresAt: Date, target: LinkTarget = PICTURE): string {
    const exp = Math.floor(expiresAt.getTime() / 1000);
    const name = `${imageId}.${extension}`;
    const asked = queryOf(target);
    const sig = signature(this.#secrets[0] ?? '', name, exp, asked);
    return `/i/${name}?exp=${exp}${asked === '' ? '' : `&${asked}`}&sig=${sig}`;
  }

  /**
   * What a link names.
   * @param query as it came; a parameter that links don't have makes it another link than the one that was signed
   * @throws AppError invalid_signature for anything malformed or changed, link_expired for a true link after its time
   */
  verify(name: string, query: Readonly<Record<string, unknown>>, now: Date): VerifiedLink {
    const { exp, sig, download, dl } = query;
    const match = /^(img_[0-9a-z]{24})\.([a-z]{3,4})$/.exec(name);
    const imageId = match?.[1];
    const target = targetOf(query);
    if (imageId === undefined || !KNOWN_EXTENSIONS.includes(match?.[2] ?? '') || target === undefined)
      throw invalidLink();
    if (Object.keys(query).some((parameter) => !PARAMETERS.includes(parameter))) throw invalidLink();
    if (typeof exp !== 'string' || !/^[1-9]\d{0,12}$/.test(exp) || typeof sig !== 'string')
      throw invalidLink();
    if (!isTextOrAbsent(download) || !isTextOrAbsent(dl)) throw invalidLink();
    const given = Buffer.from(sig);
    const genuine = this.#secrets.some((secret) => {
      const expected = Buffer.from(signature(secret, name, Number(exp), queryOf(target)));
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
    if (!genuine) throw invalidLink();
    const expiresAt = new Date(Number(exp) * 1000);
    if (expiresAt.getTime() <= now.getTime()) {
      throw new AppError('link_expired', {
        message: 'This link has expired. Read the generation again for a new one while the picture is kept.',
      });
    }
    return { imageId, target, expiresAt, saveAs: dl ?? (download === undefined ? undefined : '') };
  }
}

/** Says nothing of what was wrong: whoever has no signature learns nothing, not even whether a picture exists. */
export function invalidLink(): AppError {
  return new AppError('invalid_signature', { message: 'This link is not one of ours, or was changed.' });
}

function queryOf(target: LinkTarget): string {
  switch (target.kind) {
    case 'picture':
      return '';
    case 'original':
      return 'original=1';
    case 'preview':
      return `w=${target.width}`;
  }
}

function targetOf({ w, original }: Readonly<Record<string, unknown>>): LinkTarget | undefined {
  if (w === undefined && original === undefined) return PICTURE;
  if (w === undefined) return original === '1' ? { kind: 'original' } : undefined;
  if (original !== undefined || typeof w !== 'string' || !/^[1-9]\d{0,4}$/.test(w)) return undefined;
  return { kind: 'preview', width: Number(w) };
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function signature(secret: string, name: string, exp: number, asked: string): string {
  const text = `link.v1\n${name}\n${exp}${asked === '' ? '' : `\n${asked}`}`;
  return createHmac('sha256', secret).update(text).digest('base64url');
}
