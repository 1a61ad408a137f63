/**
 * An emulator of xAI's image API, written from the protocol notes alone. What the notes leave open is chosen by how the
 * key begins, so that a client can be shown each of the forms that were seen.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonValue } from '../provider.js';
import { parseJson } from '../shared/emulator-body.js';
import { deliveryOutcome } from '../shared/emulator-delivery.js';
import { jsonAnswer, openEmulation, rawBody, readHeader } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings } from '../shared/emulator-kit.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import type { OutcomeName, ScriptedOutcome } from '../shared/scripted-outcome.js';
import { answerJob, answerLink, openLink } from './emulator-answer.js';
import type { Face } from './emulator-answer.js';
import {
  badKey,
  brokenJson,
  methodNotAllowed,
  missingKey,
  modelNotFound,
  notFound,
  plainRefusal,
  refusalOfKey,
  scriptedRefusal,
  serverError,
  styleOf,
  wrongContentType,
} from './emulator-errors.js';
import { emulatedModels, findEmulatedModel, listedPrice } from './emulator-models.js';
import type { EmulatedModel } from './emulator-models.js';
import { readJob, readTyped } from './emulator-request.js';
import { SourceKeeper } from '../shared/emulator-sources.js';

/**
 * Serves `/v1/images/generations`, `/v1/images/edits`, the model lists under `/v1`, and delivery links. Keys that begin
 * with `xai-old`, `xai-envelope` or `xai-text` see refusals in other shapes, with `xai-face-item`, `xai-face-list`,
 * `xai-face-error`, `xai-face-reason` or `xai-face-permission` moderation in that face, with `xai-prefix` base64 as data URI.
 */
export function createXaiEmulator(options: EmulatorSettings): FastifyPluginAsync {
  return async (app) => {
    const emulation = openEmulation(app, options, {
      failure: (status, message) =>
        status >= 500 ? serverError(styleOf(undefined)) : plainRefusal(status, message),
      notFound,
    });
    const keeper = new SourceKeeper();
    app.get<{ Querystring: Record<string, unknown> }>('/xai-imgen/*', (request, reply) => {
      emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
      const picture = openLink(request.query['t'], emulation.now());
      return emulation.answer(reply, deliveryOutcome(picture), (signal) =>
        answerLink(options, picture, keeper.find(namesIn(request.query['sources'])), signal),
      );
    });
    await app.register(
      (api, _options, done) => {
        serveApi(api, { emulation, options, keeper, linkPrefix: app.prefix });
        done();
      },
      { prefix: '/v1' },
    );
  };
}

interface Service {
  readonly emulation: Emulation;
  readonly options: EmulatorSettings;
  readonly keeper: SourceKeeper;
  readonly linkPrefix: string;
}

function serveApi(api: FastifyInstance, service: Service): void {
  api.addHook('onSend', (_request, reply, _payload, done) => {
    reply.headers({
      'x-request-id': randomUUID(),
      'x-metrics-e2e-ms': String(Math.round(reply.elapsedTime)),
    });
    done();
  });
  for (const path of ['/images/generations', '/images/edits']) {
    api.post(path, (request, reply) => handle(service, request, reply, path === '/images/edits'));
    api.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE'],
      url: path,
      handler: () => Promise.reject(methodNotAllowed()),
    });
  }
  serveList(api, service, '/models', 'data', describeModel);
  serveList(api, service, '/image-generation-models', 'models', describeImageModel);
}

async function handle(
  service: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  edit: boolean,
): Promise<FastifyReply> {
  const key = readKey(request);
  const style = styleOf(key);
  const body = readBody(request);
  const typed = readTyped(body, edit);
  const model = findEmulatedModel(typed.model);
  if (model === undefined) throw modelNotFound(style, typed.model ?? '');
  const { whole, each } = findOutcomes(request, model, typed);
  service.emulation.record(request, { body, model: model.id, outcome: whole?.name });
  if (key === undefined) throw missingKey(style);
  if (key.startsWith('xai-bad')) throw badKey(style, key);
  const refused = refusalOfKey(key, style) ?? scriptedRefusal(whole?.name, style, key);
  if (refused !== undefined) throw refused;
  const job = readJob(typed, model, style);
  const context = {
    settings: service.options,
    outcomes: each,
    face: faceOf(key),
    prefixed: key.startsWith('xai-prefix'),
    style,
    now: service.emulation.now(),
    keeper: service.keeper,
    linkBase: `${request.protocol}://${request.host}${service.linkPrefix}`,
  };
  // A cut or dripping body is the one that holds the picture.
  const spoilsLink = !job.base64 && (whole?.name === 'drip' || whole?.name === 'cut-body');
  return service.emulation.answer(reply, spoilsLink ? undefined : whole, (signal) =>
    answerJob(job, context, signal),
  );
}

/** The outcome of the call, and those of its pictures, of which a token may name one. */
function findOutcomes(
  request: FastifyRequest,
  model: EmulatedModel,
  asked: { readonly prompt: string; readonly count: number },
): { whole: ScriptedOutcome | undefined; each: (OutcomeName | undefined)[] } {
  const scope = readHeader(request, 'x-emulate-scope') ?? 'call/1/1';
  const [generation = '', image = '1', attempt = '1'] = scope.split('/');
  const call = { prompt: asked.prompt, header: readHeader(request, 'x-emulate'), names: model.names };
  const pictures = Array.from({ length: Math.min(10, asked.count) }, (_, index) => index);
  return {
    whole: findScriptedOutcome({ ...call, scope, count: asked.count }),
    each: pictures.map((index) => {
      const own = `${generation}/${Number(image) + index}/${attempt}`;
      return findScriptedOutcome({ ...call, scope: own, count: 1 })?.name;
    }),
  };
}

/** Names of pictures as a link holds them. */
function namesIn(value: unknown): readonly string[] {
  return typeof value === 'string' ? value.split(',') : [];
}

function readBody(request: FastifyRequest): unknown {
  const bytes = rawBody(request);
  const contentType = readHeader(request, 'content-type') ?? '';
  if (bytes.length === 0 || !/^application\/json\b/i.test(contentType)) throw wrongContentType();
  const body = parseJson(bytes.toString('utf8'));
  if (body === undefined) throw brokenJson();
  return body;
}

function readKey(request: FastifyRequest): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1];
}

function faceOf(key: string): Face | undefined {
  const faces: readonly Face[] = ['error', 'item', 'list', 'reason', 'permission'];
  return faces.find((face) => key.startsWith(`xai-face-${face}`));
}

function serveList(
  api: FastifyInstance,
  { emulation }: Service,
  path: string,
  envelope: 'data' | 'models',
  describe: (model: EmulatedModel) => JsonValue,
): void {
  const checkKey = (request: FastifyRequest) => {
    const key = readKey(request);
    if (key === undefined) throw missingKey(styleOf(key));
    if (key.startsWith('xai-bad')) throw badKey(styleOf(key), key);
  };
  const kind = envelope === 'data' ? { object: 'list' } : {};
  api.get(path, (request, reply) => {
    checkKey(request);
    const body = { ...kind, [envelope]: emulatedModels.map(describe) };
    return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer(body)));
  });
  api.get<{ Params: { id: string } }>(`${path}/:id`, (request, reply) => {
    checkKey(request);
    const model = emulatedModels.find(({ id, aliases }) => [id, ...aliases].includes(request.params.id));
    if (model === undefined) throw notFound();
    return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer(describe(model))));
  });
}

function describeModel(model: EmulatedModel): JsonValue {
  return { id: model.id, created: model.created, object: 'model', owned_by: 'xai' };
}

function describeImageModel(model: EmulatedModel): JsonValue {
  return {
    id: model.id,
    fingerprint: 'fp_emulated00',
    max_prompt_length: 1024,
    created: model.created,
    object: 'model',
    owned_by: 'xai',
    version: model.second ? '2.0.0' : '1.0.0',
    input_modalities: ['text', 'image'],
    output_modalities: ['image'],
    image_price: listedPrice(model),
    aliases: model.aliases,
  };
}
