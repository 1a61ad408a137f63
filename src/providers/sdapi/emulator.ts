/**
 * An emulator of the servers of the A1111 family, written from the protocol notes alone (§B6, §B2 for sd-server): Forge at
 * the plain address, each fork at `/{fork}`. The servers judge no content: `moderated` outcomes play a proxy before them.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { damageBase64, isRecord, parseJson } from '../shared/emulator-body.js';
import { jsonAnswer, openEmulation, rawBody, readHeader } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import { drawPictureBuffer, wrongSize } from '../shared/emulator-picture.js';
import { proxyRefusal } from '../shared/emulator-proxy.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import type { ScriptedOutcome } from '../shared/scripted-outcome.js';
import { EmulatedDevice } from './emulator-device.js';
import { brokenJson, notFound, outOfMemory, refusal, unauthorized } from './emulator-errors.js';
import { forkIds, forkOf } from './emulator-forks.js';
import type { Fork, ForkId } from './emulator-forks.js';
import { readJob, SAMPLERS, SCHEDULERS } from './emulator-request.js';
import type { SdapiJob } from './emulator-request.js';

export interface SdapiEmulatorSettings extends EmulatorSettings {
  /** The server at the plain address. */
  readonly fork?: ForkId;
}

const NAMES = ['flux-1-pro'];
const CHECKPOINT = 'flux1-dev-bnb-nf4-v2.safetensors';
/** Edge of the pictures that show how far a job is. */
const PREVIEW_EDGE = 128;

interface Server {
  readonly fork: Fork;
  readonly emulation: Emulation;
  readonly settings: SdapiEmulatorSettings;
  readonly device: EmulatedDevice;
  /** What runs or ran last, for previews. */
  current: SdapiJob | undefined;
}

/** Users whose names begin with `bad` are refused; everybody else needs no password. */
export function createSdapiEmulator(settings: SdapiEmulatorSettings): FastifyPluginAsync {
  return async (app) => {
    await app.register(serverOf(forkOf(settings.fork ?? 'forge'), settings));
    for (const id of forkIds) await app.register(serverOf(forkOf(id), settings), { prefix: `/${id}` });
  };
}

function serverOf(fork: Fork, settings: SdapiEmulatorSettings): FastifyPluginAsync {
  return (app) => {
    const emulation = openEmulation(app, settings, {
      failure: (status, message) => (status >= 500 ? outOfMemory(fork) : refusal(fork, status, message)),
      notFound: () => notFound(fork),
    });
    const server: Server = {
      fork,
      emulation,
      settings,
      device: new EmulatedDevice(),
      current: undefined,
    };
    for (const name of ['txt2img', 'img2img']) {
      app.post(`/sdapi/v1/${name}`, (request, reply) => paint(server, request, reply, name === 'img2img'));
    }
    if (fork.watched) serveWatching(app, server);
    serveLists(app, server);
    return Promise.resolve();
  };
}

function paint(
  server: Server,
  request: FastifyRequest,
  reply: FastifyReply,
  edits: boolean,
): Promise<FastifyReply> {
  const { fork, emulation } = server;
  const body = parseJson(rawBody(request).toString('utf8'));
  const fields = isRecord(body) ? body : undefined;
  const outcome = findScriptedOutcome({
    prompt: typeof fields?.['prompt'] === 'string' ? fields['prompt'] : '',
    header: readHeader(request, 'x-emulate'),
    scope: readHeader(request, 'x-emulate-scope'),
    names: NAMES,
    count: typeof fields?.['batch_size'] === 'number' ? fields['batch_size'] : 1,
  });
  emulation.record(request, { body, model: undefined, outcome: outcome?.name });
  checkUser(request);
  const refused = outcome?.name === 'bad-key' ? unauthorized() : proxyRefusal(outcome?.name);
  if (refused !== undefined) throw refused;
  if (fields === undefined) throw brokenJson(fork);
  const job = readJob(fork, fields, edits);
  if (outcome?.name === 'server-error') throw outOfMemory(fork);
  return emulation.answer(reply, spoilsBody(outcome) ? outcome : undefined, async (signal) => {
    server.current = job;
    await server.device.run({ steps: job.steps, durationMs: durationOf(outcome) }, signal);
    return answerOf(server, job, outcome, signal);
  });
}

function durationOf(outcome: ScriptedOutcome | undefined): number | undefined {
  if (outcome?.name === 'stall') return Infinity;
  return outcome?.name === 'slow' ? outcome.delayMs : undefined;
}

function spoilsBody(outcome: ScriptedOutcome | undefined): boolean {
  return outcome?.name === 'drip' || outcome?.name === 'cut-body';
}

async function answerOf(
  { fork, settings }: Server,
  job: SdapiJob,
  outcome: ScriptedOutcome | undefined,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const empty = outcome?.name === 'no-image' || outcome?.name === 'text-only' || !job.sendsImages;
  if (empty && fork.errors === 'text') throw refusal(fork, 500, 'generate_image returned no results');
  const seeds = Array.from({ length: empty ? 0 : job.count }, (_, index) => (job.seed + index) % 2 ** 32);
  const images: string[] = [];
  for (const seed of seeds) {
    const bytes = await drawPictureBuffer(
      settings,
      {
        label: fork.id,
        prompt: job.prompt,
        avoid: job.avoid === '' ? [] : [job.avoid],
        ...(outcome?.name === 'wrong-size' ? wrongSize(job.size) : job.size),
        seed,
        format: 'png',
        ...(job.sources.length === 0 ? {} : { sources: job.sources }),
        ...(job.mask === undefined ? {} : { whiteMask: job.mask }),
      },
      signal,
    );
    const text = bytes.toString('base64');
    images.push(outcome?.name === 'bad-base64' ? damageBase64(text) : text);
  }
  const info = {
    seed: job.seed,
    all_seeds: seeds,
    infotexts: seeds.map((seed) => `Steps: ${job.steps}, Seed: ${seed}`),
  };
  const parameters = { prompt: job.prompt, steps: job.steps, ...job.size };
  return jsonAnswer({ images, parameters, info: JSON.stringify(info) });
}

function serveWatching(app: FastifyInstance, server: Server): void {
  const { emulation, device, settings } = server;
  app.get<{ Querystring: Record<string, unknown> }>('/sdapi/v1/progress', (request, reply) => {
    checkUser(request);
    emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
    const { progress, job, step, steps, interrupted } = device.state;
    const shows = request.query['skip_current_image'] !== 'true' && job !== '' && step > 0;
    return emulation.answer(reply, undefined, async (signal) => {
      const order = { label: '', prompt: server.current?.prompt ?? '', seed: server.current?.seed ?? 0 };
      const edges = { width: PREVIEW_EDGE, height: PREVIEW_EDGE };
      const picture = shows
        ? await drawPictureBuffer(settings, { ...order, ...edges, format: 'png' }, signal)
        : undefined;
      return jsonAnswer({
        progress,
        eta_relative: 0,
        state: {
          skipped: false,
          interrupted,
          job,
          job_count: job === '' ? 0 : 1,
          job_no: 0,
          sampling_step: step,
          sampling_steps: steps,
        },
        current_image: picture?.toString('base64') ?? null,
        textinfo: null,
      });
    });
  });
  for (const name of ['interrupt', 'skip']) {
    app.post(`/sdapi/v1/${name}`, (request, reply) => {
      checkUser(request);
      emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
      device.interrupt();
      return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer({})));
    });
  }
}

function serveLists(app: FastifyInstance, { fork, emulation }: Server): void {
  const title = `${CHECKPOINT} [bea01d51bd]`;
  const models = [
    { title, model_name: 'flux1-dev-bnb-nf4-v2', hash: 'bea01d51bd', filename: `/models/${CHECKPOINT}` },
  ];
  const lists = {
    '/sdapi/v1/sd-models': models,
    '/sdapi/v1/samplers': SAMPLERS.map((name) => ({ name, aliases: [], options: {} })),
    '/sdapi/v1/schedulers': SCHEDULERS.map((label) => ({ name: label.toLowerCase(), label })),
    '/sdapi/v1/options': { sd_model_checkpoint: title },
    ...(fork.id === 'forge' || fork.id === 'forge-neo'
      ? {
          '/sdapi/v1/sd-modules': ['ae.safetensors', 'clip_l.safetensors', 't5xxl_fp16.safetensors'].map(
            (name) => ({ model_name: name, filename: `/models/${name}` }),
          ),
        }
      : {}),
    ...(fork.watched ? { '/internal/ping': {} } : { '/': {} }),
  };
  for (const [path, list] of Object.entries(lists)) {
    app.get(path, (request, reply) => {
      checkUser(request);
      return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer(list)));
    });
  }
}

function checkUser(request: FastifyRequest): void {
  const basic = /^Basic\s+(\S+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1];
  if (basic !== undefined && Buffer.from(basic, 'base64').toString('utf8').startsWith('bad')) {
    throw unauthorized();
  }
}
