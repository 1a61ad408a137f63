import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { readAllowedHosts } from '../net/fetch-target.js';
import { DeliveryLog } from './delivery-log-store.js';
import { DeliveryStore } from './delivery-store.js';
import { DeliveryWorker } from './delivery-worker.js';
import { SecretSealer } from './sealed-secrets.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookStore } from './webhook-store.js';

const RETENTION_MS = 30 * 24 * 3_600_000;
const REMOVED_AT_A_TIME = 5_000;

/** What of an attempt is not the receiver's time: reading, signing and writing it down. */
const LEASE_MARGIN_MS = 30_000;

interface WebhooksOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly secrets: readonly string[];
  /** `host` or `host:port` that may be at any address and without TLS. */
  readonly allowedHosts: readonly string[];
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
  /** Told of every attempt. */
  readonly onSent?: (delivered: boolean) => void;
}

/** Everything about webhooks, wired together. */
export class Webhooks {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly log: DeliveryLog;
  readonly worker: DeliveryWorker;
  /** Of `name:port`, whether the operator trusts it. */
  readonly isWebhookHost: (host: string) => boolean;
  readonly #sender: WebhookSender;
  readonly #clock: Clock;

  constructor({ db, clock, secrets, allowedHosts, timeoutMs, onError, onSent }: WebhooksOptions) {
    const sealer = new SecretSealer(secrets);
    this.#clock = clock;
    this.#sender = new WebhookSender({ allowedHosts, timeoutMs });
    this.isWebhookHost = readAllowedHosts(allowedHosts);
    this.webhooks = new WebhookStore(db, clock, sealer);
    this.deliveries = new DeliveryStore(db, clock, timeoutMs + LEASE_MARGIN_MS);
    this.log = new DeliveryLog(db, clock);
    this.worker = new DeliveryWorker({
      deliveries: this.deliveries,
      log: this.log,
      sender: this.#sender,
      sealer,
      clock,
      onError,
      onSent,
    });
  }

  /** Forgets deliveries that ended long ago. */
  async removeOld(): Promise<void> {
    const before = new Date(this.#clock().getTime() - RETENTION_MS);
    await this.deliveries.removeOld(before, REMOVED_AT_A_TIME);
  }

  /** Lets running attempts finish; what is due later is for the next start, or another process. */
  async close(): Promise<void> {
    await this.worker.stop();
    await this.#sender.close();
  }
}
