/** What happens to events between the transaction that they tell of and the receiver. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import {
  startWebhookReceiver,
  verifyCall,
  type WebhookReceiver,
} from '../../test/support/webhook-receiver.js';
import { invariant } from '../errors.js';
import type { Caller } from '../workspaces/tenant.js';
import { enqueueEvent } from './enqueue-event-store.js';
import { SUBSCRIBABLE } from './events.js';
import { RETRY_DELAYS_MS } from './retry-schedule.js';
import { OLD_SECRET_TTL_MS } from './webhook-store.js';
import { Webhooks } from './webhooks.js';

/** Long for a busy machine; only what a test wants to fail is cut short. */
const [TIMEOUT_MS, IMPATIENT_MS] = [10_000, 100];
const SECRET = 'the operator keeps this secret to itself';

let stores: TestStores;
let receiver: WebhookReceiver;
let owner: Caller;
let opened: Webhooks[];
let hooks: Webhooks;

/** A process of its own, as far as webhooks go. */
function openHooks(
  options: {
    readonly secrets?: readonly string[];
    readonly hosts?: readonly string[];
    readonly timeoutMs?: number;
  } = {},
) {
  const made = new Webhooks({
    db: stores.db,
    clock: () => stores.clock.now,
    secrets: options.secrets ?? [SECRET],
    allowedHosts: options.hosts ?? [receiver.host],
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    onError: (error) => {
      throw error;
    },
  });
  opened.push(made);
  return made;
}

const create = (url = receiver.url) =>
  hooks.webhooks.create(owner, { url, description: undefined, events: SUBSCRIBABLE });

/** Something happens in the workspace. */
async function happen(balance = 1): Promise<void> {
  const scope = { workspaceId: owner.workspace.id, mode: 'live', now: stores.clock.now } as const;
  await stores.db.transact((trx) =>
    enqueueEvent(trx, scope, 'credits.low', () => ({ object: 'credits', balance, threshold: 100 })),
  );
}

function wait(ms: number): void {
  stores.clock.now = new Date(stores.clock.now.getTime() + ms);
}

const read = async (id: string) => {
  const [newest] = await hooks.log.list(owner, id, { limit: 1, after: undefined });
  invariant(newest !== undefined, 'something was enqueued');
  return newest;
};

describe.each(DATABASES)('deliveries on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.workspaces.idle();
    await stores.close();
  });
  beforeEach(async () => {
    stores.clock.now = NOON;
    receiver = await startWebhookReceiver();
    opened = [];
    hooks = openHooks();
    const workspaceId = await stores.workspaces.create('studio', 0);
    const { secret } = await stores.workspaces.createKey({
      workspaceId,
      mode: 'live',
      role: 'owner',
      name: 'owner',
    });
    const caller = await stores.workspaces.findCaller(secret);
    invariant(caller !== undefined, 'a new key is known');
    owner = caller;
  });
  afterEach(async () => {
    await receiver.close();
    // Nothing of a test is left on its way.
    for (const { id } of await hooks.webhooks.list(owner)) await hooks.webhooks.remove(owner, id);
    for (const each of opened) await each.close();
  });

  it('are tried again exactly by the rule, whatever the receiver does, and signed every time', async () => {
    const { webhook, secret } = await create();
    await happen();
    const does = [500, 'stall', 'late', 302, 'cut', 429, 404, 200] as const;
    receiver.will(...does);
    const impatient = openHooks({ timeoutMs: IMPATIENT_MS });
    const errors: (string | undefined)[] = [];
    for (const [attempt, delayMs] of [0, ...RETRY_DELAYS_MS.slice(0, 7)].entries()) {
      const isSilent = does[attempt] === 'stall' || does[attempt] === 'late';
      const { worker } = isSilent ? impatient : hooks;
      if (delayMs > 0) {
        wait(delayMs - 1);
        await worker.deliverDue();
        expect(receiver.calls).toHaveLength(attempt);
        wait(1);
      }
      await worker.deliverDue();
      expect(receiver.calls).toHaveLength(attempt + 1);
      const call = receiver.calls[attempt];
      invariant(call !== undefined, 'it was just counted');
      expect(verifyCall(call, secret, stores.clock.now)).toMatchObject({
        id: call.headers['webhook-id'],
        type: 'credits.low',
        mode: 'live',
        data: { balance: 1 },
      });
      // An answer after the time limit is none: the receiver gets the event again, under the same id.
      receiver.release();
      const delivery = await read(webhook.id);
      expect(delivery.attempts).toBe(attempt + 1);
      errors.push(delivery.lastError);
    }
    expect(errors.map((error) => error?.replace(/\(E\w+\)|\(UND_ERR_\w+\)/, '(code)'))).toStrictEqual([
      'The receiver answered with status 500.',
      'The receiver did not answer within 0.1 seconds.',
      'The receiver did not answer within 0.1 seconds.',
      'The receiver redirects (302); redirects are not followed.',
      'The receiver could not be reached (code).',
      'The receiver answered with status 429.',
      'The receiver answered with status 404.',
      undefined,
    ]);
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.calls.map(({ body }) => body)).size).toBe(1);
    expect(await read(webhook.id)).toMatchObject({ status: 'delivered', lastStatus: 200 });
    expect(await hooks.webhooks.load(owner, webhook.id)).toMatchObject({ failing: undefined });
    wait(30 * 24 * 3_600_000);
    await hooks.worker.deliverDue();
    expect(receiver.calls).toHaveLength(8);
  });

  it('are given up after ten attempts; a webhook that took none is told so and disabled', async () => {
    const { webhook } = await create();
    await happen();
    receiver.will(...Array.from({ length: 10 }, () => 503));
    for (const delayMs of [0, ...RETRY_DELAYS_MS]) {
      wait(delayMs);
      expect((await hooks.webhooks.load(owner, webhook.id)).disabled).toBeUndefined();
      await hooks.worker.deliverDue();
    }
    expect(receiver.calls).toHaveLength(10);
    expect(await read(webhook.id)).toMatchObject({ status: 'failed', attempts: 10, lastStatus: 503 });
    expect(await hooks.webhooks.load(owner, webhook.id)).toMatchObject({
      disabled: { reason: 'failing', at: stores.clock.now },
      failing: { since: NOON, attempts: 10, lastStatus: 503 },
    });
    const [line] = await stores.workspaces.listAudit(owner.workspace.id, { limit: 1, after: undefined });
    expect(line).toMatchObject({
      actor: 'gateway',
      action: 'webhook.disabled',
      after: { reason: 'failing' },
    });
    await happen();
    wait(30 * 24 * 3_600_000);
    await hooks.worker.deliverDue();
    expect(receiver.calls).toHaveLength(10);
  });

  it('that are given up do not disable a webhook that took others meanwhile', async () => {
    const { webhook } = await create();
    await happen(1);
    for (const [attempt, delayMs] of [0, ...RETRY_DELAYS_MS].entries()) {
      wait(delayMs);
      receiver.will(500);
      await hooks.worker.deliverDue();
      if (attempt !== 3) continue;
      await happen(2);
      await hooks.worker.deliverDue();
    }
    expect(receiver.calls).toHaveLength(11);
    expect(await hooks.webhooks.load(owner, webhook.id)).toMatchObject({
      disabled: undefined,
      failing: { attempts: 6 },
    });
  });

  it('end at once where the receiver is gone, and go on after it was enabled again and they are replayed', async () => {
    const { webhook, secret } = await create();
    await happen(1);
    await happen(2);
    receiver.will(410, 410);
    await hooks.worker.deliverDue();
    const calls = receiver.calls.length;
    expect(calls).toBeLessThanOrEqual(2);
    expect(await hooks.webhooks.load(owner, webhook.id)).toMatchObject({ disabled: { reason: 'gone' } });
    const delivery = await read(webhook.id);
    await expect(hooks.log.replay(owner, webhook.id, delivery.id)).rejects.toMatchObject({
      code: 'conflict',
    });
    await hooks.webhooks.change(owner, webhook.id, { enabled: true });
    wait(24 * 3_600_000);
    await hooks.worker.deliverDue();
    expect(receiver.calls).toHaveLength(calls);
    expect(await hooks.log.replay(owner, webhook.id, delivery.id)).toMatchObject({
      status: 'pending',
      attempts: 0,
    });
    await hooks.worker.deliverDue();
    const last = receiver.calls.at(-1);
    invariant(last !== undefined, 'it was replayed');
    expect(verifyCall(last, secret, stores.clock.now).id).toBe(delivery.payload.id);
    expect(await read(webhook.id)).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it('of a process that died in the middle go on elsewhere once its lease is over', async () => {
    const { webhook } = await create();
    await happen();
    const dead = await hooks.deliveries.claim({ limit: 10, perWebhook: 4, busy: [] });
    expect(dead).toHaveLength(1);
    const other = openHooks();
    wait(TIMEOUT_MS + 29_999);
    await other.worker.deliverDue();
    expect(receiver.calls).toHaveLength(0);
    wait(1);
    await other.worker.deliverDue();
    expect(receiver.calls).toHaveLength(1);
    expect(await read(webhook.id)).toMatchObject({ status: 'delivered', attempts: 2 });
    // The dead one wakes up: it has no say any more.
    const [claimed] = dead;
    invariant(claimed !== undefined, 'it was claimed');
    await hooks.deliveries.record(claimed, { delivered: false, status: 500, error: 'late' });
    expect(await read(webhook.id)).toMatchObject({ status: 'delivered', lastStatus: 204 });
  });

  it('are made once each by several processes at once, a few at a time to one receiver', async () => {
    await create();
    for (let event = 0; event < 30; event += 1) await happen(event);
    const others = [hooks, openHooks(), openHooks()];
    await Promise.all(others.map(({ worker }) => worker.deliverDue()));
    expect(receiver.calls).toHaveLength(30);
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(30);
  });

  it('to a receiver that stalls leave room for the others', async () => {
    const { webhook: noisy } = await create();
    for (let event = 0; event < 40; event += 1) await happen(event);
    await create();
    await happen(1000);
    const claimed = await hooks.deliveries.claim({ limit: 32, perWebhook: 4, busy: [] });
    expect(claimed.filter(({ webhookId }) => webhookId === noisy.id)).toHaveLength(4);
    expect(claimed).toHaveLength(5);
    expect(await hooks.deliveries.claim({ limit: 32, perWebhook: 4, busy: [noisy.id] })).toHaveLength(0);
  });

  it('exist exactly if what they tell does', async () => {
    const { webhook } = await create();
    const scope = { workspaceId: owner.workspace.id, mode: 'live', now: stores.clock.now } as const;
    const undone = stores.db.transact(async (trx) => {
      await enqueueEvent(trx, scope, 'credits.low', () => ({ object: 'credits', balance: 0, threshold: 1 }));
      throw new Error('and then it failed');
    });
    await expect(undone).rejects.toThrow('and then it failed');
    await hooks.worker.deliverDue();
    expect(receiver.calls).toHaveLength(0);
    expect(await hooks.log.list(owner, webhook.id, { limit: 9, after: undefined })).toHaveLength(0);
  });

  it('carry two signatures for a day after a new secret was made', async () => {
    const { webhook, secret: old } = await create();
    const { secret } = await hooks.webhooks.rotateSecret(owner, webhook.id);
    expect(secret).not.toBe(old);
    const deliver = async () => {
      await happen();
      await hooks.worker.deliverDue();
      const call = receiver.calls.at(-1);
      invariant(call !== undefined, 'it was delivered');
      return call;
    };
    const during = await deliver();
    for (const known of [old, secret]) {
      expect(verifyCall(during, known, stores.clock.now).type).toBe('credits.low');
    }
    wait(OLD_SECRET_TTL_MS);
    const after = await deliver();
    expect(verifyCall(after, secret, stores.clock.now).type).toBe('credits.low');
    expect(() => verifyCall(after, old, stores.clock.now)).toThrow();
    expect(() => verifyCall({ ...after, body: `${after.body} ` }, secret, stores.clock.now)).toThrow();
  });

  it('are signed after the operator’s secret was changed, as long as the old one is still given', async () => {
    const { webhook, secret } = await create();
    const renewed = openHooks({ secrets: ['a newer secret of the operator, also long', SECRET] });
    await happen();
    await renewed.worker.deliverDue();
    const [call] = receiver.calls;
    invariant(call !== undefined, 'it was delivered');
    expect(verifyCall(call, secret, stores.clock.now).type).toBe('credits.low');
    const forgetful = openHooks({ secrets: ['a newer secret of the operator, also long'] });
    wait(1);
    await happen();
    await forgetful.worker.deliverDue();
    expect(receiver.calls).toHaveLength(1);
    expect((await read(webhook.id)).lastError).toMatch(/give it a new one/);
    const { secret: fresh } = await forgetful.webhooks.rotateSecret(owner, webhook.id);
    wait(RETRY_DELAYS_MS[0]);
    await forgetful.worker.deliverDue();
    const last = receiver.calls.at(-1);
    invariant(last !== undefined, 'it was delivered');
    expect(verifyCall(last, fresh, stores.clock.now).type).toBe('credits.low');
  });

  it('reach no address that is not public, whatever a name says', async () => {
    const guarded = openHooks({ hosts: [] });
    const { webhook } = await create();
    await happen();
    await guarded.worker.deliverDue();
    const port = new URL(receiver.url).port;
    await hooks.webhooks.change(owner, webhook.id, { url: `https://localhost:${port}/` });
    await happen();
    await guarded.worker.deliverDue();
    await sleep(0);
    expect(receiver.calls).toHaveLength(0);
    for (const delivery of await hooks.log.list(owner, webhook.id, { limit: 9, after: undefined })) {
      expect(delivery.lastError).toBe('The address of the receiver is not public.');
    }
  });

  it('are forgotten a month after their end', async () => {
    const { webhook } = await create();
    await happen();
    await hooks.worker.deliverDue();
    wait(30 * 24 * 3_600_000);
    await hooks.removeOld();
    expect(await hooks.log.list(owner, webhook.id, { limit: 9, after: undefined })).toHaveLength(1);
    wait(1);
    await hooks.removeOld();
    expect(await hooks.log.list(owner, webhook.id, { limit: 9, after: undefined })).toHaveLength(0);
  });
});
