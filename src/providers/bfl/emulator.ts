/**
 * An emulator of the Black Forest Labs API, written from the protocol notes alone: submits on every documented route,
 * polls at the address that a submit returns, and a delivery store that knows no keys.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { parseJson } from '../shared/emulator-body.js';
import { deliveryOutcome, drawLinked } from '../shared/emulator-delivery.js';
import { jsonAnswer, openEmulation, rawBody, readHeader } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings } from '../shared/emulator-kit.js';
import { keyMark, sealPrompted, startTask, taskElapsedMs, taskStage } from '../shared/emulator-task.js';
import type { TaskTimes } from '../shared/emulator-task.js';
import { openToken } from '../shared/emulator-token.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import type { ScriptedOutcome } from '../shared/scripted-outcome.js';
import {
  invalid,
  notAuthenticated,
  refusal,
  refusalOfKey,
  scriptedRefusal,
  serverError,
  tooManyTasks,
} from './emulator-errors.js';
import { promptOf, readFields, readJob } from './emulator-request.js';
import type { FluxJob } from './emulator-request.js';
import { findEmulatedRoute } from './emulator-routes.js';
import type { EmulatedRoute } from './emulator-routes.js';
import { SourceStore } from './emulator-sources.js';
import { LATE_MS, nameInLink, notKnown, openDelivery, task, tellTask } from './emulator-task.js';
import type { Task } from './emulator-task.js';

/** A task holds its place no longer than this: one that never ends must not shut out everybody with the same key. */
const MAX_ACTIVE_MS = 60_000;

/**
 * Serves `/v1/{route}`, `/v1/get_result`, `/v1/credits`, the regional address of polls, and delivery links. Submits are
 * told to `onRequest` as POST, polls and downloads as GET. Keys that begin with `bfl-late` see their tasks late, with
 * `bfl-failed` failures as `Failed`, with `bfl-odd` failed polls with an HTTP error. Webhooks are never called.
 */
export function createBflEmulator(options: EmulatorSettings): FastifyPluginAsync {
  return (app) => {
    const emulation = openEmulation(app, options, {
      failure: (status, message) => (status >= 500 ? serverError() : refusal(status, message)),
      notFound: () => refusal(404, 'Not Found'),
    });
    const service = {
      emulation,
      prefix: app.prefix,
      active: new Map<string, ActiveTask[]>(),
      pictures: new SourceStore(),
    };
    app.post<{ Params: { route: string } }>('/v1/:route', (request, reply) => {
      const route = findEmulatedRoute(request.params.route);
      if (route === undefined) throw refusal(404, 'Not Found');
      return submit(service, request, reply, route);
    });
    app.get('/v1/get_result', (request, reply) => poll(service, request, reply, false));
    // Tasks live in a region, whose address only the submit tells.
    app.get('/regions/us2/v1/get_result', (request, reply) => poll(service, request, reply, true));
    app.get('/v1/credits', (request, reply) => {
      readKey(request);
      return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer({ credits: 123.4 })));
    });
    app.get<{ Querystring: Record<string, unknown>; Params: { '*': string } }>(
      '/delivery/*',
      (request, reply) => {
        emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
        const key = readHeader(request, 'x-key') ?? readHeader(request, 'authorization');
        const picture = openDelivery(request.query, key, emulation.now());
        const order = { ...picture, ...service.pictures.find(nameInLink(request.params['*'])) };
        return emulation.answer(reply, deliveryOutcome(picture), (signal) =>
          drawLinked(options, order, signal),
        );
      },
    );
    return Promise.resolve();
  };
}

interface ActiveTask {
  readonly route: string;
  readonly times: TaskTimes;
}

interface Service {
  readonly emulation: Emulation;
  readonly prefix: string;
  /** Tasks under way by account: the one thing that can't be read from a task's id. */
  readonly active: Map<string, ActiveTask[]>;
  readonly pictures: SourceStore;
}

function submit(
  service: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  route: EmulatedRoute,
): Promise<FastifyReply> {
  const { emulation } = service;
  const key = readKey(request);
  const fields = readFields(parseJson(rawBody(request).toString('utf8')));
  const outcome = findScriptedOutcome({
    prompt: promptOf(fields),
    header: readHeader(request, 'x-emulate'),
    scope: readHeader(request, 'x-emulate-scope'),
    names: [route.id],
    count: 1,
  });
  emulation.record(request, { body: fields, model: route.id, outcome: outcome?.name });
  const refused = refusalOfKey(key) ?? scriptedRefusal(outcome?.name);
  if (refused !== undefined) throw refused;
  const job = readJob(fields, route);
  const times = startTask(emulation, outcome);
  takePlace(service, key, route, times);
  const sources = job.sources === undefined ? null : service.pictures.keep(job.sources);
  const id = sealPrompted({ ...openTask(job, key, outcome, times), sources });
  const base = `${request.protocol}://${request.host}${service.prefix}`;
  const place =
    job.webhookUrl === undefined
      ? { polling_url: `${base}/regions/us2/v1/get_result?id=${id}` }
      : { status: 'Pending', webhook_url: job.webhookUrl };
  const round = (megapixels: number) => Math.round(megapixels * 100) / 100;
  return emulation.answer(reply, undefined, () =>
    Promise.resolve(
      jsonAnswer({
        id,
        ...place,
        cost: job.cost,
        input_mp: round(job.inputMegapixels),
        output_mp: round(job.outputMegapixels),
      }),
    ),
  );
}

function openTask(
  job: FluxJob,
  key: string,
  outcome: ScriptedOutcome | undefined,
  times: TaskTimes,
): Omit<Task, 'sources'> {
  const variants = ['late', 'failed', 'odd'] as const;
  return {
    route: job.route.id,
    prompt: job.prompt,
    ...job.size,
    seed: job.seed,
    format: job.format,
    transparent: job.transparent,
    third: job.route.strict,
    linkLifeMs: job.route.linkLifeMs,
    owner: keyMark(key),
    anywhere: job.webhookUrl !== undefined,
    variant: variants.find((variant) => key.startsWith(`bfl-${variant}`)) ?? 'plain',
    outcome: outcome?.name ?? null,
    times,
  };
}

/** Counts a new task; too many under way are refused. */
function takePlace(service: Service, key: string, route: EmulatedRoute, times: TaskTimes): void {
  const now = service.emulation.now();
  const account = keyMark(key);
  const under = (service.active.get(account) ?? []).filter(
    (one) => taskStage(one.times, now) !== 'done' && taskElapsedMs(one.times, now) < MAX_ACTIVE_MS,
  );
  const counted = route.maxActive < 24 ? under.filter((one) => one.route === route.id) : under;
  service.active.set(account, under);
  if (counted.length >= route.maxActive) throw tooManyTasks(route.maxActive);
  under.push({ route: route.id, times });
}

function poll(
  { emulation, prefix }: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  regional: boolean,
): Promise<FastifyReply> {
  const key = readKey(request);
  const id = readId(request);
  const known = task.safeParse(openToken(id)).data;
  emulation.record(request, { body: undefined, model: known?.route, outcome: known?.outcome ?? undefined });
  const now = emulation.now();
  const here = known !== undefined && (regional || known.anywhere) && known.owner === keyMark(key);
  const late = known?.variant === 'late' && taskElapsedMs(known.times, now) < LATE_MS;
  const base = `${request.protocol}://${request.host}${prefix}`;
  const { status, body } = here && !late ? tellTask(id, known, now, base) : notKnown(id);
  return emulation.answer(reply, undefined, () => Promise.resolve({ ...jsonAnswer(body), status }));
}

function readId(request: FastifyRequest): string {
  const query: unknown = request.query;
  const id: unknown = typeof query === 'object' && query !== null && 'id' in query ? query.id : undefined;
  if (typeof id === 'string') return id;
  throw invalid([{ loc: ['query', 'id'], msg: 'Field required', type: 'missing' }]);
}

function readKey(request: FastifyRequest): string {
  const key = readHeader(request, 'x-key');
  if (key === undefined || key === '' || key.startsWith('bfl-bad')) throw notAuthenticated();
  return key;
}
