/**
 * An emulator of self-hosted servers that speak the OpenAI images protocol, each with its own habits, written from the
 * protocol notes alone. The servers judge no content: `moderated` outcomes play a filtering proxy before them.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { describeForm, isRecord, parseJson, readFormBuffer } from '../shared/emulator-body.js';
import { deliveryOutcome, drawLinked } from '../shared/emulator-delivery.js';
import { jsonAnswer, openEmulation, rawBody, readHeader } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings } from '../shared/emulator-kit.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import { answerJob, KeptEdits, openFile } from './emulator-answer.js';
import { dialectIds, dialectOf } from './emulator-dialects.js';
import type { Dialect, DialectId, FormRoute } from './emulator-dialects.js';
import {
  brokenJson,
  notFound,
  refusal,
  scriptedRefusal,
  serverError,
  unauthorized,
} from './emulator-errors.js';
import { readForm, readGeneration } from './emulator-request.js';
import type { ImagesJob } from './emulator-request.js';

export interface OpenAiImagesEmulatorSettings extends EmulatorSettings {
  /** The server at the plain address; every other one answers below its own name too. */
  readonly dialect?: DialectId;
  /** The only model that the servers have; without it they take any name. */
  readonly servedModel?: string;
}

/** Public names that a scripted outcome may call the models by, beside the name in the request. */
const NAMES = ['flux-1-pro', 'flux-1'];

/**
 * Serves one server at its prefix, `sd-server` where no dialect is chosen, and each at `/{dialect}`: generations, edits
 * or what stands for them, model lists, health, and files by link. Keys are optional; those that begin with `bad` are
 * refused. `x-emulated-understood` tells which of a request's fields the server took up.
 */
export function createOpenAiImagesEmulator(options: OpenAiImagesEmulatorSettings): FastifyPluginAsync {
  return async (app) => {
    const own = dialectOf(options.dialect ?? 'sd-server');
    await app.register(serverOf(own, options, app.prefix));
    for (const id of dialectIds) {
      const prefix = `/${id}`;
      await app.register(serverOf(dialectOf(id), options, `${app.prefix}${prefix}`), { prefix });
    }
  };
}

interface Server {
  readonly dialect: Dialect;
  readonly emulation: Emulation;
  readonly options: OpenAiImagesEmulatorSettings;
  readonly prefix: string;
  readonly edits: KeptEdits;
}

function serverOf(
  dialect: Dialect,
  options: OpenAiImagesEmulatorSettings,
  prefix: string,
): FastifyPluginAsync {
  return (app) => {
    const emulation = openEmulation(app, options, {
      failure: (status, message) =>
        status >= 500 ? serverError(dialect) : refusal(dialect, status, message),
      notFound: () => notFound(dialect),
    });
    const server = { dialect, emulation, options, prefix, edits: new KeptEdits() };
    serveImages(app, server);
    serveFiles(app, server);
    serveHealth(app, server);
    return Promise.resolve();
  };
}

function serveImages(app: FastifyInstance, server: Server): void {
  const { dialect, options } = server;
  // LocalAI answers without the version too.
  const roots = dialect.id === 'localai' ? ['/v1/images', '/images'] : ['/v1/images'];
  for (const root of roots) {
    app.post(`${root}/generations`, (request, reply) => {
      const body = readJson(dialect, request);
      const { prompt, n } = body;
      const asked = { prompt: typeof prompt === 'string' ? prompt : '', count: n, model: body['model'] };
      return handle(server, request, reply, { body, asked }, () =>
        readGeneration(dialect, body, options.servedModel),
      );
    });
    for (const route of dialect.forms) {
      app.post(`${root}${route.path}`, (request, reply) => handleForm(server, request, reply, route));
    }
  }
}

function handleForm(
  server: Server,
  request: FastifyRequest,
  reply: FastifyReply,
  route: FormRoute,
): Promise<FastifyReply> {
  const { dialect, options } = server;
  const contentType = readHeader(request, 'content-type') ?? '';
  const parts = contentType.startsWith('multipart/form-data')
    ? readFormBuffer(contentType, rawBody(request))
    : undefined;
  if (parts === undefined) {
    const text = 'Content-Type must be multipart/form-data';
    throw refusal(dialect, dialect.errors === 'detail' ? 422 : 400, text);
  }
  const texts = new Map(parts.flatMap((part) => (part.kind === 'text' ? [[part.name, part.value]] : [])));
  const asked = {
    prompt: texts.get('prompt') ?? '',
    count: Number(texts.get('n') ?? 1),
    model: texts.get('model'),
  };
  return handle(server, request, reply, { body: describeForm(parts), asked }, () =>
    readForm(dialect, route, parts, options.servedModel),
  );
}

function handle(
  { dialect, emulation, options, prefix, edits }: Server,
  request: FastifyRequest,
  reply: FastifyReply,
  call: {
    readonly body: unknown;
    readonly asked: { readonly prompt: string; readonly count: unknown; readonly model: unknown };
  },
  read: () => ImagesJob,
): Promise<FastifyReply> {
  const { prompt, count } = call.asked;
  const model = typeof call.asked.model === 'string' ? call.asked.model : undefined;
  const outcome = findScriptedOutcome({
    prompt,
    header: readHeader(request, 'x-emulate'),
    scope: readHeader(request, 'x-emulate-scope'),
    names: model === undefined ? NAMES : [...NAMES, model],
    count: typeof count === 'number' ? count : 1,
  });
  emulation.record(request, { body: call.body, model, outcome: outcome?.name });
  checkKey(dialect, request);
  const refused = scriptedRefusal(outcome?.name, dialect);
  if (refused !== undefined) throw refused;
  const job = read();
  if (job.result === 'relative' && readKey(request)?.startsWith('cloudless') === true) {
    throw refusal(dialect, 400, "response_format='url' requires cloud storage to be configured.");
  }
  const context = {
    settings: options,
    outcome: outcome?.name,
    now: emulation.now(),
    base: `${request.protocol}://${request.host}${prefix}`,
    edits,
  };
  // A cut or dripping body is the one that holds the picture.
  const linked = job.result === 'link' || job.result === 'relative';
  const spoilsLink = linked && (outcome?.name === 'drip' || outcome?.name === 'cut-body');
  return emulation.answer(reply, spoilsLink ? undefined : outcome, (signal) =>
    answerJob(job, context, signal),
  );
}

function serveFiles(app: FastifyInstance, { dialect, emulation, options, edits }: Server): void {
  const patterns: Partial<Record<DialectId, { address: string; token: RegExp }>> = {
    localai: { address: '/generated-images/*', token: /^b64(.*)\.png$/ },
    sglang: { address: '/v1/images/*', token: /^(.*)\/content$/ },
  };
  const files = patterns[dialect.id];
  if (files === undefined) return;
  app.get<{ Params: { '*': string } }>(files.address, (request, reply) => {
    emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
    const token = files.token.exec(request.params['*'])?.[1] ?? '';
    const picture = openFile(dialect, token, emulation.now());
    return emulation.answer(reply, deliveryOutcome(picture), (signal) =>
      drawLinked(options, { ...picture, ...edits.find(token) }, signal),
    );
  });
}

function serveHealth(app: FastifyInstance, { dialect, emulation, options }: Server): void {
  const paths: Readonly<Record<DialectId, readonly string[]>> = {
    'sd-server': ['/'],
    localai: ['/healthz', '/readyz'],
    'vllm-omni': ['/health'],
    sglang: ['/health', '/health_generate'],
    xinference: ['/status'],
    nim: ['/v1/health/ready', '/v1/health/live'],
  };
  for (const path of paths[dialect.id]) {
    app.get(path, (_request, reply) =>
      emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer({ status: 'ok' }))),
    );
  }
  if (dialect.id === 'sd-server') serveCapabilities(app, emulation, options);
  app.get('/v1/models', (request, reply) => {
    checkKey(dialect, request);
    // sd-server doesn't know what it runs; the others tell the name that calls have to use.
    const id = dialect.id === 'sd-server' ? 'sd-cpp-local' : (options.servedModel ?? 'flux-1');
    const owner = dialect.id === 'sd-server' ? 'local' : dialect.id;
    const model = { id, object: 'model', owned_by: owner };
    const kind = dialect.id === 'sd-server' ? {} : { object: 'list' };
    return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer({ ...kind, data: [model] })));
  });
}

/** Its own form says what it runs and within which limits. */
function serveCapabilities(
  app: FastifyInstance,
  emulation: Emulation,
  options: OpenAiImagesEmulatorSettings,
): void {
  const limits = { min_width: 64, max_width: 4096, min_height: 64, max_height: 4096, max_queue_size: 64 };
  app.get('/sdcpp/v1/capabilities', (_request, reply) =>
    emulation.answer(reply, undefined, () =>
      Promise.resolve(jsonAnswer({ model: options.servedModel ?? 'flux-1', limits, samplers: ['euler'] })),
    ),
  );
}

function readJson(dialect: Dialect, request: FastifyRequest): Readonly<Record<string, unknown>> {
  const bytes = rawBody(request);
  if (bytes.length === 0 && dialect.errors === 'text') throw refusal(dialect, 400, 'empty body');
  const body = parseJson(bytes.toString('utf8'));
  if (isRecord(body)) return body;
  throw brokenJson(dialect);
}

function checkKey(dialect: Dialect, request: FastifyRequest): void {
  if (readKey(request)?.startsWith('bad') === true) throw unauthorized(dialect);
}

function readKey(request: FastifyRequest): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1];
}
