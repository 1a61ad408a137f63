import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { expectBooksInOrder } from '../../test/support/books.js';
import { AppError } from '../errors.js';
import { timesFactor } from '../../test/support/long-runs.js';
import type { Account } from './ledger-store.js';
import { fromCredits } from './microcredits.js';

const FRESH_SEED = Math.trunc(Math.random() * 2 ** 31);
console.log(`ledger: fresh seed ${FRESH_SEED}`);

let stores: TestStores;

type Move =
  | { readonly kind: 'grant'; readonly amount: number }
  | { readonly kind: 'hold'; readonly amount: number }
  /** `share` of one of the actor's open holds is charged, the rest released: 0 releases all of it. */
  | { readonly kind: 'settle'; readonly which: number; readonly share: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('grant' as const), amount: fc.integer({ min: 1, max: 5_000_000 }) }),
  fc.record({ kind: fc.constant('hold' as const), amount: fc.integer({ min: 0, max: 8_000_000 }) }),
  fc.record({
    kind: fc.constant('settle' as const),
    which: fc.nat(50),
    share: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  }),
);

/** What an actor knows of its own moves: the model that the books are compared with. */
interface Actor {
  granted: number;
  charged: number;
  readonly open: { readonly id: string; readonly held: number }[];
}

/**
 * Runs moves one after the other.
 * @param alone nobody else moves the account meanwhile, so that a refusal can be checked to the microcredit
 */
async function play(account: Account, name: string, moves: readonly Move[], alone: boolean): Promise<Actor> {
  const actor: Actor = { granted: 0, charged: 0, open: [] };
  for (const [index, step] of moves.entries()) {
    if (step.kind === 'grant') {
      await stores.ledger.grant(account, step.amount, { note: 'a grant' });
      actor.granted += step.amount;
    } else if (step.kind === 'hold') {
      const before = await stores.ledger.findBalance(account);
      const id = `gen_${name}_${index}`;
      try {
        await stores.db.transact((trx) => stores.ledger.hold(trx, account, id, step.amount));
        actor.open.push({ id, held: step.amount });
        if (alone) expect(step.amount).toBeLessThanOrEqual(before.available);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'insufficient_credits') throw error;
        if (!alone) continue;
        expect(step.amount).toBeGreaterThan(before.available);
        expect(await stores.ledger.findBalance(account)).toStrictEqual(before);
      }
    } else {
      const [chosen] = actor.open.splice(step.which % Math.max(1, actor.open.length), 1);
      if (chosen === undefined) continue;
      const charged = Math.floor(chosen.held * step.share);
      await stores.db.transact((trx) =>
        stores.ledger.settle(trx, account, chosen.id, { held: chosen.held, charged }),
      );
      actor.charged += charged;
    }
  }
  return actor;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The books are in order, and they say what the actors did. */
async function expectModel(account: Account, first: number, actors: readonly Actor[]): Promise<void> {
  const { balance, held } = await expectBooksInOrder(stores, account);
  const moved = sum(actors.map((actor) => actor.granted - actor.charged));
  expect(balance).toBe(first + moved);
  expect(held).toBe(sum(actors.flatMap((actor) => actor.open.map((hold) => hold.held))));
}

describe.each(DATABASES)('the ledger through any moves on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.close();
  });

  it.each([
    ['a fixed', 1_122],
    ['a fresh', FRESH_SEED],
  ])('holds exactly what there is and adds up, for one caller (%s seed)', async (_name, seed) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000_000), fc.array(move, { maxLength: 25 }), async (first, moves) => {
        const account = await stores.createAccount(first / 1_000_000);
        await expectModel(account, first, [await play(account, 'one', moves, true)]);
      }),
      { numRuns: timesFactor(12), seed },
    );
  });

  it.each([
    ['a fixed', 1_122],
    ['a fresh', FRESH_SEED],
  ])('never goes below zero and adds up, for several callers at once (%s seed)', async (_name, seed) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(move, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 6 }),
        async (callers) => {
          const account = await stores.createAccount(10);
          const actors = await Promise.all(
            callers.map((moves, index) => play(account, `caller${index}`, moves, false)),
          );
          await expectModel(account, fromCredits(10), actors);
        },
      ),
      { numRuns: timesFactor(database === 'sqlite' ? 10 : 5), seed },
    );
  });
});
