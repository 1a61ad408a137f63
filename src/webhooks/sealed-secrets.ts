import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { invariant } from '../errors.js';

/** The secrets of one webhook. */
export interface WebhookSecrets {
  readonly current: string;
  /** Signs along for a while after it was replaced. */
  readonly previous: { readonly secret: string; readonly until: Date } | undefined;
}

const schema = z.object({
  current: z.string(),
  previous: z.object({ secret: z.string(), until: z.number() }).optional(),
});

const [IV_BYTES, TAG_BYTES] = [12, 16];

/** Encrypts webhooks' secrets under the operator's: AES-256-GCM, bound to the webhook; the first seals, all open. */
export class SecretSealer {
  readonly #keys: readonly Buffer[];

  constructor(operatorSecrets: readonly string[]) {
    invariant(operatorSecrets.length > 0, 'sealing needs a secret');
    this.#keys = operatorSecrets.map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'atelier webhook secrets v1', 32)),
    );
  }

  seal(webhookId: string, { current, previous }: WebhookSecrets): string {
    const [key] = this.#keys;
    invariant(key !== undefined, 'sealing needs a secret');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(Buffer.from(webhookId));
    const text = JSON.stringify({
      current,
      ...(previous === undefined
        ? {}
        : { previous: { secret: previous.secret, until: previous.until.getTime() } }),
    });
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `v1.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** @returns undefined when it was sealed under a secret that the operator no longer gives */
  open(webhookId: string, text: string): WebhookSecrets | undefined {
    const bytes = Buffer.from(text.replace(/^v1\./, ''), 'base64url');
    for (const key of this.#keys) {
      const plain = decrypt(key, webhookId, bytes);
      if (plain === undefined) continue;
      const { current, previous } = schema.parse(JSON.parse(plain));
      return {
        current,
        previous:
          previous === undefined ? undefined : { secret: previous.secret, until: new Date(previous.until) },
      };
    }
    return undefined;
  }
}

function decrypt(key: Buffer, webhookId: string, bytes: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(webhookId));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    // Sealed under another key, or not what it was: the caller tries the next and says so in the end.
    return undefined;
  }
}
