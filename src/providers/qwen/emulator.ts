/**
 * An emulator of Alibaba Model Studio's image calls, written from the protocol notes alone: the synchronous call, both
 * asynchronous forms with their tasks, the OpenAI-shaped form of workspace hosts, and the blob store behind the links.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { parseJson } from '../shared/emulator-body.js';
import { deliveryOutcome } from '../shared/emulator-delivery.js';
import { jsonAnswer, openEmulation, rawBody, readHeader } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings, WireError } from '../shared/emulator-kit.js';
import { keyMark, sealPrompted, startTask, taskElapsedMs, taskStage } from '../shared/emulator-task.js';
import { openToken } from '../shared/emulator-token.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import type { ScriptedOutcome } from '../shared/scripted-outcome.js';
import {
  answerResult,
  choicesOf,
  endOf,
  openResult,
  orderOf,
  task,
  urlsOf,
  usageOf,
} from './emulator-answer.js';
import type { Task } from './emulator-answer.js';
import {
  Refused,
  compatibleError,
  failureOfKey,
  invalidKey,
  invalidParameter,
  nativeError,
  notCancellable,
  scriptedFailure,
  serverFault,
  wrongCallForm,
  wrongPath,
} from './emulator-errors.js';
import type { Failure } from './emulator-errors.js';
import { readAsked, readJob } from './emulator-request.js';
import type { QwenJob, Surface } from './emulator-request.js';
import { SourceKeeper } from '../shared/emulator-sources.js';

const TASK_LIFE_MS = 24 * 3_600_000;
/** Cancelled tasks are all that is remembered; the oldest are forgotten. */
const MAX_CANCELLED = 10_000;

/**
 * Serves the native paths under `/api/v1`, `/compatible-mode/v1/images/generations` and the result files. Submits are
 * told to `onRequest` as POST, polls and downloads as GET. A prompt that was cut is told in the header
 * `x-emulated-prompt-cut`, which the real service doesn't have: it holds the number of lost characters.
 */
export function createQwenEmulator(options: EmulatorSettings): FastifyPluginAsync {
  return (app) => {
    const emulation = openEmulation(app, options, {
      failure: (status, message) =>
        nativeError(status >= 500 ? serverFault() : invalidParameter(message).failure),
      notFound: () => nativeError({ ...wrongPath().failure, status: 404 }),
    });
    const keeper = new SourceKeeper();
    const service = { emulation, options, prefix: app.prefix, keeper, cancelled: new Set<string>() };
    serveSubmits(app, service);
    serveTasks(app, service);
    app.get<{ Querystring: Record<string, unknown> }>('/results/*', (request, reply) => {
      emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
      const result = openResult(request.query, readHeader(request, 'authorization'), emulation.now());
      return emulation.answer(reply, deliveryOutcome(result.picture), (signal) =>
        answerResult(options, result, keeper, signal),
      );
    });
    return Promise.resolve();
  };
}

interface Service {
  readonly emulation: Emulation;
  readonly options: EmulatorSettings;
  readonly prefix: string;
  readonly keeper: SourceKeeper;
  readonly cancelled: Set<string>;
}

interface Call {
  readonly service: Service;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly key: string;
  readonly surface: Surface;
}

function serveSubmits(app: FastifyInstance, service: Service): void {
  const paths: readonly [string, Surface][] = [
    ['/api/v1/services/aigc/multimodal-generation/generation', 'messages'],
    ['/api/v1/services/aigc/image-generation/generation', 'message-tasks'],
    ['/api/v1/services/aigc/text2image/image-synthesis', 'legacy-tasks'],
    ['/compatible-mode/v1/images/generations', 'compatible'],
  ];
  for (const [path, surface] of paths) {
    app.post(path, async (request, reply) => {
      const shape = surface === 'compatible' ? compatibleError : nativeError;
      return inShape(shape, async () => {
        const call = { service, request, reply, key: readKey(request), surface };
        return submit(call);
      });
    });
  }
}

async function submit(call: Call): Promise<FastifyReply> {
  const { service, request, reply, surface } = call;
  const body = parseJson(rawBody(request).toString('utf8'));
  const asked = readAsked(body, surface);
  const { n } = asked.parameters;
  const outcome = findScriptedOutcome({
    prompt: asked.prompt,
    header: readHeader(request, 'x-emulate'),
    scope: readHeader(request, 'x-emulate-scope'),
    names: asked.model.names,
    count: typeof n === 'number' ? n : 1,
  });
  service.emulation.record(request, { body, model: asked.model.id, outcome: outcome?.name });
  checkForm(request, surface);
  refuse(failureOfKey(call.key));
  const failure = scriptedFailure(outcome?.name);
  if (failure?.byGate === true) refuse(failure);
  const job = readJob(asked, surface);
  reply.headers(cutHeaders(job));
  if (surface === 'messages' || surface === 'compatible') return answerNow(call, job, outcome);
  const opened: Task = {
    ...orderOf(job, outcome?.name ?? null, service.keeper),
    legacy: surface === 'legacy-tasks',
    owner: keyMark(call.key),
    variant: call.key.startsWith('sk-partial')
      ? 'partial'
      : call.key.startsWith('sk-flat')
        ? 'flat'
        : 'plain',
    times: startTask(service.emulation, outcome),
  };
  return service.emulation.answer(reply, undefined, () =>
    Promise.resolve(
      jsonAnswer({
        output: { task_status: 'PENDING', task_id: sealPrompted(opened) },
        request_id: randomUUID(),
      }),
    ),
  );
}

/** The connection is held for as long as the work takes, and only then a refusal of the work comes. */
function answerNow(
  { service, request, reply, surface }: Call,
  job: QwenJob,
  outcome: ScriptedOutcome | undefined,
): Promise<FastifyReply> {
  // A cut or dripping body is the picture's, which lies behind the link.
  const held = outcome?.name === 'slow' || outcome?.name === 'stall' ? outcome : undefined;
  return service.emulation.answer(reply, held, () => {
    const failure = scriptedFailure(outcome?.name);
    if (failure !== undefined)
      throw surface === 'compatible' ? compatibleError(failure) : nativeError(failure);
    const made = orderOf(job, outcome?.name ?? null, service.keeper);
    const madeAt = service.emulation.now();
    const links = { base: baseOf(service, request), madeAt };
    if (surface === 'compatible') {
      const empty = outcome?.name === 'no-image' || outcome?.name === 'text-only';
      return Promise.resolve(
        jsonAnswer({
          created: Math.floor(madeAt.getTime() / 1000),
          data: empty ? [] : urlsOf(made, links).map((url) => ({ url })),
          usage: usageOf(made),
        }),
      );
    }
    return Promise.resolve(
      jsonAnswer({ output: choicesOf(made, links), usage: usageOf(made), request_id: randomUUID() }),
    );
  });
}

function serveTasks(app: FastifyInstance, service: Service): void {
  const { emulation, cancelled } = service;
  app.get<{ Params: { '*': string } }>('/api/v1/tasks/*', (request, reply) =>
    inShape(nativeError, () => {
      const taskId = request.params['*'];
      const known = findTask(service, taskId, readKey(request));
      emulation.record(request, {
        body: undefined,
        model: known?.model,
        outcome: known?.outcome ?? undefined,
      });
      return emulation.answer(reply, undefined, () =>
        Promise.resolve(jsonAnswer(describeTask(service, taskId, known, baseOf(service, request)))),
      );
    }),
  );
  app.post<{ Params: { '*': string } }>('/api/v1/tasks/*', (request, reply) =>
    inShape(nativeError, () => {
      const taskId = /^(.*)\/cancel$/.exec(request.params['*'])?.[1] ?? '';
      const known = findTask(service, taskId, readKey(request));
      emulation.record(request, {
        body: undefined,
        model: known?.model,
        outcome: known?.outcome ?? undefined,
      });
      const waiting = known !== undefined && taskStage(known.times, emulation.now()) === 'waiting';
      if (!waiting || cancelled.has(taskId)) throw notCancellable();
      cancelled.add(taskId);
      const [oldest] = cancelled;
      if (cancelled.size > MAX_CANCELLED && oldest !== undefined) cancelled.delete(oldest);
      return emulation.answer(reply, undefined, () =>
        Promise.resolve(jsonAnswer({ request_id: randomUUID() })),
      );
    }),
  );
}

/** A task of this key that is not older than a day; anything else is as unknown as text that never was an id. */
function findTask(service: Service, taskId: string, key: string): Task | undefined {
  const known = task.safeParse(openToken(taskId)).data;
  if (known?.owner !== keyMark(key)) return undefined;
  return taskElapsedMs(known.times, service.emulation.now()) < TASK_LIFE_MS ? known : undefined;
}

function describeTask(service: Service, taskId: string, known: Task | undefined, base: string) {
  const stage = known === undefined ? undefined : taskStage(known.times, service.emulation.now());
  const told = (status: string) => ({
    request_id: randomUUID(),
    output: { task_id: taskId, task_status: status },
  });
  if (known === undefined) return told('UNKNOWN');
  if (service.cancelled.has(taskId)) return told('CANCELED');
  if (stage !== 'done') return told(stage === 'waiting' ? 'PENDING' : 'RUNNING');
  return endOf(known, taskId, base);
}

/** A form of call that the path doesn't have. */
function checkForm(request: FastifyRequest, surface: Surface): void {
  const asynchronous = readHeader(request, 'x-dashscope-async') === 'enable';
  const tasks = surface === 'message-tasks' || surface === 'legacy-tasks';
  if (tasks && !asynchronous) throw wrongCallForm('synchronous');
  if (surface === 'messages' && asynchronous) throw wrongCallForm('asynchronous');
}

function refuse(failure: Failure | undefined): void {
  if (failure !== undefined) throw new Refused(failure);
}

/** Runs a route and gives its refusals the surface's shape. */
async function inShape<T>(shape: (failure: Failure) => WireError, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof Refused ? shape(error.failure) : error;
  }
}

function cutHeaders(job: QwenJob): Record<string, string> {
  return {
    ...(job.lostChars === 0 ? {} : { 'x-emulated-prompt-cut': String(job.lostChars) }),
    ...(job.lostNegativeChars === 0
      ? {}
      : { 'x-emulated-negative-prompt-cut': String(job.lostNegativeChars) }),
  };
}

function readKey(request: FastifyRequest): string {
  const key = /^Bearer\s+(\S+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1];
  if (key === undefined || key.startsWith('sk-bad')) throw invalidKey(key === undefined);
  return key;
}

function baseOf(service: Service, request: FastifyRequest): string {
  return `${request.protocol}://${request.host}${service.prefix}`;
}
