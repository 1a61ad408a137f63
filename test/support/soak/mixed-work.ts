/** What callers of a gateway do, mixed: each piece of work is checked, and says what it was charged. */
import type { Agent } from 'undici';
import { FormData, request } from 'undici';
import { z } from 'zod';

/** A gateway as its callers see it. */
export interface Caller {
  readonly url: string;
  readonly key: string;
  readonly agent: Agent;
  /** How long the upstream is asked to take. */
  readonly waitMs: () => number;
  /** Pictures that were made lately, newest last. */
  readonly pictures: string[];
  readonly edited: Buffer;
}

/** Credits that a piece of work was charged. */
export type Work = (caller: Caller) => Promise<number>;

const KEPT_IDS = 50;
const POLL_MS = 50;
const generationSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  credits_used: z.number(),
  data: z.array(
    z.looseObject({ id: z.string(), url: z.string().optional(), b64_json: z.string().optional() }),
  ),
});
const created = z.looseObject({ id: z.string(), key: z.string().optional() });

interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

interface Call {
  readonly key?: string;
  readonly body?: object;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are right; 200 unless others are given. */
  readonly expected?: readonly number[];
}

async function call(
  caller: Caller,
  method: 'GET' | 'POST' | 'DELETE',
  pathname: string,
  options: Call = {},
): Promise<Answer> {
  const { key = caller.key, body, form, headers, expected = [200] } = options;
  const {
    statusCode,
    headers: told,
    body: answer,
  } = await request(new URL(pathname, caller.url), {
    method,
    dispatcher: caller.agent,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: form ?? (body === undefined ? null : JSON.stringify(body)),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!expected.includes(statusCode)) {
    throw new Error(
      `${method} ${pathname.split('?')[0]} answers ${statusCode}: ${bytes.toString().slice(0, 300)}`,
    );
  }
  return { headers: told, bytes };
}

const wish = (caller: Caller, more: object = {}) => ({
  model: 'gpt-image-2',
  prompt: `a pond, wait ${caller.waitMs()} ms`,
  response_format: 'url',
  ...more,
});

function read(caller: Caller, { bytes }: Answer): z.output<typeof generationSchema> {
  const generation = generationSchema.parse(JSON.parse(bytes.toString()));
  const [picture] = generation.data;
  if (generation.status === 'succeeded' && picture !== undefined) caller.pictures.push(picture.id);
  if (caller.pictures.length > KEPT_IDS) caller.pictures.shift();
  return generation;
}

async function ended(caller: Caller, id: string): Promise<z.output<typeof generationSchema>> {
  for (;;) {
    const generation = read(caller, await call(caller, 'GET', `/v1/images/generations/${id}`));
    if (generation.status !== 'queued' && generation.status !== 'running') return generation;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const async202 = { headers: { prefer: 'respond-async' }, expected: [202] };

const WORKS: Readonly<Record<string, Work>> = {
  url: async (caller) => {
    const made = read(caller, await call(caller, 'POST', '/v1/images/generations', { body: wish(caller) }));
    const link = new URL(made.data[0]?.url ?? '');
    const part = await call(caller, 'GET', link.pathname + link.search, {
      headers: { range: 'bytes=0-99' },
      expected: [206],
    });
    if (part.bytes.length !== 100) throw new Error('a part of a picture has another length');
    await call(caller, 'GET', link.pathname + link.search);
    return made.credits_used;
  },
  base64: async (caller) => {
    const body = wish(caller, { response_format: 'b64_json' });
    const made = read(caller, await call(caller, 'POST', '/v1/images/generations', { body }));
    if ((made.data[0]?.b64_json ?? '').length === 0) throw new Error('an answer has no picture');
    return made.credits_used;
  },
  stream: async (caller) => {
    const body = wish(caller, { stream: true });
    const { headers, bytes } = await call(caller, 'POST', '/v1/images/generations', { body });
    if (!bytes.toString().includes('event: image_generation.completed'))
      throw new Error('a stream has no end');
    return (await ended(caller, String(headers['x-generation-id']))).credits_used;
  },
  async: async (caller) => {
    const accepted = await call(caller, 'POST', '/v1/images/generations', {
      body: wish(caller),
      ...async202,
    });
    const { id } = created.parse(JSON.parse(accepted.bytes.toString()));
    const { bytes } = await call(caller, 'GET', `/v1/images/generations/${id}/events`);
    if (!bytes.toString().includes('event: completed')) throw new Error('events have no end');
    return (await ended(caller, id)).credits_used;
  },
  cancelled: async (caller) => {
    const body = wish(caller, { prompt: 'a pond, wait 60000 ms' });
    const accepted = await call(caller, 'POST', '/v1/images/generations', { body, ...async202 });
    const { id } = created.parse(JSON.parse(accepted.bytes.toString()));
    await call(caller, 'DELETE', `/v1/images/generations/${id}`);
    return (await ended(caller, id)).credits_used;
  },
  edit: async (caller) => {
    const form = new FormData();
    form.set('model', 'gpt-image-2');
    form.set('prompt', `at night, wait ${caller.waitMs()} ms`);
    form.set('response_format', 'url');
    form.set('image', new File([new Uint8Array(caller.edited)], 'pond.png', { type: 'image/png' }));
    return read(caller, await call(caller, 'POST', '/v1/images/edits', { form })).credits_used;
  },
  keep: async (caller) => {
    const body = wish(caller, { persist: true });
    const made = read(caller, await call(caller, 'POST', '/v1/images/generations', { body }));
    const image = z.looseObject({ file_id: z.string() }).parse(made.data[0]);
    await call(caller, 'GET', `/v1/files/${image.file_id}/content`);
    await call(caller, 'DELETE', `/v1/files/${image.file_id}`);
    return made.credits_used;
  },
  lists: async (caller) => {
    for (const pathname of [
      '/v1/models',
      '/v1/images?limit=20',
      '/v1/images/generations?limit=20',
      '/v1/usage',
    ])
      await call(caller, 'GET', pathname);
    await call(caller, 'GET', '/v1/credits/ledger?limit=50');
    return 0;
  },
  keys: async (caller) => {
    const made = await call(caller, 'POST', '/v1/keys', {
      body: { kind: 'live', role: 'developer', name: 'soak' },
      expected: [200, 201],
    });
    const { id, key = '' } = created.parse(JSON.parse(made.bytes.toString()));
    await call(caller, 'GET', '/v1/models', { key });
    await call(caller, 'DELETE', `/v1/keys/${id}`, { expected: [200, 204] });
    return 0;
  },
  refused: async (caller) => {
    await call(caller, 'POST', '/v1/images/generations', {
      body: wish(caller, { size: '1x1' }),
      expected: [400],
    });
    await call(caller, 'GET', '/v1/models', { key: 'atl_live_nobody', expected: [401] });
    return 0;
  },
};

export const WORK_NAMES: readonly string[] = Object.keys(WORKS);

/** Does the piece of work that comes at this place, in turn. */
export function doWork(place: number, caller: Caller): Promise<number> {
  const name = WORK_NAMES[place % WORK_NAMES.length] ?? '';
  const work = WORKS[name];
  if (work === undefined) throw new Error(`there is no work ${name}`);
  return work(caller).catch((error: unknown) => {
    throw new Error(name, { cause: error });
  });
}
