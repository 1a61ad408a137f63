import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { invariant } from './errors.js';

const [IV_BYTES, TAG_BYTES] = [12, 16];

/** What was in a box, and which of the secrets opened it, from 1. */
interface Opened {
  readonly text: string;
  readonly secretNumber: number;
}

/**
 * Encrypts texts under the operator's secrets with AES-256-GCM: the first seals, all open. Each text is bound to its place, so
 * that it can't be moved to another one.
 */
export class SecretBox {
  readonly #keys: readonly Buffer[];

  /** @param label makes keys of their own for each use of the same secrets */
  constructor(operatorSecrets: readonly string[], label: string) {
    this.#keys = operatorSecrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', label, 32)));
  }

  /** @returns base64url, another text each time */
  seal(place: string, text: string): string {
    const [key] = this.#keys;
    invariant(key !== undefined, 'sealing needs a secret');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** @returns undefined when it was sealed under another secret or for another place, or was changed */
  open(place: string, sealed: string): Opened | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    // Each box is written in one way: decoding passes over what it does not need.
    if (bytes.toString('base64url') !== sealed) return undefined;
    for (const [index, key] of this.#keys.entries()) {
      const text = decrypt(key, place, bytes);
      if (text !== undefined) return { text, secretNumber: index + 1 };
    }
    return undefined;
  }
}

function decrypt(key: Buffer, place: string, bytes: Buffer): string | undefined {
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    // Sealed under another key, or not what it was: the caller tries the next and says so in the end.
    return undefined;
  }
}
