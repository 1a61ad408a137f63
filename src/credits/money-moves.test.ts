import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { listEntries } from '../../test/support/books.js';
import {
  MoneyPlayer,
  moneyMove,
  type KnownGeneration,
  type MoneyMove,
} from '../../test/support/money-moves.js';
import { timesFactor } from '../../test/support/long-runs.js';
import { expectParcelsInOrder, listRemainders, sumAlike } from '../../test/support/parcel-books.js';
import type { Account } from './ledger-store.js';

const FRESH_SEED = Math.trunc(Math.random() * 2 ** 31);
console.log(`money: fresh seed ${FRESH_SEED}`);

let stores: TestStores;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The rules of parcels once more, as plainly as they can be said: what the ledger is compared with. */
class PlainAccount {
  held = 0;
  now = NOON.getTime();
  readonly parcels: { left: number; readonly end: number; readonly born: number }[] = [];

  get balance(): number {
    return sum(this.parcels.map(({ left }) => left));
  }

  give(amount: number, lifeMs = Infinity): void {
    this.parcels.push({ left: amount, end: this.now + lifeMs, born: this.now });
    this.parcels.sort((a, b) => (a.end === b.end ? a.born - b.born : a.end < b.end ? -1 : 1));
  }

  take(amount: number): void {
    let left = amount;
    for (const parcel of this.parcels) {
      const taken = Math.min(left, parcel.left);
      parcel.left -= taken;
      left -= taken;
    }
  }

  expire(): void {
    const due = sum(this.parcels.filter(({ end }) => end <= this.now).map(({ left }) => left));
    this.take(Math.min(due, this.balance - this.held));
  }
}

function holdOf({ images, price }: KnownGeneration): number {
  return images * price;
}

/** Plays one move in both; what the player does to generations tells the plain account what to do. */
async function playBoth(player: MoneyPlayer, plain: PlainAccount, move: MoneyMove): Promise<void> {
  const openBefore = player.open;
  const available = plain.balance - plain.held;
  const started = await player.play(move);
  if (move.kind === 'start') {
    expect(started).toBe(move.images * move.price <= available);
    if (started === true) plain.held += move.images * move.price;
  }
  if (move.kind === 'grant') plain.give(move.amount, move.lifeMs);
  if (move.kind === 'top-up') plain.give(move.amount);
  if (move.kind === 'wait') plain.now += move.ms;
  for (const generation of openBefore) {
    if (generation.charged === undefined) continue;
    plain.take(sum(generation.charged));
    plain.held -= holdOf(generation);
    plain.expire();
  }
  plain.expire();
}

/** Every picture was charged once, every ended generation gave its hold back, and what is open is held. */
async function expectCharges(account: Account, player: MoneyPlayer): Promise<void> {
  const entries = await listEntries(stores, account);
  const pictures = await stores.db.kysely
    .selectFrom('images')
    .select(['generation_id as of', 'charged_microcredits as charged'])
    .where('workspace_id', '=', account.workspaceId)
    .orderBy('position')
    .execute();
  for (const generation of player.generations) {
    const own = entries.filter((entry) => entry.generationId === generation.id);
    const { charged } = generation;
    expect(sum(own.map((entry) => entry.heldDelta))).toBe(charged === undefined ? holdOf(generation) : 0);
    expect(sum(own.map((entry) => -entry.balanceDelta))).toBe(sum(charged ?? []));
    expect(own.filter((entry) => entry.kind === 'settle')).toHaveLength(sum(charged ?? []) > 0 ? 1 : 0);
    const found = await stores.generations.find(account.workspaceId, account.mode, generation.id);
    expect(found?.charged).toBe(sum(charged ?? []));
    expect(pictures.filter(({ of }) => of === generation.id).map((one) => one.charged)).toStrictEqual(
      charged ?? [],
    );
    expect(found?.status === 'running').toBe(charged === undefined);
  }
}

async function expectTotals(account: Account, players: readonly MoneyPlayer[]): Promise<void> {
  const { balance, held } = await expectParcelsInOrder(stores, account);
  const entries = await listEntries(stores, account);
  const expired = sum(entries.filter(({ kind }) => kind === 'expire').map((entry) => -entry.balanceDelta));
  const charged = sum(players.flatMap(({ generations }) => generations.flatMap((one) => one.charged ?? [])));
  expect(balance).toBe(sum(players.map(({ given }) => given)) - charged - expired);
  expect(held).toBe(sum(players.flatMap(({ open }) => open.map(holdOf))));
  for (const player of players) await expectCharges(account, player);
}

describe.each(DATABASES)('money through any moves on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.close();
  });

  it.each([
    ['a fixed', 2_211],
    ['a fresh', FRESH_SEED],
  ])('follows the plain rules to the microcredit, for one caller (%s seed)', async (_name, seed) => {
    await fc.assert(
      fc.asyncProperty(fc.array(moneyMove, { minLength: 5, maxLength: 25 }), async (moves) => {
        stores.clock.now = NOON;
        const account = await stores.createAccount(0);
        const player = new MoneyPlayer(stores, account);
        const plain = new PlainAccount();
        for (const move of moves) {
          await playBoth(player, plain, move);
          const { balance, held } = await stores.ledger.findBalance(account);
          expect([move.kind, balance, held]).toStrictEqual([move.kind, plain.balance, plain.held]);
        }
        await expectTotals(account, [player]);
        expect(await listRemainders(stores, account)).toStrictEqual(sumAlike(plain.parcels));
      }),
      { numRuns: timesFactor(database === 'sqlite' ? 20 : 6), seed },
    );
  });

  it.each([
    ['a fixed', 2_211],
    ['a fresh', FRESH_SEED],
  ])('loses and doubles nothing, for several callers at once (%s seed)', async (_name, seed) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(moneyMove, { minLength: 3, maxLength: 10 }), { minLength: 2, maxLength: 5 }),
        async (callers) => {
          stores.clock.now = NOON;
          const account = await stores.createAccount(0);
          const players = callers.map(() => new MoneyPlayer(stores, account));
          await Promise.all(
            players.map(async (player, index) => {
              for (const move of callers[index] ?? []) await player.play(move);
            }),
          );
          await expectTotals(account, players);
          // All processes have died; a start ends what they left.
          for (const player of players) await player.recover();
          expect((await expectParcelsInOrder(stores, account)).held).toBe(0);
          await expectTotals(account, players);
        },
      ),
      { numRuns: timesFactor(database === 'sqlite' ? 8 : 3), seed },
    );
  });
});
