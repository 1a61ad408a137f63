import sharp from 'sharp';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { startComfyUi, type ComfyUiServer } from '../../../test/support/comfyui-server.js';
import { createKeepingIo, type KeepingIo } from '../../../test/support/keeping-io.js';
import { collectEvents } from '../../../test/support/scripted-upstream.js';
import type { TestInputs } from '../../../test/support/wire-io.js';
import { Transport } from '../../images/transport.js';
import { ProviderError } from '../provider.js';
import type { NativeCall, NativeRequest, ProviderErrorInfo, ProviderEvent } from '../provider.js';
import { createComfyUiRun, resumeComfyUi } from './adapter.js';
import { FAMILY_NAMES } from './families.js';
import type { FamilyName } from './families.js';
import { describeFlux } from './models.js';
import { familyRecipe } from './recipe.js';
import { translateToComfyUi } from './translate.js';

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const transport = new Transport(() => []);
let server: ComfyUiServer;
let ids = 0;

beforeAll(async () => {
  server = await startComfyUi();
});
beforeEach(() => server.renew());
afterAll(async () => {
  await server.close();
  await transport.close();
});

/** Ids that differ, and a seed that doesn't. */
const run = createComfyUiRun({
  seed: () => 77,
  id: () => {
    ids += 1;
    return `${ID.slice(0, -4)}${String(ids).padStart(4, '0')}`;
  },
});

function translated(changes: Partial<NativeRequest> = {}, family: FamilyName = 'flux1-dev'): NativeCall {
  const [route] = describeFlux(family).routes;
  if (route === undefined) throw new Error('there is no route');
  const translation = translateToComfyUi(
    createNativeRequest({ size: { width: 512, height: 256 }, ...changes }),
    route,
    familyRecipe(family, {}),
  );
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

function emulating(outcome: string, changes: Partial<NativeRequest> = {}): NativeCall {
  return translated({ prompt: `a red fox [[emulate:${outcome}]]`, ...changes });
}

function world(options: Parameters<typeof createKeepingIo>[2] = {}): KeepingIo {
  return createKeepingIo(
    transport,
    { baseUrl: server.url },
    { sleep: (delayMs) => wait(Math.min(delayMs, 20), undefined, { signal: options.signal }), ...options },
  );
}

async function failureOf(events: AsyncIterable<ProviderEvent>): Promise<ProviderErrorInfo> {
  try {
    await collectEvents(events);
  } catch (error) {
    if (error instanceof ProviderError) return error.info;
    throw error;
  }
  throw new Error('the call did not fail');
}

function pictureIn(events: readonly ProviderEvent[], io: KeepingIo): Buffer {
  const image = events.find((event) => event.type === 'image');
  if (image?.image.kind !== 'stored') throw new Error('there is no picture');
  return io.bytesOf(image.image.image);
}

function fractionsOf(events: readonly ProviderEvent[]): readonly number[] {
  return events.flatMap((event) => (event.type === 'progress' ? [event.fraction] : []));
}

const native = { mimeType: 'image/png', hasAlpha: false, hasContinuation: false } as const;

async function editInputs(): Promise<TestInputs> {
  const picture = sharp({ create: { width: 300, height: 200, channels: 3, background: '#27a' } });
  const mask = sharp({
    create: { width: 300, height: 200, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  });
  return {
    0: { bytes: await picture.png().toBuffer(), mimeType: 'image/png' },
    'mask-alpha': { bytes: await mask.png().toBuffer(), mimeType: 'image/png' },
  };
}

const EDIT = { operation: 'edit', inputs: [{ ...native, width: 300, height: 200 }] } as const;

describe('a run', () => {
  it('tells its task before it sends the graph, then everything in order', async () => {
    const io = world();
    const events = await collectEvents(run(translated({ partialImages: 2 }), io));
    const types = events.map(({ type }) => type).filter((type) => type !== 'progress');
    expect(types).toEqual(['accepted', 'partial', 'partial', 'answered', 'image']);
    expect(events.at(-1)).toMatchObject({ type: 'image', index: 0, seed: 77 });
    expect(await sharp(pictureIn(events, io)).metadata()).toMatchObject({ width: 512, height: 256 });
  });

  it('has progress that strictly grows and ends', async () => {
    const fractions = fractionsOf(await collectEvents(run(emulating('slow-200'), world())));
    expect(fractions.length).toBeGreaterThan(5);
    expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  it('shows previews that can be decoded, as many as are wanted', async () => {
    const io = world();
    const events = await collectEvents(run(translated({ partialImages: 3 }), io));
    const partials = events.flatMap((event) => (event.type === 'partial' ? [event.image] : []));
    expect(partials).toHaveLength(3);
    for (const partial of partials) {
      expect(await sharp(io.bytesOf(partial)).raw().toBuffer({ resolveWithObject: true })).toMatchObject({
        info: { width: 96, height: 96 },
      });
    }
    expect((await collectEvents(run(translated(), io))).map(({ type }) => type)).not.toContain('partial');
  });

  it('gets a new picture of a graph that was run before, and never the old file', async () => {
    const io = world();
    const call = translated({ seed: 5 });
    const events = [await collectEvents(run(call, io)), await collectEvents(run(call, io))];
    expect(server.machine.counts).toMatchObject({ queued: 2, sampled: 2 });
    expect(server.machine.files.size).toBe(2);
    const views = server.records.filter(({ url }) => url.startsWith('/view'));
    expect(new Set(views.map(({ url }) => url)).size).toBe(2);
    const [one, two] = events.map((list) => pictureIn(list, io));
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
  });

  it.each(FAMILY_NAMES)('is one that the server accepts, with every kind of picture: %s', async (family) => {
    const inputs = await editInputs();
    for (const changes of [{}, EDIT, { ...EDIT, masked: true }]) {
      const io = world({ inputs });
      const events = await collectEvents(run(translated(changes, family), io));
      expect(await sharp(pictureIn(events, io)).metadata()).toMatchObject({ width: 512, height: 256 });
    }
  });

  it('uploads a picture under a name made of its bytes, so that it is kept once', async () => {
    const inputs = await editInputs();
    for (let edit = 0; edit < 2; edit += 1) {
      await collectEvents(run(translated({ ...EDIT, masked: true }), world({ inputs })));
    }
    expect(server.machine.uploads).toHaveLength(2);
    expect(server.machine.uploads.every((name) => name.startsWith('atelier/'))).toBe(true);
  });

  it('waits in the queue and tells how many are before it', async () => {
    const first = collectEvents(run(emulating('slow-300'), world()));
    await expect.poll(() => server.machine.running.size).toBe(1);
    const second = await collectEvents(run(translated(), world()));
    expect(second.filter(({ type }) => type === 'queued')).toContainEqual({ type: 'queued', ahead: 1 });
    await first;
  });

  it('works with a server that names jobs itself', async () => {
    await server.renew({ old: true });
    const io = world();
    const events = await collectEvents(run(translated(), io));
    const accepted = events.filter(({ type }) => type === 'accepted');
    expect(accepted).toHaveLength(2);
    expect(pictureIn(events, io).length).toBeGreaterThan(100);
  });
});

describe('a call that is given up', () => {
  it('is interrupted at the server while it runs', async () => {
    const cancel = new AbortController();
    const failing = failureOf(run(emulating('stall'), world({ signal: cancel.signal })));
    await expect.poll(() => server.machine.running.size).toBe(1);
    cancel.abort(new DOMException('Cancelled.', 'AbortError'));
    expect(await failing).toMatchObject({ kind: 'cancelled', retryable: false });
    await expect.poll(() => server.machine.running.size).toBe(0);
    expect(server.machine.counts).toMatchObject({ interrupted: 1, sampled: 0 });
  });

  it('is taken out of the queue while it waits, and the one that runs goes on', async () => {
    const cancel = new AbortController();
    const first = collectEvents(run(emulating('slow-300'), world()));
    await expect.poll(() => server.machine.running.size).toBe(1);
    const failing = failureOf(run(translated(), world({ signal: cancel.signal })));
    await expect.poll(() => server.machine.pending.length).toBe(1);
    cancel.abort(new DOMException('Too long.', 'TimeoutError'));
    expect(await failing).toMatchObject({ kind: 'timeout' });
    expect(server.machine.pending).toHaveLength(0);
    await first;
    expect(server.machine.counts).toMatchObject({ queued: 2, sampled: 1, interrupted: 0 });
  });

  it('never stops another job on a server that interrupts whatever runs', async () => {
    await server.renew({ old: true });
    const cancel = new AbortController();
    const first = collectEvents(run(emulating('slow-300'), world()));
    await expect.poll(() => server.machine.running.size).toBe(1);
    const failing = failureOf(run(translated(), world({ signal: cancel.signal })));
    await expect.poll(() => server.machine.pending.length).toBe(1);
    cancel.abort(new DOMException('Cancelled.', 'AbortError'));
    await failing;
    await first;
    expect(server.machine.counts).toMatchObject({ sampled: 1, interrupted: 0 });
    expect(server.machine.pending).toHaveLength(0);
  });
});

describe('a server that fails on the way', () => {
  it('delivers all the same when its sockets break', async () => {
    const io = world();
    const running = collectEvents(run(emulating('slow-300'), io));
    await expect.poll(() => server.machine.running.size).toBe(1);
    server.machine.dropSockets();
    const events = await running;
    expect(pictureIn(events, io).length).toBeGreaterThan(100);
    expect(fractionsOf(events).at(-1)).toBe(1);
    expect(server.submits()).toBe(1);
  });

  it('is told apart from one that forgot the job when it was started anew', async () => {
    const failing = failureOf(run(emulating('slow-20000'), world()));
    await expect.poll(() => server.machine.running.size).toBe(1);
    await server.stop();
    await server.start();
    // Free and worth another try: nothing of the job is left anywhere.
    expect(await failing).toMatchObject({ kind: 'connection', retryable: true, billed: false });
    expect(server.submits()).toBe(1);
  });

  it('interrupted by somebody else is no success', async () => {
    const failing = failureOf(run(emulating('stall'), world()));
    await expect.poll(() => server.machine.running.size).toBe(1);
    server.machine.interrupt(undefined);
    expect(await failing).toMatchObject({ kind: 'cancelled', retryable: false, billed: false });
  });
});

describe('a task that was left', () => {
  const taskOf = (events: readonly ProviderEvent[]) => {
    const accepted = events.find((event) => event.type === 'accepted');
    return accepted?.type === 'accepted' ? accepted.taskId : '';
  };

  async function leave(outcome: string): Promise<{ readonly call: NativeCall; readonly taskId: string }> {
    const call = emulating(outcome);
    const events: ProviderEvent[] = [];
    for await (const event of run(call, world())) {
      events.push(event);
      if (event.type === 'progress') break;
    }
    return { call, taskId: taskOf(events) };
  }

  it('is followed to its end without a second submit', async () => {
    const { call, taskId } = await leave('slow-300');
    const io = world();
    const events = await collectEvents(resumeComfyUi(taskId, call, io));
    expect(events.at(-1)).toMatchObject({ type: 'image', seed: 77 });
    expect(server.submits()).toBe(1);
  });

  it('is found in the history when it has ended meanwhile', async () => {
    const { call, taskId } = await leave('slow-100');
    await expect.poll(() => server.machine.history.size).toBe(1);
    const events = await collectEvents(resumeComfyUi(taskId, call, world()));
    expect(events.map(({ type }) => type)).toEqual(['answered', 'progress', 'image']);
    expect(server.submits()).toBe(1);
  });

  it('is free when nobody knows it, and is not submitted again', async () => {
    const { call, taskId } = await leave('slow-20000');
    await server.stop();
    await server.start();
    expect(await failureOf(resumeComfyUi(taskId, call, world()))).toMatchObject({ billed: false });
    expect(server.submits()).toBe(1);
    expect(await failureOf(resumeComfyUi('nonsense', call, world()))).toMatchObject({ kind: 'bad_response' });
  });
});

describe('what is sent', () => {
  const sent = z.object({
    prompt: z.record(
      z.string(),
      z.object({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }),
    ),
    client_id: z.string(),
    prompt_id: z.string(),
  });

  it('is the graph with a seed, a name of its own for the file, and one id for job and client', async () => {
    await collectEvents(run(translated({ prompt: 'a red fox' }), world()));
    const record = server.records.find(({ url }) => url === '/prompt');
    const body = sent.parse(record?.body);
    expect(body.client_id).toBe(body.prompt_id);
    expect(record?.headers).not.toHaveProperty('origin');
    const inputsOf = (type: string) =>
      Object.values(body.prompt).find(({ class_type: other }) => other === type)?.inputs;
    expect(inputsOf('KSampler')).toMatchObject({ seed: 77, steps: 20, cfg: 1, denoise: 1 });
    expect(inputsOf('FluxGuidance')).toMatchObject({ guidance: 3.5 });
    expect(inputsOf('EmptySD3LatentImage')).toEqual({ width: 512, height: 256, batch_size: 1 });
    expect(inputsOf('SaveImage')).toMatchObject({ filename_prefix: `atelier/${body.prompt_id}` });
  });
});
