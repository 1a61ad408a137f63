/** How long a wrong key takes tells nothing of how wrong it is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LinkSigner } from '../../src/files/signed-links.js';
import { sameText } from '../../src/http/same-text.js';
import type { WorkspaceStore } from '../../src/workspaces/workspace-store.js';
import { openTestStores, type TestStores } from '../factories/stores.js';
import { relativeDifference } from '../support/timing.js';

/** Generous, for machines that do other things as well; what an early end gives away is several times as much. */
const MAX_DIFFERENCE = 0.15;
const RIGHT = `atl_live_${'k7Qz'.repeat(10)}`;

/** As wrong as can be, with the right length; then right but for the last characters. */
const unknownTo = (right: string) => (n: number) =>
  `${String(n).padStart(8, '0')}${'x'.repeat(right.length - 8)}`;
const nearlyTo = (right: string) => (n: number) => `${right.slice(0, -8)}${String(n).padStart(8, '0')}`;
const [unknown, nearly] = [unknownTo(RIGHT), nearlyTo(RIGHT)];

describe('the measurement', () => {
  it('finds a comparison that ends at the first difference', async () => {
    // Long enough for engines that compare faster than they make texts.
    const right = RIGHT.repeat(10);
    const planted = (given: string) => {
      for (let at = 0; at < right.length; at += 1) {
        if (given.charCodeAt(at) !== right.charCodeAt(at)) return false;
      }
      return true;
    };
    const guesses = [unknownTo(right), nearlyTo(right)] as const;
    const found = await relativeDifference(planted, ...guesses, { rounds: 200, calls: 1_000 });
    expect(found).toBeGreaterThan(2 * MAX_DIFFERENCE);
  });

  it('finds nothing between keys that are equally wrong', async () => {
    const found = await relativeDifference(
      (given) => sameText(given, RIGHT),
      unknown,
      (n) => unknown(n + 50_000_000),
      { rounds: 200, calls: 200 },
    );
    expect(Math.abs(found)).toBeLessThan(MAX_DIFFERENCE);
  });
});

it('the admin token is compared in constant time', async () => {
  const found = await relativeDifference((given) => sameText(given, RIGHT), unknown, nearly, {
    rounds: 200,
    calls: 200,
  });
  expect(Math.abs(found)).toBeLessThan(MAX_DIFFERENCE);
});

it('signatures of links are compared in constant time', async () => {
  const signer = new LinkSigner(['s'.repeat(32)]);
  const now = new Date('2026-11-22T12:00:00Z');
  const link = new URL(
    signer.sign('img_000000000000000000000000', 'png', new Date('2026-11-22T13:00:00Z')),
    'http://gateway',
  );
  const sig = link.searchParams.get('sig') ?? '';
  const exp = link.searchParams.get('exp') ?? '';
  const verify = (given: string) => {
    try {
      signer.verify('img_000000000000000000000000.png', { exp, sig: given }, now);
    } catch {
      // Refused, as it should be.
      return;
    }
    throw new Error('a wrong signature was taken');
  };
  const found = await relativeDifference(
    verify,
    (n) => `${String(n).padStart(8, '0')}${'x'.repeat(sig.length - 8)}`,
    (n) => `${sig.slice(0, -8)}${String(n).padStart(8, '0')}`,
    { rounds: 200, calls: 100 },
  );
  expect(Math.abs(found)).toBeLessThan(MAX_DIFFERENCE);
});

describe('keys of workspaces', () => {
  let stores: TestStores;
  let workspaces: WorkspaceStore;
  beforeAll(async () => {
    stores = await openTestStores({ database: 'sqlite' });
    workspaces = stores.workspaces;
    await workspaces.createFirst('timing', 0, [
      { mode: 'live', role: 'owner', name: 'right', secret: RIGHT },
    ]);
  });
  afterAll(async () => {
    await stores.close();
  });

  it('are looked up alike, however much of them is right', async () => {
    expect(await workspaces.findCaller(RIGHT)).toBeDefined();
    const find = async (given: string) => {
      if ((await workspaces.findCaller(given)) !== undefined) throw new Error('a wrong key was taken');
    };
    for (const other of [nearly, (n: number) => `short-${n}`]) {
      const found = await relativeDifference(find, unknown, other, { rounds: 200, calls: 10 });
      expect(Math.abs(found)).toBeLessThan(MAX_DIFFERENCE);
    }
  });
});
