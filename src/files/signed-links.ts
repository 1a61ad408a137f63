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

/** Signs and verifies `/i/{image_id}.{ext}?exp=UNIX&sig=BASE64URL`: HMAC-SHA-256, the first secret signs, all verify. */
export class LinkSigner {
  readonly #secrets: readonly string[];

  constructor(secrets: readonly string[]) {
    invariant(secrets.length > 0, 'links need a secret');
    this.#secrets = secrets;
  }

  /** Path and query of a link. @param expiresAt whole seconds count; it is rounded down */
  sign(imageId: string, extension: string, expiresAt: Date): string {
    const exp = Math.floor(expiresAt.getTime() / 1000);
    const name = `${imageId}.${extension}`;
    return `/i/${name}?exp=${exp}&sig=${signature(this.#secrets[0] ?? '', name, exp)}`;
  }

  /**
   * The image that a link names.
   * @throws AppError invalid_signature for anything malformed or changed, link_expired for a true link after its time
   */
  verify(name: string, exp: string | undefined, sig: string | undefined, now: Date): string {
    const invalid = () =>
      new AppError('invalid_signature', { message: 'This link is not one of ours, or was changed.' });
    const match = /^(img_[0-9a-z]{24})\.([a-z]{3,4})$/.exec(name);
    const imageId = match?.[1];
    if (imageId === undefined || !KNOWN_EXTENSIONS.includes(match?.[2] ?? '')) throw invalid();
    if (exp === undefined || !/^[1-9]\d{0,12}$/.test(exp) || sig === undefined) throw invalid();
    const given = Buffer.from(sig);
    const genuine = this.#secrets.some((secret) => {
      const expected = Buffer.from(signature(secret, name, Number(exp)));
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
    if (!genuine) throw invalid();
    if (Number(exp) * 1000 <= now.getTime()) {
      throw new AppError('link_expired', {
        message: 'This link has expired. Read the generation again for a new one while the picture is kept.',
      });
    }
    return imageId;
  }
}

function signature(secret: string, name: string, exp: number): string {
  return createHmac('sha256', secret).update(`link.v1\n${name}\n${exp}`).digest('base64url');
}
