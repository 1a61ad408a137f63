import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DATABASES, openTestStores } from '../../test/factories/stores.js';
import { expectBooksInOrder } from '../../test/support/books.js';
import { startChild, type Child } from '../../test/support/child.js';
import { fromCredits } from './microcredits.js';

const PROCESSES = 4;
const HOLDS = 50;

let children: readonly Child[];

// Starting a process costs far more than its work: the same ones serve both databases.
beforeAll(() => {
  children = Array.from({ length: PROCESSES }, () => startChild('hold-in-child.ts'));
});
afterAll(async () => {
  await Promise.all(children.map((child) => child.kill()));
});

describe('several processes on one ledger', () => {
  it.each(DATABASES)(
    'hold exactly what the balance pays for, and are refused the rest, on %s',
    async (database) => {
      const stores = await openTestStores({ database });
      try {
        const account = await stores.createAccount(HOLDS);
        for (const [index, child] of children.entries()) {
          const task = {
            place: stores.place,
            name: `process${index}`,
            holds: HOLDS,
            amount: fromCredits(1),
            account,
          };
          child.tell(JSON.stringify(task));
        }
        for (const child of children) expect(await child.nextLine()).toBe('ready');
        for (const child of children) child.tell('go');
        const answers = await Promise.all(children.map((child) => child.nextLine()));
        const outcomes = answers.flatMap((answer) => z.array(z.string()).parse(JSON.parse(answer)));
        expect(outcomes.filter((outcome) => outcome === 'held')).toHaveLength(HOLDS);
        expect(outcomes.filter((outcome) => outcome === 'insufficient_credits')).toHaveLength(
          (PROCESSES - 1) * HOLDS,
        );
        expect(await expectBooksInOrder(stores, account)).toStrictEqual({
          balance: 0,
          held: 0,
          available: 0,
        });
      } finally {
        await stores.close();
      }
    },
  );
});
