/** A store of pictures that takes no more: nothing is bought that can't be kept, and all is well once it does again. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import {
  expectUnavailable,
  PRICE,
  startFaultGateway,
  until,
  type FaultGateway,
} from '../support/fault-gateway.js';
import { drawPicture, fileForm } from '../support/files.js';
import { createOwnStores, type OwnStores } from '../support/own-stores.js';
import { limitSmallDisk, MAY_MOUNT, mountSmallDisk } from '../support/small-disk.js';

const TIMEOUT_MS = 120_000;

/** A place for pictures that a test takes away and gives back. */
interface Place {
  readonly folder: string;
  /** Starts the program. */
  readonly launcher?: readonly string[];
  take(pid: number): Promise<void>;
  giveBack(pid: number): Promise<void>;
  remove(): void;
}

const filled = (disk: ReturnType<typeof limitSmallDisk>): Place => ({
  folder: disk.folder,
  take: (pid) => disk.fill(pid),
  giveBack: (pid) => disk.empty(pid),
  remove: () => {
    disk.remove();
  },
});

/** Its permissions count for root as well, if that is who runs the tests. */
function forbiddenFolder(): Place {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-forbidden-'));
  const setMode = (mode: number) => {
    for (const entry of ['.', ...readdirSync(path.join(folder, 'blobs'))]) {
      chmodSync(path.join(folder, 'blobs', entry), mode);
    }
    return Promise.resolve();
  };
  const isRoot = process.getuid?.() === 0;
  return {
    folder,
    ...(isRoot ? { launcher: ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] } : {}),
    take: () => setMode(0o555),
    giveBack: () => setMode(0o755),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readOnlyMount(): Place {
  const disk = mountSmallDisk();
  return {
    folder: disk.folder,
    take: () => {
      disk.setReadOnly(true);
      return Promise.resolve();
    },
    giveBack: () => {
      disk.setReadOnly(false);
      return Promise.resolve();
    },
    remove: () => {
      disk.remove();
    },
  };
}

/** The first two need nothing that a container forbids. */
const PLACES: readonly (readonly [string, () => Place])[] = [
  ['no file may grow', () => filled(limitSmallDisk())],
  ['the folder is forbidden', forbiddenFolder],
  ...(MAY_MOUNT
    ? ([
        ['the disk is full', () => filled(mountSmallDisk())],
        ['the file system is read-only', readOnlyMount],
      ] as const)
    : []),
];

let emulators: Emulators;
let stores: OwnStores;
let gateway: FaultGateway | undefined;
let place: Place | undefined;

beforeEach(async () => {
  emulators = await startEmulators();
  // The database is elsewhere: a limit on files would meet an embedded one too.
  stores = await createOwnStores('shared');
});
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  place?.remove();
  place = undefined;
  await stores.remove();
  await emulators.close();
});

const bought = () => emulators.records.filter(({ method }) => method === 'POST').length;

it.each(PLACES)(
  '%s: one picture is lost at most, nothing more is bought, and the next call after that works',
  async (_name, openPlace) => {
    const here = openPlace();
    place = here;
    const it = await startFaultGateway(
      {
        ...stores.env,
        STORAGE_URL: `file://${here.folder}/blobs`,
        ATELIER_EMULATORS_URL: emulators.root,
        // What was just stored would be answered from memory.
        ATELIER_RECENT_BYTES: '0',
      },
      { launcher: here.launcher ?? [] },
    );
    gateway = it;
    const before = generation.parse((await it.generate()).body);
    const files = listFiles(here.folder);
    expect(bought()).toBe(1);

    await here.take(it.pid);
    const lost = await it.generate('a pond that can not be kept');
    expectUnavailable(lost, false);
    expect(bought()).toBe(2);
    const record = await it.read(lost.headers.get('x-generation-id') ?? '');
    expect(record).toMatchObject({
      status: 'failed',
      credits_used: 0,
      error: { code: 'storage_unavailable' },
      attempts: [{ outcome: 'failed', error: { code: 'storage_unavailable', should_retry: false } }],
    });

    // From here on nothing is bought.
    for (const answer of await Promise.all([it.generate(), it.generate(), it.generate()])) {
      expectUnavailable(answer, true);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expectUnavailable(await it.call('POST', '/v1/files', fileForm(await drawPicture(1))), true);
    const waiting = await it.generate('a pond that waits', { prefer: 'respond-async' });
    expect(waiting.status).toBe(202);
    await sleep(500);
    const waits = await it.read(waiting.headers.get('x-generation-id') ?? '');
    expect(waits.status).toBe('queued');
    expect(bought()).toBe(2);

    // The process is well, and says what is not.
    expect([await it.status('/healthz'), await it.status('/readyz')]).toEqual([200, 503]);
    expect((await it.call('GET', '/v1/models')).status).toBe(200);
    expect((await fetchPicture(before.data[0]?.url)).width).toBe(1024);
    expect(listFiles(here.folder)).toEqual(files);
    await expectSpentAndHeld(it);

    await here.giveBack(it.pid);
    await until('the store is asked again', async () => (await it.generate()).status === 200, 5_000);
    await expect.poll(() => it.status('/readyz')).toBe(200);
    expect(await it.readEnd(waits.id)).toMatchObject({ status: 'succeeded', credits_used: PRICE });
    expect((await it.call('POST', '/v1/files', fileForm(await drawPicture(1)))).status).toBe(200);
    expect(bought()).toBe(4);
    await it.expectSpent(3 * PRICE);
    expect(listFiles(path.join(here.folder, 'blobs/incoming'))).toEqual([]);
    expect(await it.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

it(
  'is no fault of a provider whose picture came by a link, and no reason to ask another model',
  async () => {
    const here = filled(limitSmallDisk());
    place = here;
    const it = await startFaultGateway({
      ...stores.env,
      STORAGE_URL: `file://${here.folder}/blobs`,
      ATELIER_EMULATORS_URL: emulators.root,
    });
    gateway = it;
    await here.take(it.pid);
    const body = { model: 'flux-2-pro', prompt: 'a pond', fallback: ['dall-e-3'] };
    const lost = await it.call('POST', '/v1/images/generations', body);
    expectUnavailable(lost, false);
    expect(bought()).toBe(1);
    expect(await it.read(lost.headers.get('x-generation-id') ?? '')).toMatchObject({
      status: 'failed',
      attempts: [{ outcome: 'failed', error: { code: 'storage_unavailable' } }],
    });
    await here.giveBack(it.pid);
    await it.expectSpent(0);
  },
  TIMEOUT_MS,
);

/** One picture was charged, and one waits with its price held. */
async function expectSpentAndHeld(it: FaultGateway): Promise<void> {
  const account = z.object({ held: z.number(), balance: z.number(), available: z.number() });
  const { held, balance, available } = account.parse((await it.call('GET', '/v1/credits')).body);
  expect([held, balance - available]).toEqual([PRICE, PRICE]);
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'ballast')
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
