/**
 * An emulator of OpenAI's Images API, written from the protocol notes alone: it refuses what the service is known to
 * refuse, in the service's words. Where the notes doubt it is tolerant, and says so beside the code.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { describeForm, isRecord, parseJson, readFormBuffer } from '../shared/emulator-body.js';
import { jsonAnswer, openEmulation, rawBody, readHeader } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings } from '../shared/emulator-kit.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';
import { answerJob } from './emulator-answer.js';
import {
  badKey,
  missingKey,
  modelNotFound,
  moderated,
  outOfCredit,
  overloaded,
  rateLimited,
  refusal,
  refusalOfKey,
  serverError,
  unsupportedContentType,
} from './emulator-errors.js';
import { checkPictures, readEditForm, readEditJson } from './emulator-inputs.js';
import type { EditBody } from './emulator-inputs.js';
import { followLink } from './emulator-links.js';
import { emulatedModels, findEmulatedModel, namesOf } from './emulator-models.js';
import type { EmulatedModel } from './emulator-models.js';
import { readJob, readModel, readPrompt } from './emulator-request.js';
import type { JobPictures, RequestForm } from './emulator-request.js';

/** Serves `/v1/images/generations`, `/v1/images/edits`, `/v1/models` and the delivery links of DALL·E under its prefix. */
export function createOpenAiEmulator(options: EmulatorSettings): FastifyPluginAsync {
  return async (app) => {
    const emulation = openEmulation(app, options, {
      failure: (status, message) => (status >= 500 ? serverError() : refusal(status, { message })),
      notFound: (request) =>
        refusal(404, { message: `Invalid URL (${request.method} ${request.url.split('?', 1)[0] ?? ''})` }),
    });
    app.get<{ Querystring: Record<string, unknown> }>('/files/*', (request, reply) =>
      emulation.answer(reply, undefined, (signal) =>
        followLink(options, request.query, emulation.now(), signal),
      ),
    );
    await app.register(
      (api, _options, done) => {
        serveApi(api, { emulation, options, linkPrefix: app.prefix });
        done();
      },
      { prefix: '/v1' },
    );
  };
}

const NO_PICTURES: JobPictures = { sources: [], mask: undefined, shape: undefined };

interface Service {
  readonly emulation: Emulation;
  readonly options: EmulatorSettings;
  readonly linkPrefix: string;
}

function serveApi(api: FastifyInstance, service: Service): void {
  api.addHook('onRequest', (request, reply, done) => {
    reply.headers(standingHeaders());
    checkKey(request);
    done();
  });
  api.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('openai-processing-ms', String(Math.round(reply.elapsedTime)));
    done();
  });
  api.post('/images/generations', async (request, reply) => {
    const body = readJsonBody(request);
    return handle(service, request, reply, 'generation', { fields: body, images: [], mask: undefined }, body);
  });
  api.post('/images/edits', async (request, reply) => {
    const contentType = readHeader(request, 'content-type') ?? '';
    if (contentType.startsWith('application/json')) {
      const body = readJsonBody(request);
      return handle(service, request, reply, 'edit-json', readEditJson(body), body);
    }
    if (!contentType.startsWith('multipart/form-data')) {
      throw unsupportedContentType(contentType, 'multipart/form-data');
    }
    const parts = readFormBuffer(contentType, rawBody(request));
    if (parts === undefined) throw refusal(400, { message: 'Could not parse multipart form' });
    return handle(service, request, reply, 'edit-form', readEditForm(parts), describeForm(parts));
  });
  api.get('/models', (_request, reply) =>
    service.emulation.answer(reply, undefined, () =>
      Promise.resolve(jsonAnswer({ object: 'list', data: emulatedModels.map(describeModel) })),
    ),
  );
  api.get<{ Params: { id: string } }>('/models/:id', (request, reply) => {
    const model = findEmulatedModel(request.params.id);
    if (model === undefined) throw modelNotFound(request.params.id);
    return service.emulation.answer(reply, undefined, () =>
      Promise.resolve(jsonAnswer(describeModel(model))),
    );
  });
}

async function handle(
  service: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  form: RequestForm,
  body: EditBody,
  record: unknown,
): Promise<FastifyReply> {
  const { fields } = body;
  const model = readModel(fields, form);
  const prompt = readPrompt(fields, model, form);
  const outcome = findScriptedOutcome({
    prompt,
    header: readHeader(request, 'x-emulate'),
    scope: readHeader(request, 'x-emulate-scope'),
    names: namesOf(model),
    count: typeof fields['n'] === 'number' ? fields['n'] : 1,
  });
  service.emulation.record(request, { body: record, model: model.id, outcome: outcome?.name });
  const requestId = String(reply.getHeader('x-request-id'));
  const key = readKey(request) ?? '';
  const refused = refusalOfKey(key, model.id) ?? refusalFor(outcome?.name, model, { key, requestId });
  if (refused !== undefined) throw refused;
  const pictures = form === 'generation' ? NO_PICTURES : checkPictures(model, body);
  const job = readJob(fields, model, prompt, form, pictures);
  const context = {
    settings: service.options,
    outcome,
    createdAt: service.emulation.now(),
    linkBase: `${request.protocol}://${request.host}${service.linkPrefix}`,
    requestId,
  };
  return service.emulation.answer(reply, outcome, (signal) => answerJob(job, context, signal));
}

/** Outcomes that end a call before anything is drawn. */
function refusalFor(
  outcome: OutcomeName | undefined,
  model: EmulatedModel,
  facts: { readonly key: string; readonly requestId: string },
): Error | undefined {
  switch (outcome) {
    case 'bad-key':
      return badKey(facts.key);
    case 'out-of-credit':
      return outOfCredit(model.kind);
    case 'rate-limited':
      return rateLimited(true);
    case 'rate-limited-no-hint':
      return rateLimited(false);
    case 'overloaded':
      return overloaded();
    case 'server-error':
      return serverError();
    // The service has one stage for the prompt and the input pictures.
    case 'moderated-prompt':
    case 'moderated-input':
      return moderated(model.kind, 'input', facts.requestId);
    default:
      return undefined;
  }
}

function readJsonBody(request: FastifyRequest): Record<string, unknown> {
  const contentType = readHeader(request, 'content-type') ?? '';
  if (!/^application\/json\b/i.test(contentType))
    throw unsupportedContentType(contentType, 'application/json');
  const body = parseJson(rawBody(request).toString('utf8'));
  if (isRecord(body)) return body;
  throw refusal(400, {
    message:
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
  });
}

function checkKey(request: FastifyRequest): void {
  const key = readKey(request);
  if (key === undefined) throw missingKey();
  if (key.startsWith('sk-bad')) throw badKey(key);
}

function readKey(request: FastifyRequest): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1];
}

/** Headers of every answer (protocol notes §2); the limits are a made-up account's. */
function standingHeaders(): Record<string, string> {
  return {
    'x-request-id': `req_${randomUUID().replaceAll('-', '')}`,
    'openai-version': '2020-10-01',
    'openai-organization': 'org-emulated',
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-remaining-requests': '499',
    'x-ratelimit-reset-requests': '120ms',
    'x-ratelimit-limit-tokens': '800000',
    'x-ratelimit-remaining-tokens': '799000',
    'x-ratelimit-reset-tokens': '75ms',
  };
}

function describeModel(model: EmulatedModel): Record<string, string | number> {
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: 'system',
    ...(model.shutdownDate === undefined ? {} : { shutdown_date: model.shutdownDate }),
  };
}
