/** `atelier storage check` beside the built gateway: what an operator sees of damage, and what callers see after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/db/database.js';
import { openPostgres } from '../../src/db/postgres.js';
import { failure, generation } from '../support/answers.js';
import { runCli } from '../support/cli.js';
import { drawPicture, fileAnswer, fileForm, page } from '../support/files.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { makeNoisePng } from '../support/noise-png.js';
import { createOwnStores, type OwnStores, type StoresName } from '../support/own-stores.js';

const KEY = 'key-of-a-checked-gateway-01';

/** Each test starts the built program several times. */
const TIMEOUT_MS = 300_000;

let stores: OwnStores;
let gateway: GatewayProcess;

afterEach(async () => {
  await gateway.kill();
  await stores.remove();
});

async function open(name: StoresName): Promise<void> {
  stores = await createOwnStores(name);
  await start();
}
async function start(): Promise<void> {
  gateway = await startGatewayProcess({ ...stores.env, ATELIER_BOOTSTRAP_KEY: KEY });
}

async function call(method: string, path: string, body?: FormData | object) {
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  const parsed: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, body: parsed };
}
const upload = async (bytes: Uint8Array) =>
  fileAnswer.parse((await call('POST', '/v1/files', fileForm(bytes))).body);
const check = (...options: readonly string[]) => runCli(['storage', 'check', ...options], stores.env);

async function expectWell(...options: readonly string[]): Promise<void> {
  const { code, stdout } = await check(...options);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/all is well\n$/)]);
}

/** Nobody announced any bytes lately. */
async function makeOld(name: StoresName): Promise<void> {
  const db =
    name === 'shared'
      ? await openPostgres(stores.env['DATABASE_URL'] ?? '', { onConnectionLost: () => {} })
      : await openSqlite(`${stores.env['ATELIER_DATA_DIR'] ?? ''}/atelier.sqlite`);
  await db.kysely
    .updateTable('blobs')
    .set({ touched_at: Date.now() - 3_600_000 })
    .execute();
  await db.close();
}

describe.each(['embedded', 'shared'] as const)('on %s stores', (name) => {
  it(
    'finds spoilt and missing pictures, marks them, and callers are told until they upload them again',
    async () => {
      await open(name);
      const bytes = await drawPicture(1);
      const [spoilt, gone, well] = [
        await upload(bytes),
        await upload(await drawPicture(2)),
        await upload(await drawPicture(3)),
      ];
      const made = generation.parse(
        (
          await call('POST', '/v1/images/generations', {
            model: 'atelier-sketch',
            prompt: 'a flat icon of a fox',
            size: '256x256',
          })
        ).body,
      );
      const imageId = made.data[0]?.id ?? '';
      const image = fileAnswer.parse((await call('POST', '/v1/files', { image_id: imageId })).body);

      if (name === 'embedded') {
        const { code, stderr } = await check();
        expect([code, stderr]).toEqual([
          2,
          expect.stringMatching(/could not check: another process runs on .*: stop it first/),
        ]);
        await gateway.kill();
      }
      await expectWell();
      await stores.blobs.spoil(spoilt.sha256, Buffer.from([...bytes.subarray(0, -1), 0]));
      await stores.blobs.remove(gone.sha256);
      await stores.blobs.remove(image.sha256);
      await makeOld(name);

      const found = await check('--concurrency', '2');
      expect(found.code).toBe(1);
      expect(found.stdout).toContain(`damaged  ${spoilt.sha256}`);
      expect(found.stdout).toContain(`used by ${spoilt.id} (picture.png)`);
      expect(found.stdout).toMatch(/found 3 problems, repaired 0\n$/);
      const repaired = await check('--repair', '--json');
      expect(repaired.code).toBe(0);
      const lines = repaired.stdout
        .trim()
        .split('\n')
        .map((line) => z.looseObject({ kind: z.string().optional() }).parse(JSON.parse(line)));
      expect(
        lines
          .slice(0, -1)
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual(['damaged', 'missing', 'missing']);
      expect(lines.at(-1)).toMatchObject({
        object: 'storage.summary',
        problems: { count: 3 },
        repaired: { count: 3 },
      });
      await expectWell('--repair');

      // Its memory of what it stored lately has nothing of the damage.
      await gateway.kill();
      await start();
      expect((await call('GET', `/v1/files/${spoilt.id}`)).body).toMatchObject({ status: 'error' });
      const listed = page.parse((await call('GET', '/v1/files')).body);
      expect(new Map(listed.data.map(({ id, status }) => [id, status]))).toEqual(
        new Map([
          [spoilt.id, 'error'],
          [gone.id, 'error'],
          [image.id, 'error'],
          [well.id, 'processed'],
        ]),
      );
      const content = await call('GET', `/v1/files/${gone.id}/content`);
      expect([content.status, failure.parse(content.body).error.code]).toEqual([410, 'file_lost']);
      const pictures = page.parse((await call('GET', '/v1/images')).body);
      expect(pictures.data).toMatchObject([{ id: imageId, lost: true }]);
      expect(pictures.data[0]).not.toHaveProperty('url');
      for (const [input, code] of [
        [{ file_id: gone.id }, 'file_lost'],
        [{ image_id: imageId }, 'image_expired'],
      ] as const) {
        const edit = await call('POST', '/v1/images/edits', {
          model: 'atelier-sketch',
          prompt: 'in winter',
          image: input,
        });
        expect([edit.status, failure.parse(edit.body).error.code]).toEqual([410, code]);
      }
      const provenance = await call('GET', `/v1/images/${imageId}/provenance`);
      expect([provenance.status, failure.parse(provenance.body).error.code]).toEqual([410, 'image_expired']);

      await upload(bytes);
      expect((await call('GET', `/v1/files/${spoilt.id}`)).body).toMatchObject({ status: 'processed' });
      expect((await call('GET', `/v1/files/${spoilt.id}/content`)).status).toBe(200);
    },
    TIMEOUT_MS,
  );
});

it(
  'finds nothing wrong and removes nothing while others upload, generate and delete',
  async () => {
    await open('shared');
    let going = true;
    const kept: { readonly id: string; readonly sha256: string }[] = [];
    const work = async (first: number) => {
      for (let number = first; going; number += 4) {
        // Every fourth is large enough to be uploaded in parts.
        const bytes = first === 0 ? makeNoisePng(9_700_000, number) : await drawPicture(number);
        const file = await upload(bytes);
        if (number % 3 === 2) await call('DELETE', `/v1/files/${file.id}`);
        else kept.push(file);
        if (first === 1) {
          const body = {
            model: 'atelier-sketch',
            prompt: 'a flat icon of a fox',
            size: '256x256',
            persist: true,
          };
          await call('POST', '/v1/images/generations', body);
        }
        // The check is to be done beside the work, not after it.
        await sleep(50);
      }
    };
    const workers = Promise.all([0, 1, 2, 3].map(work));
    try {
      for (let round = 0; round < 3; round += 1) {
        await expectWell('--repair');
      }
    } finally {
      going = false;
      await workers;
    }
    expect(kept.length).toBeGreaterThan(4);
    for (const { sha256 } of kept) expect(await stores.blobs.has(sha256)).toBe(true);
    await expectWell('--repair');
  },
  TIMEOUT_MS,
);

it(
  'does not take a wrong setting for empty stores',
  async () => {
    await open('embedded');
    for (const env of [{ ATELIER_DATA_DIR: '/nowhere/at/all' }, { DATABASE_URL: 'mysql://x' }]) {
      const { code, stderr } = await runCli(['storage', 'check', '--repair'], { ...stores.env, ...env });
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/could not check: .*(there is no|DATABASE_URL)/s),
      ]);
    }
    expect((await check('--concurrency', '0')).code).toBe(2);
  },
  TIMEOUT_MS,
);
