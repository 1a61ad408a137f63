/**
 * An emulator of ComfyUI, written from the protocol notes alone (§B1): graphs are checked as there, queued, worked off one
 * by one, told of over a WebSocket and found in the history. `moderated` and similar outcomes play a proxy before it.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonValue } from '../provider.js';
import {
  damagePictureBuffer,
  describeForm,
  isRecord,
  parseJson,
  readFormBuffer,
} from '../shared/emulator-body.js';
import { jsonAnswer, openEmulation, rawBody, readHeader, WireError } from '../shared/emulator-kit.js';
import type { Emulation, EmulatorSettings } from '../shared/emulator-kit.js';
import { drawPictureBuffer, wrongSize } from '../shared/emulator-picture.js';
import { proxyRefusal } from '../shared/emulator-proxy.js';
import { findScriptedOutcome } from '../shared/scripted-outcome.js';
import type { ScriptedOutcome } from '../shared/scripted-outcome.js';
import { checkGraph, refusal } from './emulator-graph.js';
import { EmulatedMachine, fileKey } from './emulator-machine.js';
import type { Job, SavedFile } from './emulator-machine.js';
import { describeNode, nodesOf, USUAL_FILES } from './emulator-nodes.js';
import type { EmulatedFiles, NodeSpec } from './emulator-nodes.js';
import { acceptSockets, foreignOrigin } from './emulator-sockets.js';

export interface ComfyUiEmulatorSettings extends EmulatorSettings {
  /** Its queue, history and sockets, for a test that wants to look at them or to break them. */
  readonly machine?: EmulatedMachine;
  readonly files?: EmulatedFiles;
  /** As older versions: names prompts itself, and interrupts whatever runs. */
  readonly old?: true;
}

const NAMES = ['flux-1-pro'];
/** Edge of previews. */
const PREVIEW_EDGE = 96;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Server {
  readonly emulation: Emulation;
  readonly machine: EmulatedMachine;
  readonly settings: ComfyUiEmulatorSettings;
  readonly nodes: Readonly<Record<string, NodeSpec>>;
}

/** Serves every route at the prefix and below `/api`. Keys are not asked for; those that begin with `bad` are refused. */
export function createComfyUiEmulator(settings: ComfyUiEmulatorSettings): FastifyPluginAsync {
  return async (app) => {
    const machine = settings.machine ?? new EmulatedMachine();
    machine.drawPreview = (picture, signal) =>
      drawPictureBuffer(
        settings,
        {
          label: '',
          prompt: picture.prompt,
          width: PREVIEW_EDGE,
          height: PREVIEW_EDGE,
          seed: picture.seed,
          format: 'jpeg',
        },
        signal,
      );
    app.addHook('preClose', (done) => {
      machine.close();
      done();
    });
    const nodes = nodesOf(settings.files ?? USUAL_FILES);
    await app.register(servePrefix(settings, machine, nodes));
    await app.register(servePrefix(settings, machine, nodes), { prefix: '/api' });
  };
}

function servePrefix(
  settings: ComfyUiEmulatorSettings,
  machine: EmulatedMachine,
  nodes: Server['nodes'],
): FastifyPluginAsync {
  return (app) => {
    const emulation = openEmulation(app, settings, {
      failure: (status, message) => new WireError(status, `${status}: ${message}`, TEXT),
      notFound: () => new WireError(404, '404: Not Found', TEXT),
    });
    const server: Server = { emulation, machine, settings, nodes };
    app.addHook('onRequest', (request, _reply, done) => {
      done(foreignOrigin(request.raw) ? new WireError(403, '403: Forbidden', TEXT) : undefined);
    });
    acceptSockets(app.server, `${app.prefix}/ws`, (socket, request) => {
      const query = new URLSearchParams((request.url ?? '').split('?')[1]);
      machine.attach(query.get('clientId') ?? undefined, socket);
    });
    servePrompts(app, server);
    serveQueue(app, server);
    serveFiles(app, server);
    serveFacts(app, server);
    return Promise.resolve();
  };
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

function servePrompts(app: FastifyInstance, server: Server): void {
  const { emulation, machine, settings, nodes } = server;
  app.post('/prompt', (request, reply) => {
    const body = parseJson(rawBody(request).toString('utf8'));
    const outcome = outcomeOf(request, body);
    emulation.record(request, { body, model: undefined, outcome: outcome?.name });
    const refused = refusedKey(request) ?? proxyRefusal(outcome?.name);
    if (refused !== undefined) throw refused;
    if (!isRecord(body)) throw new WireError(500, '500 Internal Server Error', TEXT);
    const asked = body['prompt_id'];
    if (settings.old !== true && asked !== undefined && !(typeof asked === 'string' && UUID.test(asked))) {
      throw refusal('invalid_prompt_id', 'prompt_id must be a lower-case UUID', '');
    }
    const checked = checkGraph(body['prompt'], nodes, (name) => machine.upload(name) !== undefined);
    const id = typeof asked === 'string' && settings.old !== true ? asked : randomUUID();
    const clientId = body['client_id'];
    const job = machine.enqueue({
      id,
      clientId: typeof clientId === 'string' ? clientId : undefined,
      prompt: toJson(body['prompt']),
      extra: toJson(body['extra_data'] ?? {}),
      checked,
      outcome,
    });
    return emulation.answer(reply, undefined, () =>
      Promise.resolve(
        jsonAnswer({ prompt_id: id, number: job.number, node_errors: { ...checked.nodeErrors } }),
      ),
    );
  });
  app.get('/prompt', (_request, reply) => {
    const waiting = machine.pending.length + machine.running.size;
    return json(server, reply, { exec_info: { queue_remaining: waiting } });
  });
}

function serveQueue(app: FastifyInstance, server: Server): void {
  const { machine, emulation, settings } = server;
  const tell = (job: Job): JsonValue => [job.number, job.id, job.prompt, job.extra, [...job.checked.outputs]];
  app.get('/queue', (_request, reply) =>
    json(server, reply, {
      queue_running: [...machine.running.values()].map(tell),
      queue_pending: machine.pending.map(tell),
    }),
  );
  app.post('/queue', (request, reply) => {
    const body = readRecord(request);
    emulation.record(request, { body, model: undefined, outcome: undefined });
    const { clear, delete: ids } = body;
    if (clear === true) for (const { id } of [...machine.pending]) machine.remove(id);
    for (const id of Array.isArray(ids) ? ids : []) if (typeof id === 'string') machine.remove(id);
    return empty(server, reply);
  });
  app.post('/interrupt', (request, reply) => {
    const body = readRecord(request);
    emulation.record(request, { body, model: undefined, outcome: undefined });
    const id = body['prompt_id'];
    machine.interrupt(typeof id === 'string' && settings.old !== true ? id : undefined);
    return empty(server, reply);
  });
  app.get<{ Params: { id: string } }>('/history/:id', (request, reply) => {
    emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
    const entry = machine.history.get(request.params.id);
    return json(server, reply, entry === undefined ? {} : { [request.params.id]: entry });
  });
  app.get('/history', (_request, reply) => json(server, reply, Object.fromEntries(machine.history)));
}

function serveFiles(app: FastifyInstance, server: Server): void {
  const { emulation, machine } = server;
  app.post('/upload/image', (request, reply) => {
    const parts = readFormBuffer(readHeader(request, 'content-type') ?? '', rawBody(request)) ?? [];
    emulation.record(request, { body: describeForm(parts), model: undefined, outcome: undefined });
    const refused = refusedKey(request);
    if (refused !== undefined) throw refused;
    const textOf = (name: string) =>
      parts.flatMap((part) => (part.kind === 'text' && part.name === name ? [part.value] : []))[0];
    const file = parts.find((part) => part.kind === 'file' && part.name === 'image');
    const subfolder = textOf('subfolder') ?? '';
    if (file?.kind !== 'file' || file.filename === '' || subfolder.includes('..')) {
      throw new WireError(400, '400: Bad Request', TEXT);
    }
    const overwrite = ['true', '1'].includes(textOf('overwrite') ?? '');
    const asked = subfolder === '' ? file.filename : `${subfolder}/${file.filename}`;
    const kept = machine.keepUpload(asked, file.bytes, overwrite);
    const name = subfolder === '' ? kept : kept.slice(subfolder.length + 1);
    return json(server, reply, { name, subfolder, type: textOf('type') ?? 'input' });
  });
  app.get<{ Querystring: Record<string, unknown> }>('/view', (request, reply) => {
    emulation.record(request, { body: undefined, model: undefined, outcome: undefined });
    const text = (name: string, usual: string) => {
      const value = request.query[name];
      return typeof value === 'string' ? value : usual;
    };
    const place = {
      filename: text('filename', ''),
      subfolder: text('subfolder', ''),
      type: text('type', 'output'),
    };
    if (place.filename === '' || place.filename.includes('..') || place.filename.startsWith('/')) {
      throw new WireError(400, '400: Bad Request', TEXT);
    }
    if (place.subfolder.includes('..')) throw new WireError(403, '403: Forbidden', TEXT);
    const file = machine.files.get(fileKey(place));
    if (file === undefined || file.outcome === 'expired-link') {
      throw new WireError(404, '404: Not Found', TEXT);
    }
    const spoils = file.outcome === 'drip' || file.outcome === 'cut-body';
    const spoiling = spoils ? { name: file.outcome, delayMs: 0 } : undefined;
    return emulation.answer(reply, spoiling, async (signal) => ({
      status: 200,
      headers: {
        'content-type': 'image/png',
        'content-disposition': `filename="${place.filename}"`,
      },
      body: await drawFile(server, file, signal),
    }));
  });
}

async function drawFile({ settings }: Server, file: SavedFile, signal: AbortSignal): Promise<Buffer> {
  const { picture, index, outcome } = file;
  const bytes = await drawPictureBuffer(
    settings,
    {
      label: 'comfyui',
      prompt: picture.prompt,
      avoid: picture.avoid === '' ? [] : [picture.avoid],
      ...(outcome === 'wrong-size' ? wrongSize(picture.size) : picture.size),
      seed: (picture.seed + index) % 2 ** 52,
      format: 'png',
      ...(picture.sources.length === 0 ? {} : { sources: picture.sources }),
      ...(picture.mask === undefined ? {} : { mask: picture.mask }),
    },
    signal,
  );
  return outcome === 'bad-base64' ? damagePictureBuffer(bytes) : bytes;
}

function serveFacts(app: FastifyInstance, server: Server): void {
  const { machine, nodes } = server;
  app.get('/system_stats', (request, reply) => {
    const refused = refusedKey(request);
    if (refused !== undefined) throw refused;
    return json(server, reply, {
      system: { os: 'posix', comfyui_version: '0.3.62', python_version: '3.12.3', argv: ['main.py'] },
      devices: [{ name: 'emulated', type: 'cpu', index: 0, vram_total: 0, vram_free: 0 }],
    });
  });
  const tellAll = () =>
    Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [name, describeNode(name, node, machine.uploads)]),
    );
  app.get('/object_info', (_request, reply) => json(server, reply, tellAll()));
  app.get<{ Params: { name: string } }>('/object_info/:name', (request, reply) => {
    const { name } = request.params;
    const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
    return json(
      server,
      reply,
      node === undefined ? {} : { [name]: describeNode(name, node, machine.uploads) },
    );
  });
}

function json({ emulation }: Server, reply: FastifyReply, body: JsonValue): Promise<FastifyReply> {
  return emulation.answer(reply, undefined, () => Promise.resolve(jsonAnswer(body)));
}

function empty({ emulation }: Server, reply: FastifyReply): Promise<FastifyReply> {
  return emulation.answer(reply, undefined, () =>
    Promise.resolve({ status: 200, headers: TEXT, body: Buffer.alloc(0) }),
  );
}

/** The texts of a graph hold what a prompt would. */
function outcomeOf(request: FastifyRequest, body: unknown): ScriptedOutcome | undefined {
  const graph = isRecord(body) && isRecord(body['prompt']) ? body['prompt'] : {};
  const texts = Object.values(graph).flatMap((node) =>
    isRecord(node) && isRecord(node['inputs'])
      ? Object.values(node['inputs']).filter((value) => typeof value === 'string')
      : [],
  );
  return findScriptedOutcome({
    prompt: texts.join(' '),
    header: readHeader(request, 'x-emulate'),
    scope: readHeader(request, 'x-emulate-scope'),
    names: NAMES,
    count: 1,
  });
}

/** ComfyUI knows no keys: this is a proxy's. */
function refusedKey(request: FastifyRequest): WireError | undefined {
  const key = /^Bearer\s+(\S+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1];
  return key?.startsWith('bad') === true ? proxyRefusal('bad-key') : undefined;
}

function readRecord(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const body = parseJson(rawBody(request).toString('utf8'));
  return isRecord(body) ? body : {};
}

/** What was parsed from JSON is JSON; the walk proves it to the compiler. */
function toJson(value: unknown): JsonValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (!isRecord(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toJson(inner)]));
}
