import { z } from 'zod';
import { invariant } from '../errors.js';
import { SecretBox } from '../secret-box.js';

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

/** Encrypts webhooks' secrets under the operator's, each bound to its webhook. */
export class SecretSealer {
  readonly #box: SecretBox;

  constructor(operatorSecrets: readonly string[]) {
    invariant(operatorSecrets.length > 0, 'sealing needs a secret');
    this.#box = new SecretBox(operatorSecrets, 'atelier webhook secrets v1');
  }

  seal(webhookId: string, { current, previous }: WebhookSecrets): string {
    const text = JSON.stringify({
      current,
      ...(previous === undefined
        ? {}
        : { previous: { secret: previous.secret, until: previous.until.getTime() } }),
    });
    return `v1.${this.#box.seal(webhookId, text)}`;
  }

  /** @returns undefined when it was sealed under a secret that the operator no longer gives */
  open(webhookId: string, text: string): WebhookSecrets | undefined {
    const opened = this.#box.open(webhookId, text.replace(/^v1\./, ''));
    if (opened === undefined) return undefined;
    const { current, previous } = schema.parse(JSON.parse(opened.text));
    return {
      current,
      previous:
        previous === undefined ? undefined : { secret: previous.secret, until: new Date(previous.until) },
    };
  }
}
