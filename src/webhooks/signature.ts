import { createHmac, randomBytes } from 'node:crypto';

/** A new secret in the form of Standard Webhooks: `whsec_` and the base64 of 32 random bytes. */
export function createWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** One delivery attempt to be signed. */
interface Signed {
  readonly id: string;
  /** When it is sent, not when the event happened: receivers refuse old ones. */
  readonly sentAt: Date;
  readonly payload: string;
}

/**
 * The three headers of Standard Webhooks 1.0.
 * @param secrets each signs, the newest first: receivers accept any of them, so that a secret can be changed without a gap
 */
export function signatureHeaders(
  { id, sentAt, payload }: Signed,
  secrets: readonly string[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
