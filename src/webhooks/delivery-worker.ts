import { setInterval } from 'node:timers';
import type { Clock } from '../clock.js';
import type { Caller } from '../workspaces/tenant.js';
import type { Delivery, DeliveryLog } from './delivery-log-store.js';
import type { ClaimedDelivery, DeliveryStore } from './delivery-store.js';
import type { SecretSealer } from './sealed-secrets.js';
import { signatureHeaders } from './signature.js';
import type { Sent, WebhookSender } from './webhook-sender.js';

const POLL_INTERVAL_MS = 1_000;
/** Attempts that this process makes at a time, and those to one webhook. */
const [MAX_RUNNING, MAX_PER_WEBHOOK] = [32, 4];

interface DeliveryWorkerParts {
  readonly deliveries: DeliveryStore;
  readonly log: DeliveryLog;
  readonly sender: WebhookSender;
  readonly sealer: SecretSealer;
  readonly clock: Clock;
  /** Told of failures of our own; the attempt is made again once its lease is over. */
  readonly onError: (error: unknown) => void;
  /** Told of every attempt. */
  readonly onSent?: ((delivered: boolean) => void) | undefined;
}

/** Makes the attempts whose time has come, side by side with the workers of other processes. */
export class DeliveryWorker {
  readonly #parts: DeliveryWorkerParts;
  /** Attempts by webhook. */
  readonly #running = new Map<string, number>();
  readonly #work = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> | undefined;

  constructor(parts: DeliveryWorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#poke();
    }, POLL_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Makes everything that is due now, and resolves when it has been made. */
  async deliverDue(): Promise<void> {
    do {
      await this.#fill();
      await Promise.all(this.#work);
    } while (await this.#fill());
    await Promise.all(this.#work);
  }

  /** Sends a test to a webhook at once. @throws AppError not_found */
  async test(by: Caller, webhookId: string): Promise<Delivery | undefined> {
    const { deliveries, log } = this.#parts;
    const claimed = await deliveries.createTest(by, webhookId);
    if (claimed === undefined) return undefined;
    await this.#attempt(claimed);
    return log.load(by, webhookId, claimed.id);
  }

  /** Begins nothing more and waits for the attempts that run. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#filling;
    await Promise.all(this.#work);
  }

  #poke(): void {
    this.#filling ??= this.#fill()
      .then(() => {})
      .catch(this.#parts.onError)
      .finally(() => {
        this.#filling = undefined;
      });
  }

  /** @returns false when there was nothing to do, or no room for it */
  async #fill(): Promise<boolean> {
    const limit = MAX_RUNNING - this.#work.size;
    if (limit <= 0) return false;
    const claimed = await this.#parts.deliveries.claim({
      limit,
      perWebhook: MAX_PER_WEBHOOK,
      busy: [...this.#running.keys()],
    });
    for (const delivery of claimed) this.#begin(delivery);
    return claimed.length > 0;
  }

  #begin(delivery: ClaimedDelivery): void {
    const { webhookId } = delivery;
    this.#running.set(webhookId, (this.#running.get(webhookId) ?? 0) + 1);
    const work = this.#attempt(delivery)
      .catch(this.#parts.onError)
      .finally(() => {
        this.#work.delete(work);
        const left = (this.#running.get(webhookId) ?? 1) - 1;
        if (left > 0) this.#running.set(webhookId, left);
        else this.#running.delete(webhookId);
        // There may be more of it; a stopped worker has no timer.
        if (left === 0 && this.#timer !== undefined) this.#poke();
      });
    this.#work.add(work);
  }

  async #attempt(delivery: ClaimedDelivery): Promise<void> {
    const sent = await this.#send(delivery);
    this.#parts.onSent?.(sent.delivered);
    await this.#parts.deliveries.record(delivery, sent);
  }

  async #send({ webhookId, eventId, url, payload, secretSealed }: ClaimedDelivery): Promise<Sent> {
    const { sender, sealer, clock } = this.#parts;
    const secrets = sealer.open(webhookId, secretSealed);
    if (secrets === undefined) {
      return {
        delivered: false,
        status: undefined,
        error: 'The secret of this webhook can not be read any more: give it a new one.',
      };
    }
    const sentAt = clock();
    const { current, previous } = secrets;
    const valid = previous === undefined || previous.until <= sentAt ? [current] : [current, previous.secret];
    return sender.send(url, payload, signatureHeaders({ id: eventId, sentAt, payload }, valid));
  }
}
