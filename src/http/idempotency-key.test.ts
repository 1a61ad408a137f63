import Fastify, { type FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../errors.js';
import type { IdempotentCall } from '../images/idempotent-calls.js';
import type { GivenEdit, GivenPicture } from '../images/intake.js';
import { openTestStores, type TestStores } from '../../test/factories/stores.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { readIdempotentCall } from './idempotency-key.js';

let stores: TestStores;
let caller: Caller;

beforeAll(async () => {
  stores = await openTestStores();
  const { workspaceId } = await stores.createAccount(1);
  const { secret } = await stores.workspaces.createKey({
    workspaceId,
    mode: 'test',
    role: 'owner',
    name: 'tests',
  });
  const found = await stores.workspaces.findCaller(secret);
  if (found === undefined) throw new Error('a new key has a caller');
  caller = found;
});
afterAll(async () => {
  await stores.close();
});

/** Reads the key of a real request. */
async function read(key: string | undefined, body: unknown, given?: GivenEdit, path = '/v1/images/:kind') {
  const app = Fastify();
  let call: IdempotentCall | undefined;
  let refusal: Error | undefined;
  app.setErrorHandler((error: Error) => {
    refusal = error;
    return {};
  });
  app.post(path, (request: FastifyRequest) => {
    call = readIdempotentCall(request, caller, body, given);
    return {};
  });
  await app.inject({
    method: 'POST',
    url: path.replace(':kind', 'edits'),
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
  await app.close();
  if (refusal !== undefined) throw refusal;
  return call;
}

const sha256Of = async (body: unknown, given?: GivenEdit) => (await read('k', body, given))?.bodySha256;

const stored = (sha256: string): GivenPicture => ({
  kind: 'stored',
  stored: { sha256, sizeBytes: 1, picture: undefined },
});
const given = (picture: GivenPicture, mask?: GivenPicture, param = 'image'): GivenEdit => ({
  inputs: [{ param, picture }],
  mask: mask === undefined ? undefined : { param: 'mask', picture: mask },
});

describe('readIdempotentCall', () => {
  it('finds none in a request without the header', async () => {
    expect(await read(undefined, {})).toBeUndefined();
  });

  it('belongs to the workspace, the mode and the route', async () => {
    const call = await read('order-7', { prompt: 'a fox' });
    expect(call).toEqual({
      workspaceId: caller.workspace.id,
      mode: 'test',
      path: '/v1/images/:kind',
      key: 'order-7',
      bodySha256: call?.bodySha256,
    });
    expect(call?.bodySha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['!', '~', 'k'.repeat(255), '"quoted"', '550e8400-e29b-41d4-a716-446655440000'])(
    'takes the key %j as it is',
    async (key) => {
      expect((await read(key, {}))?.key).toBe(key);
    },
  );

  it.each(['', 'k'.repeat(256), 'two words', 'tab\tinside', 'caf\u00e9'])(
    'refuses the key %j',
    async (key) => {
      const refused: unknown = await read(key, {}).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(AppError);
      expect(refused).toMatchObject({ code: 'invalid_request', status: 400 });
    },
  );
});

describe('two bodies', () => {
  it('are the same in any order, at any depth', async () => {
    const one = { prompt: 'a fox', metadata: { a: '1', b: '2' }, n: 2 };
    const other = { n: 2, metadata: { b: '2', a: '1' }, prompt: 'a fox' };
    expect(await sha256Of(one)).toBe(await sha256Of(other));
  });

  it('differ in any value, and in the order of a list', async () => {
    const bodies = [
      { prompt: 'a fox' },
      { prompt: 'A fox' },
      { prompt: 'a fox', n: 1 },
      { prompt: 'a fox', seed: 1 },
      { prompt: 'a fox', seed: 1.5 },
      { prompt: 'a fox', fallback: ['a', 'b'] },
      { prompt: 'a fox', fallback: ['b', 'a'] },
    ];
    const hashes = await Promise.all(bodies.map((body) => sha256Of(body)));
    expect(new Set(hashes).size).toBe(bodies.length);
  });

  it('are the same with the same pictures, in whichever field they came', async () => {
    const picture = stored('a'.repeat(64));
    expect(await sha256Of({}, given(picture))).toBe(
      await sha256Of({}, given(picture, undefined, 'images[0]')),
    );
  });

  it('differ in any picture, its order, its role and how it is named', async () => {
    const [a, b] = [stored('a'.repeat(64)), stored('b'.repeat(64))];
    const edits: (GivenEdit | undefined)[] = [
      undefined,
      given(a),
      given(b),
      given(a, b),
      given(b, a),
      { inputs: [...given(a).inputs, ...given(b).inputs], mask: undefined },
      { inputs: [...given(b).inputs, ...given(a).inputs], mask: undefined },
      given({ kind: 'url', url: 'https://pictures.test/a.png' }),
      given({ kind: 'image', id: 'img_a' }),
      given({ kind: 'file', id: 'img_a' }),
    ];
    const hashes = await Promise.all(edits.map((edit) => sha256Of({}, edit)));
    expect(new Set(hashes).size).toBe(edits.length);
  });
});
