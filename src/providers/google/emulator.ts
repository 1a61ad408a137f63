/**
 * An emulator of Google's image generation: the Gemini API and Vertex AI, `generateContent` and Imagen's `predict`.
 * Written from the protocol notes alone: it refuses what the services are known to refuse, in their words, and is
 * tolerant where the notes doubt.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { parseJson } from '../shared/emulator-body.js';
import { WireError, jsonAnswer, openEmulation, rawBody, readHeader } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import type { ScriptedOutcome } from '../shared/scripted-outcome.js';
import type { JsonValue } from '../provider.js';
import { answerJob } from './emulator-answer.js';
import type { StreamMode } from './emulator-answer.js';
import { BODY_LIMIT_BYTES, readJob, readPrompt } from './emulator-content.js';
import {
  badKey,
  badToken,
  invalidArgument,
  missingKey,
  modelNotFound,
  outOfCredit,
  overloaded,
  rateLimited,
  refusal,
  refusalOfKey,
  serverError,
} from './emulator-errors.js';
import type { Surface } from './emulator-errors.js';
import { answerPredict, checkPredict, readPredict } from './emulator-imagen.js';
import { readMessage } from './emulator-message.js';
import { emulatedModels, findEmulatedModel, namesOf } from './emulator-models.js';
import type { EmulatedModel, GeminiModel, ImagenModel } from './emulator-models.js';
import { readAddress } from './emulator-path.js';
import type { Address } from './emulator-path.js';
import { contentRequest, contentRequestShape } from './emulator-schema.js';

const DEFAULT_PAGE_SIZE = 50;

interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly address: Address;
  readonly key: string;
  readonly body: unknown;
}

type Make = (signal: AbortSignal) => Promise<WireAnswer>;

/** Serves the `v1beta` and `v1` forms of the Gemini API and the path forms of Vertex under its prefix. */
export function createGoogleEmulator(options: EmulatorSettings): FastifyPluginAsync {
  return (app: FastifyInstance) => {
    const emulation = openEmulation(app, options, {
      failure: (status, message) => (status >= 500 ? serverError() : invalidArgument(message)),
      notFound,
    });
    app.addHook('onSend', (_request, reply, _payload, done) => {
      reply.header('server-timing', `gfet4t7; dur=${Math.round(reply.elapsedTime)}`);
      done();
    });
    app.get<{ Params: { '*': string } }>('/*', (request, reply) => {
      const address = readAddress(request.params['*']);
      if (address === undefined || address.method !== '') throw notFound(request);
      readKey(request, address);
      const body = address.model === '' ? listModels(request) : describeModel(findModel(address));
      return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer(body)));
    });
    app.post<{ Params: { '*': string } }>('/*', async (request, reply) => {
      const address = readAddress(request.params['*']);
      if (address === undefined || address.method === '') throw notFound(request);
      const mode = readMode(request, address);
      try {
        const key = readKey(request, address);
        const call = { request, reply, address, key, body: readBody(request) };
        const model = findModel(address);
        if (model.kind === 'imagen') return await predict(emulation, options, call, model);
        return await generateContent(emulation, options, call, model, mode);
      } catch (error) {
        throw error instanceof WireError ? inMode(error, mode) : error;
      }
    });
    return Promise.resolve();
  };
}

async function generateContent(
  emulation: Emulation,
  settings: EmulatorSettings,
  call: Call,
  model: GeminiModel,
  mode: StreamMode,
): Promise<FastifyReply> {
  const { surface } = call.address;
  const request = contentRequest.parse(readMessage(call.body, contentRequestShape(surface)));
  const outcome = judge(emulation, call, model, { prompt: readPrompt(request), count: 1 });
  const job = readJob(request, model, surface);
  const context = { settings, outcome: outcome?.name, createdAt: emulation.now(), key: call.key };
  return answerInMode(emulation, call, outcome, mode, (signal) => answerJob(job, mode, context, signal));
}

async function predict(
  emulation: Emulation,
  settings: EmulatorSettings,
  call: Call,
  model: ImagenModel,
): Promise<FastifyReply> {
  const request = readPredict(call.body, call.address.surface);
  const prompt = request.instances[0]?.prompt ?? '';
  const outcome = judge(emulation, call, model, { prompt, count: request.parameters.sampleCount });
  checkPredict(request, model);
  const context = { settings, outcome: outcome?.name, createdAt: emulation.now() };
  return answerInMode(emulation, call, outcome, 'whole', (signal) =>
    answerPredict(request, model, context, signal),
  );
}

function answerInMode(
  emulation: Emulation,
  call: Call,
  outcome: ScriptedOutcome | undefined,
  mode: StreamMode,
  make: Make,
): Promise<FastifyReply> {
  return emulation.answer(call.reply, outcome, async (signal) => {
    try {
      return await make(signal);
    } catch (error) {
      throw error instanceof WireError ? inMode(error, mode) : error;
    }
  });
}

/** Finds the scripted outcome, tells of the request, and refuses what ends a call before its content is looked at. */
function judge(
  emulation: Emulation,
  call: Call,
  model: EmulatedModel,
  asked: { readonly prompt: string; readonly count: number },
): ScriptedOutcome | undefined {
  const outcome = findScriptedOutcome({
    ...asked,
    header: readHeader(call.request, 'x-emulate'),
    scope: readHeader(call.request, 'x-emulate-scope'),
    names: namesOf(model),
  });
  emulation.record(call.request, { body: call.body, model: model.id, outcome: outcome?.name });
  const refused = refusalOfKey(call.key, model.id) ?? refusalFor(outcome, call.address.surface, model.id);
  if (refused !== undefined) throw refused;
  return outcome;
}

function refusalFor(
  outcome: ScriptedOutcome | undefined,
  surface: Surface,
  model: string,
): WireError | undefined {
  switch (outcome?.name) {
    case 'bad-key':
      return badKey(surface);
    case 'out-of-credit':
      return outOfCredit(surface, model);
    case 'rate-limited':
      return rateLimited(surface, model, true);
    case 'rate-limited-no-hint':
      return rateLimited(surface, model, false);
    case 'overloaded':
      return overloaded();
    case 'server-error':
      return serverError();
    default:
      return undefined;
  }
}

/** A model that the address names and that the method and the location are right for. */
function findModel(address: Address): EmulatedModel {
  const model = findEmulatedModel(address.model);
  const methods =
    model?.kind === 'imagen' ? ['predict', ''] : ['generateContent', 'streamGenerateContent', ''];
  const elsewhere = model?.kind === 'gemini' && !model.regional && address.regional;
  if (model !== undefined && methods.includes(address.method) && !elsewhere) return model;
  const method = address.method === '' ? 'generateContent' : address.method;
  throw modelNotFound(address.surface, { resource: address.resource, version: address.version, method });
}

/** A key by header, query or bearer. Keys that begin with `bad` are refused as the surface refuses them. */
function readKey(request: FastifyRequest, address: Address): string {
  const { key } = queryOf(request);
  const bearer = /^Bearer\s+(\S+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1];
  const given = readHeader(request, 'x-goog-api-key') ?? (typeof key === 'string' ? key : undefined);
  if (given === undefined && bearer === undefined) throw address.project ? badToken() : missingKey();
  if (given?.startsWith('bad') === true) throw badKey(address.project ? 'vertex' : 'gemini');
  if (bearer?.startsWith('bad') === true) throw badToken();
  return given ?? bearer ?? '';
}

function readBody(request: FastifyRequest): unknown {
  const bytes = rawBody(request);
  if (bytes.length > BODY_LIMIT_BYTES) {
    throw invalidArgument(`Request payload size exceeds the limit: ${BODY_LIMIT_BYTES} bytes.`);
  }
  const body = parseJson(bytes.toString('utf8'));
  if (body === undefined) throw invalidArgument('Invalid JSON payload received. Unexpected token.');
  return body;
}

function readMode(request: FastifyRequest, address: Address): StreamMode {
  if (address.method !== 'streamGenerateContent') return 'whole';
  return queryOf(request)['alt'] === 'sse' ? 'sse' : 'array';
}

/** Errors of streams keep the stream's content type, and stand in an array where chunks would. */
function inMode(error: WireError, mode: StreamMode): WireError {
  if (mode === 'sse') {
    return new WireError(error.status, error.body, { ...error.headers, 'content-type': 'text/event-stream' });
  }
  const isWrapped = mode === 'whole' || Array.isArray(error.body);
  return isWrapped ? error : new WireError(error.status, [error.body], error.headers);
}

function listModels(request: FastifyRequest): JsonValue {
  const { pageSize, pageToken } = queryOf(request);
  const start = Number(
    Buffer.from(typeof pageToken === 'string' ? pageToken : '', 'base64url').toString() || 0,
  );
  const size = Math.min(1000, Number(pageSize ?? DEFAULT_PAGE_SIZE));
  if (!Number.isInteger(start) || !Number.isInteger(size) || size < 1) throw invalidArgument('Invalid page.');
  const end = start + size;
  const next =
    end < emulatedModels.length ? { nextPageToken: Buffer.from(String(end)).toString('base64url') } : {};
  return { models: emulatedModels.slice(start, end).map(describeModel), ...next };
}

function describeModel(model: EmulatedModel): JsonValue {
  return { name: `models/${model.id}`, ...model.listed };
}

function queryOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const query: unknown = request.query;
  return typeof query === 'object' && query !== null ? { ...query } : {};
}

function notFound(request: FastifyRequest): WireError {
  return refusal(404, 'NOT_FOUND', `Requested entity was not found: ${request.url.split('?', 1)[0] ?? ''}`);
}
