/** A disk of the embedded database that takes no more: nothing begins, and what is under way waits for room. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import {
  expectUnavailable,
  PRICE,
  startFaultGateway,
  until,
  type FaultGateway,
} from '../support/fault-gateway.js';
import { findTestS3, type TestS3 } from '../support/s3-server.js';
import { limitSmallDisk, MAY_MOUNT, mountSmallDisk, type SmallDisk } from '../support/small-disk.js';

let emulators: Emulators;
let s3: TestS3;
let gateway: FaultGateway | undefined;
let disk: SmallDisk | undefined;

beforeEach(async () => {
  emulators = await startEmulators();
  // A limit on files would meet pictures in files too.
  s3 = findTestS3();
});
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  disk?.remove();
  disk = undefined;
  await s3.close();
  await emulators.close();
});

const bought = () => emulators.records.filter(({ method }) => method === 'POST').length;

it.each<readonly [string, () => SmallDisk]>([
  ['no file may grow', limitSmallDisk],
  ...(MAY_MOUNT ? ([['the disk is full', mountSmallDisk]] as const) : []),
])(
  '%s: nothing begins, and a picture that comes meanwhile is charged and delivered once there is room',
  async (_name, openDisk) => {
    const here = openDisk();
    disk = here;
    const gate = await startFaultGateway({
      ATELIER_DATA_DIR: here.folder,
      STORAGE_URL: s3.url,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      ATELIER_EMULATORS_URL: emulators.root,
    });
    gateway = gate;
    expect(existsSync(path.join(here.folder, 'atelier.sqlite'))).toBe(true);
    const before = generation.parse((await gate.generate()).body);
    const waiting = gate.generate('[[emulate:slow-1500]] a pond that comes too early');
    await emulators.arrived('slow');
    const bySlow = bought();

    await here.fill(gate.pid);
    for (const answer of await Promise.all([gate.generate(), gate.generate(), gate.generate()])) {
      expectUnavailable(answer, true);
    }
    expectUnavailable(await gate.generate('a pond that waits', { prefer: 'respond-async' }), true);
    expect(bought()).toBe(bySlow);
    expect([await gate.status('/healthz'), await gate.status('/readyz')]).toEqual([200, 503]);
    expect((await gate.call('GET', '/v1/models')).status).toBe(200);
    expect((await gate.call('GET', '/v1/credits')).status).toBe(200);
    expect((await fetchPicture(before.data[0]?.url)).width).toBe(1024);

    // It came, and waits to be written down.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const list = await gate.call('GET', '/v1/images/generations?limit=1');
    expect(JSON.stringify(list.body)).toContain('"status":"running"');

    await here.empty(gate.pid);
    const late = await waiting;
    expect(late.status).toBe(200);
    const made = generation.parse(late.body);
    expect(made.credits_used).toBe(PRICE);
    expect((await fetchPicture(made.data[0]?.url)).width).toBe(1024);
    await until('the database is used again', async () => (await gate.generate()).status === 200);
    await expect.poll(() => gate.status('/readyz')).toBe(200);
    expect(bought()).toBe(bySlow + 1);
    await gate.expectSpent(3 * PRICE);
    expect(await gate.stop()).toBe(0);
  },
  120_000,
);
