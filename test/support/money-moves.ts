import fc from 'fast-check';
import type { Account } from '../../src/credits/ledger-store.js';
import { AppError } from '../../src/errors.js';
import { createId } from '../../src/ids.js';
import type { NewImage } from '../../src/images/generation.js';
import { createOrigin } from '../factories/image-origin.js';
import type { TestStores } from '../factories/stores.js';

/** Everything that can happen to an account, told so that any list of it makes sense. */
export type MoneyMove =
  | { readonly kind: 'grant'; readonly amount: number; readonly lifeMs: number | undefined }
  | { readonly kind: 'top-up'; readonly amount: number }
  | { readonly kind: 'start'; readonly images: number; readonly price: number }
  /** The same generation is asked for again after its first start. */
  | { readonly kind: 'start-again'; readonly which: number }
  /** `delivered` of the pictures came, each at `share` of the quoted price; `times` processes say so at once. */
  | {
      readonly kind: 'end';
      readonly which: number;
      readonly delivered: number;
      readonly share: number;
      readonly times: number;
    }
  /** The transaction that would have ended it is lost on its way. */
  | { readonly kind: 'lose-end'; readonly which: number }
  /** Whoever ran the account's generations has died: all that are open end without pictures. */
  | { readonly kind: 'recover' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'sweep' };

const DAY_MS = 86_400_000;
const amount = fc.integer({ min: 1, max: 6_000_000 });
const which = fc.nat(50);

export const moneyMove: fc.Arbitrary<MoneyMove> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('grant' as const),
      amount,
      lifeMs: fc.option(fc.integer({ min: 1, max: 4 * DAY_MS }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('top-up' as const), amount }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      images: fc.integer({ min: 1, max: 4 }),
      price: fc.integer({ min: 0, max: 2_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start-again' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which,
      delivered: fc.nat(4),
      share: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose-end' as const), which }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'recover' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2 * DAY_MS }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'sweep' as const }) },
);

/** A generation as its caller knows it. */
export interface KnownGeneration {
  readonly id: string;
  readonly images: number;
  readonly price: number;
  /** What each delivered picture was charged, once it has ended. */
  charged: readonly number[] | undefined;
}

/** Plays moves against the stores and remembers what each generation came to. */
export class MoneyPlayer {
  readonly generations: KnownGeneration[] = [];
  given = 0;
  readonly #stores: TestStores;
  readonly #account: Account;

  constructor(stores: TestStores, account: Account) {
    this.#stores = stores;
    this.#account = account;
  }

  get open(): readonly KnownGeneration[] {
    return this.generations.filter(({ charged }) => charged === undefined);
  }

  /** Ends what is open as a restart does: without pictures. */
  async recover(): Promise<void> {
    for (const generation of this.open) await this.#end(generation, [], 1);
  }

  /** @returns whether a start found enough credits; undefined for other moves */
  async play(move: MoneyMove): Promise<boolean | undefined> {
    const { ledger, clock } = this.#stores;
    switch (move.kind) {
      case 'grant': {
        const expiresAt = move.lifeMs === undefined ? undefined : new Date(clock.now.getTime() + move.lifeMs);
        await ledger.grant(this.#account, move.amount, { note: 'a gift', expiresAt });
        this.given += move.amount;
        return undefined;
      }
      case 'top-up':
        await ledger.topUp(this.#account, move.amount, 'a payment');
        this.given += move.amount;
        return undefined;
      case 'start':
        return this.#start(move.images, move.price);
      case 'start-again': {
        const known = pick(this.generations, move.which);
        if (known !== undefined) await fails(this.#insert(known));
        return undefined;
      }
      case 'end': {
        const known = pick(this.open, move.which);
        if (known === undefined) return undefined;
        const charge = Math.floor(known.price * move.share);
        const charges = Array<number>(Math.min(move.delivered, known.images)).fill(charge);
        await this.#end(known, charges, move.times);
        return undefined;
      }
      case 'lose-end': {
        const known = pick(this.open, move.which);
        // Two pictures with one id: the last of the statements fails after the money was moved.
        if (known !== undefined) await fails(this.#write(known, [0, 0], 'img_twice'));
        return undefined;
      }
      case 'recover':
        await this.recover();
        return undefined;
      case 'wait':
        clock.now = new Date(clock.now.getTime() + move.ms);
        return undefined;
      case 'sweep':
        await ledger.expireDue(100);
        return undefined;
    }
  }

  async #start(images: number, price: number): Promise<boolean> {
    const known: KnownGeneration = { id: createId('gen'), images, price, charged: undefined };
    try {
      await this.#insert(known);
    } catch (error) {
      if (error instanceof AppError && error.code === 'insufficient_credits') return false;
      throw error;
    }
    this.generations.push(known);
    return true;
  }

  async #insert({ id, images, price }: KnownGeneration): Promise<void> {
    await this.#stores.generations.start({
      id,
      ...this.#account,
      keyId: 'key_test',
      operation: 'generate',
      model: 'painter-1',
      requestJson: '{}',
      hold: images * price,
      edit: undefined,
      begin: 'sent',
    });
  }

  /** However many say so, it ends once, with the pictures of one of them. */
  async #end(known: KnownGeneration, charges: readonly number[], times: number): Promise<void> {
    known.charged = charges;
    await Promise.all(Array.from({ length: times }, () => this.#write(known, charges, undefined)));
  }

  async #write(known: KnownGeneration, charges: readonly number[], id: string | undefined): Promise<void> {
    await this.#stores.generations.end({
      id: known.id,
      status: charges.length === 0 ? 'failed' : charges.length < known.images ? 'partial' : 'succeeded',
      result: undefined,
      error: undefined,
      images: charges.map((charged, position) => toImage(charged, position, id)),
      attempts: [],
      imagesExpireAt: this.#stores.clock.now,
    });
  }
}

function toImage(charged: number, position: number, id: string | undefined): NewImage {
  const size = { width: 1, height: 1 };
  return {
    id: id ?? createId('img'),
    position,
    finished: {
      sha256: 'a'.repeat(64),
      sizeBytes: 1,
      picture: { mimeType: 'image/png', ...size, hasAlpha: false, complete: true, c2pa: false },
      received: size,
      adjustments: [],
      origin: createOrigin(),
    },
    revisedPrompt: undefined,
    seed: undefined,
    continuationSha256: undefined,
    charged,
  };
}

function pick(list: readonly KnownGeneration[], index: number): KnownGeneration | undefined {
  return list[index % Math.max(1, list.length)];
}

async function fails(work: Promise<unknown>): Promise<void> {
  const failed = await work.then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error('what had to fail has succeeded');
}
