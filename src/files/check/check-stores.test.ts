import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CreateMultipartUploadCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestStores, type TestStores } from '../../../test/factories/stores.js';
import { findTestS3 } from '../../../test/support/s3-server.js';
import type { Account } from '../../credits/ledger-store.js';
import { S3BlobStore } from '../s3-blob-store.js';
import { sweep } from '../retention.js';
import { checkStores, StoresDisagree, type CheckOptions } from './check-stores.js';
import type { Problem } from './problem.js';

const HOUR = 3_600_000;

/** The stored bytes, behind the back of the store. Names are those below its root. */
interface RawStore {
  readonly list: () => Promise<readonly string[]>;
  readonly read: (name: string) => Promise<Buffer>;
  readonly write: (name: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

interface Bench {
  readonly stores: TestStores;
  readonly raw: RawStore;
  /** Begins to write something and never ends it. */
  readonly leaveWrite: () => Promise<void>;
  readonly close: () => Promise<void>;
}

async function openOnDisk(): Promise<Bench> {
  const stores = await openTestStores({ database: 'sqlite' });
  const root = stores.blobFolder;
  return {
    stores,
    raw: {
      list: async () =>
        (await readdir(root, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
          .sort(),
      read: (name) => readFile(path.join(root, name)),
      write: async (name, bytes) => {
        await mkdir(path.dirname(path.join(root, name)), { recursive: true });
        await writeFile(path.join(root, name), bytes);
      },
      remove: (name) => rm(path.join(root, name)),
    },
    leaveWrite: () => writeFile(path.join(root, 'incoming', 'half'), 'half a f'),
    close: () => stores.close(),
  };
}

async function openOnS3(): Promise<Bench> {
  const s3 = findTestS3();
  const blobs = await S3BlobStore.open(s3.place, s3.credentials);
  const stores = await openTestStores({ database: 'postgres', blobs });
  const at = (name: string) => ({ Bucket: s3.place.bucket, Key: `${s3.place.prefix}/${name}` });
  return {
    stores,
    raw: {
      list: () => s3.listKeys(),
      read: async (name) => {
        const { Body } = await s3.client.send(new GetObjectCommand(at(name)));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      },
      write: (name, bytes) => s3.putKey(name, bytes),
      remove: (name) => s3.removeKey(name),
    },
    leaveWrite: async () => {
      await s3.client.send(new CreateMultipartUploadCommand(at('tmp/half')));
    },
    close: async () => {
      await stores.close();
      blobs.close();
      await s3.close();
    },
  };
}

const nameOf = (sha256: string) => `blobs/${sha256.slice(0, 2)}/${sha256}`;

describe.each([
  ['disk and SQLite', openOnDisk, (sha256: string) => nameOf(sha256).slice('blobs/'.length)],
  ['S3 and PostgreSQL', openOnS3, nameOf],
] as const)('a check of %s', (_name, open, placeOf) => {
  let bench: Bench;
  let account: Account;

  beforeEach(async () => {
    bench = await open();
    // What the store says of times is real.
    bench.stores.clock.now = new Date();
    account = await bench.stores.createAccount(0);
  });
  afterEach(async () => {
    await bench.close();
  });

  /** @param hours from now on */
  async function check(changes: Partial<CheckOptions> = {}, hours = 7) {
    const problems: Problem[] = [];
    const { db, blobs } = bench.stores;
    const summary = await checkStores({
      db,
      store: blobs,
      clock: () => new Date(Date.now() + hours * HOUR),
      repair: false,
      fast: false,
      force: false,
      concurrency: 3,
      onProblem: (problem) => problems.push(problem),
      onProgress: () => {},
      ...changes,
    });
    expect(summary.problems.count).toBe(problems.length);
    return { problems, summary };
  }
  const kinds = (problems: readonly Problem[]) => problems.map(({ kind }) => kind);

  async function storeFile(text: string) {
    const { files, pictures } = bench.stores;
    const { sha256, sizeBytes } = await pictures.storeBuffer(Buffer.from(text));
    const file = await files.create(
      {
        ...account,
        keyId: 'key_test',
        purpose: 'vision',
        filename: 'fox.png',
        sha256,
        sizeBytes,
        mimeType: 'image/png',
        width: 1,
        height: 1,
        c2pa: false,
        model: undefined,
        generationId: undefined,
        imageId: undefined,
        derivedFromFileId: undefined,
      },
      undefined,
      () => Promise.resolve(),
    );
    return file;
  }
  const reload = (id: string) => bench.stores.files.find(account, id);

  /** Everything that a check could change. */
  async function everything() {
    const { kysely } = bench.stores.db;
    const names = await bench.raw.list();
    return {
      blobs: await kysely.selectFrom('blobs').selectAll().orderBy('sha256').execute(),
      images: await kysely.selectFrom('images').selectAll().orderBy('id').execute(),
      totals: await kysely.selectFrom('storage_totals').selectAll().orderBy('key_id').execute(),
      bytes: await Promise.all(
        names.map(async (name) => [
          name,
          createHash('sha256')
            .update(await bench.raw.read(name))
            .digest('hex'),
        ]),
      ),
    };
  }

  it('finds nothing where all is well, and changes nothing', async () => {
    await storeFile('a fox');
    await storeFile('a hare');
    const stored = await bench.stores.pictures.storeBuffer(Buffer.from('an owl'));
    await bench.stores.recordImage(account, stored, new Date(Date.now() + 24 * HOUR));
    await bench.stores.pictures.storeBuffer(Buffer.from('nobody keeps me'));
    const before = await everything();
    for (const changes of [{}, { fast: true }, { repair: true }]) {
      const { problems, summary } = await check(changes);
      expect(problems).toEqual([]);
      expect(summary.blobs).toEqual({ count: 4, bytes: 5 + 6 + 6 + 15 });
      expect(summary.read.count).toBe(changes.fast === true ? 0 : 4);
    }
    expect(await everything()).toEqual(before);
  });

  it.each([
    ['a flipped bit', (bytes: Buffer) => Buffer.from([...bytes.subarray(0, -1), (bytes.at(-1) ?? 0) ^ 1])],
    ['a missing end', (bytes: Buffer) => bytes.subarray(0, 3)],
    ['too many bytes', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('!')])],
  ])('moves bytes with %s aside and marks their file as lost', async (_damage, spoil) => {
    const [file, other] = [await storeFile('a fox'), await storeFile('a hare')];
    const spoilt = spoil(Buffer.from('a fox'));
    await bench.raw.write(placeOf(file.sha256), spoilt);
    const found = await check();
    expect(found.problems).toMatchObject([
      {
        kind: 'damaged',
        subject: file.sha256,
        uses: [{ kind: 'file', id: file.id, filename: 'fox.png' }],
        repaired: false,
      },
    ]);
    expect((await reload(file.id))?.lost).toBe(false);
    const { problems } = await check({ repair: true });
    expect(problems).toMatchObject([{ kind: 'damaged', repaired: true }]);
    expect((await reload(file.id))?.lost).toBe(true);
    expect((await reload(other.id))?.lost).toBe(false);
    const aside = (await bench.raw.list()).filter((name) => name.startsWith('quarantine/'));
    expect(aside).toEqual([expect.stringContaining(file.sha256)]);
    expect((await bench.raw.read(aside[0] ?? '')).equals(spoilt)).toBe(true);
    expect(await bench.stores.blobs.has(file.sha256)).toBe(false);
    const again = await check({ repair: true });
    expect(again.problems).toEqual([]);
    expect(again.summary).toMatchObject({ lost: { count: 1 }, aside: { count: 1 } });
  });

  it('sees a wrong length without reading, and no flipped bit', async () => {
    const [fox, hare] = [await storeFile('a fox'), await storeFile('a hare')];
    await bench.raw.write(placeOf(fox.sha256), Buffer.from('a f'));
    await bench.raw.write(placeOf(hare.sha256), Buffer.from('a hase'));
    const { problems } = await check({ fast: true });
    expect(problems).toMatchObject([{ kind: 'damaged', subject: fox.sha256 }]);
  });

  it('marks a file whose bytes are gone; the same bytes uploaded again mend it', async () => {
    const [file] = [await storeFile('a fox'), await storeFile('a hare')];
    await bench.raw.remove(placeOf(file.sha256));
    expect(kinds((await check()).problems)).toEqual(['missing']);
    expect((await reload(file.id))?.lost).toBe(false);
    expect((await check({ repair: true })).problems).toMatchObject([
      { kind: 'missing', uses: [{ id: file.id }], repaired: true, done: 'marked as lost' },
    ]);
    expect((await reload(file.id))?.lost).toBe(true);
    expect(kinds((await check()).problems)).toEqual([]);
    await storeFile('a fox');
    expect((await reload(file.id))?.lost).toBe(false);
    expect((await buffer(bench.stores.blobs.read(file.sha256))).toString()).toBe('a fox');
    expect(kinds((await check()).problems)).toEqual([]);
  });

  it('takes the mark away when the bytes are there again, as after a restored backup', async () => {
    const [file] = [await storeFile('a fox'), await storeFile('a hare')];
    await bench.raw.remove(placeOf(file.sha256));
    await check({ repair: true });
    await bench.raw.write(placeOf(file.sha256), Buffer.from('a fox'));
    expect(kinds((await check()).problems)).toEqual(['found_again']);
    expect(kinds((await check({ repair: true, fast: true })).problems)).toEqual(['found_again']);
    expect((await reload(file.id))?.lost).toBe(false);
    expect(kinds((await check()).problems)).toEqual([]);
  });

  it('leaves alone what somebody announced a moment ago', async () => {
    const [fox, hare] = [await storeFile('a fox'), await storeFile('a hare')];
    await bench.raw.remove(placeOf(fox.sha256));
    await bench.raw.write(placeOf(hare.sha256), Buffer.from('a hase'));
    // A writer that has announced its bytes, and one that has written half of them.
    await bench.stores.records.touch('ab'.repeat(32), 5);
    await bench.leaveWrite();
    const before = await everything();
    const { problems, summary } = await check({ repair: true, force: true }, 0);
    expect(kinds(problems).sort()).toEqual(['damaged', 'missing']);
    expect(problems.map(({ repaired }) => repaired)).toEqual([false, false]);
    expect(summary.unfinished.count).toBe(1);
    expect(await everything()).toEqual(before);
  });

  it('removes old bytes that nobody knows, and leaves young ones and what is no blob', async () => {
    await storeFile('a fox');
    const stray = createHash('sha256').update('a stray').digest('hex');
    await bench.raw.write(placeOf(stray), Buffer.from('a stray'));
    await bench.raw.write(placeOf('ab'.repeat(32)).replace(/[^/]+$/, 'notes.txt'), Buffer.from('mine'));
    expect((await check({ repair: true }, 5)).problems).toMatchObject([{ kind: 'unknown', repaired: false }]);
    expect(kinds((await check()).problems)).toEqual(['unknown']);
    expect(await bench.stores.blobs.has(stray)).toBe(true);
    expect((await check({ repair: true })).problems).toMatchObject([{ kind: 'unknown', repaired: true }]);
    expect(await bench.stores.blobs.has(stray)).toBe(false);
    const { problems, summary } = await check();
    expect(problems).toEqual([]);
    expect(summary).toMatchObject({ foreign: { count: 1, bytes: 4 }, blobs: { count: 1 } });
  });

  it('removes writes that were never finished', async () => {
    await storeFile('a fox');
    await bench.leaveWrite();
    expect(kinds((await check({}, 5)).problems)).toEqual([]);
    expect((await check()).problems).toMatchObject([{ kind: 'left_over', repaired: false }]);
    expect((await check({ repair: true })).problems).toMatchObject([{ kind: 'left_over', repaired: true }]);
    const { problems, summary } = await check({}, 5);
    expect([problems, summary.unfinished.count]).toEqual([[], 0]);
  });

  it('records again what something refers to, and corrects a wrong length', async () => {
    const [fox, hare, owl] = [await storeFile('a fox'), await storeFile('a hare'), await storeFile('an owl')];
    const { kysely } = bench.stores.db;
    await kysely.deleteFrom('blobs').where('sha256', 'in', [fox.sha256, hare.sha256]).execute();
    await bench.raw.remove(placeOf(hare.sha256));
    await kysely.updateTable('blobs').set({ size_bytes: 9 }).where('sha256', '=', owl.sha256).execute();
    expect(kinds((await check()).problems).sort()).toEqual(['unrecorded', 'unrecorded', 'wrong_size']);
    expect(kinds((await check({ repair: true })).problems).sort()).toEqual([
      'missing',
      'unrecorded',
      'unrecorded',
      'wrong_size',
    ]);
    expect(kinds((await check()).problems)).toEqual([]);
    expect([(await reload(fox.id))?.lost, (await reload(hare.id))?.lost]).toEqual([false, true]);
  });

  it('takes back the removal of what something refers to, once nobody is at it', async () => {
    const fox = await storeFile('a fox');
    const { kysely } = bench.stores.db;
    const reviewAt = Date.now() + HOUR;
    await kysely.updateTable('blobs').set({ state: 'deleting', review_at: reviewAt }).execute();
    expect((await check({ repair: true, force: true }, 0)).problems).toMatchObject([
      { kind: 'condemned', repaired: false },
    ]);
    expect((await check({ repair: true, force: true })).problems).toMatchObject([
      { kind: 'condemned', repaired: true },
    ]);
    expect((await reload(fox.id))?.lost).toBe(false);
    expect(kinds((await check()).problems)).toEqual([]);
  });

  it('lets a sweep see blobs that it had lost sight of', async () => {
    const { sha256 } = await bench.stores.pictures.storeBuffer(Buffer.from('a fox'));
    const { db, files, generations, records, blobs } = bench.stores;
    await db.kysely.updateTable('blobs').set({ review_at: null }).execute();
    const later = new Date(Date.now() + 8 * HOUR);
    bench.stores.clock.now = later;
    const runSweep = () => sweep([files, generations], records, blobs, later);
    expect((await runSweep()).blobs).toBe(0);
    expect((await check({ repair: true })).problems).toMatchObject([{ kind: 'forgotten', repaired: true }]);
    expect(kinds((await check()).problems)).toEqual([]);
    expect((await runSweep()).blobs).toBe(1);
    expect(await blobs.has(sha256)).toBe(false);
  });

  it('corrects wrong sums, and pictures that nothing keeps any more', async () => {
    await storeFile('a fox');
    const stored = await bench.stores.pictures.storeBuffer(Buffer.from('an owl'));
    const imageId = await bench.stores.recordImage(account, stored, new Date(Date.now() + HOUR));
    const { kysely } = bench.stores.db;
    await kysely.updateTable('images').set({ file_id: 'file_gone' }).execute();
    await kysely
      .updateTable('storage_totals')
      .set({ files: 7, file_bytes: 1 })
      .where('key_id', '=', '')
      .execute();
    await kysely.deleteFrom('storage_totals').where('key_id', '=', 'key_test').execute();
    const { problems } = await check();
    expect(problems).toMatchObject([
      { kind: 'kept_by_nothing', subject: imageId },
      { kind: 'wrong_total', subject: account.workspaceId },
      { kind: 'wrong_total', subject: 'key_test' },
    ]);
    expect(problems.slice(1).map(({ what }) => what.replace(/.* is /, ''))).toEqual([
      'off by 6 files, -4 bytes',
      'off by -1 files, -5 bytes',
    ]);
    expect((await check({ repair: true })).summary).toMatchObject({ repaired: { count: 3 } });
    expect(kinds((await check()).problems)).toEqual([]);
    const totals = await kysely.selectFrom('storage_totals').select(['files', 'file_bytes']).execute();
    expect(totals).toEqual([
      { files: 1, file_bytes: 5 },
      { files: 1, file_bytes: 5 },
    ]);
    expect((await bench.stores.generations.findImage(imageId))?.fileId).toBeUndefined();
  });

  it('repairs nothing where one of the stores is empty, unless it is told to', async () => {
    const file = await storeFile('a fox');
    await bench.raw.remove(placeOf(file.sha256));
    await expect(check({ repair: true })).rejects.toThrow(StoresDisagree);
    expect((await reload(file.id))?.lost).toBe(false);
    await check({ repair: true, force: true });
    expect((await reload(file.id))?.lost).toBe(true);
  });
});

it('walks through more than a page of records in their order', async () => {
  const stores = await openTestStores();
  try {
    const hashes = Array.from({ length: 2500 }, (_, index) =>
      createHash('sha256').update(String(index)).digest('hex'),
    );
    stores.clock.now = new Date();
    for (const sha256 of hashes) await stores.records.touch(sha256, 1);
    await stores.db.kysely.updateTable('blobs').set({ review_at: null }).execute();
    const problems: string[] = [];
    const summary = await checkStores({
      db: stores.db,
      store: stores.blobs,
      clock: () => new Date(),
      repair: false,
      fast: true,
      force: false,
      concurrency: 8,
      onProblem: ({ kind, subject }) => problems.push(`${kind} ${subject}`),
      onProgress: () => {},
    });
    expect(summary.blobs.count).toBe(2500);
    expect(problems.sort()).toEqual(hashes.map((sha256) => `forgotten ${sha256}`).sort());
  } finally {
    await stores.close();
  }
});
