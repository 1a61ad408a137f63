/**
 * The machine behind an emulated server: a queue that is worked off one by one, a history, uploads, saved files and the
 * sockets that are told of all that. As with the real one, nothing of it outlives a restart.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { JsonValue } from '../provider.js';
import type { OutcomeName, ScriptedOutcome } from '../shared/scripted-outcome.js';
import type { CheckedGraph } from './emulator-graph.js';
import { pictureOf } from './emulator-picture.js';
import type { PaintedPicture } from './emulator-picture.js';

/** What sampling takes where an outcome says nothing else. */
const JOB_MS = 40;
/** Entries of history and files that are kept; the oldest are forgotten. */
const MOST_KEPT = 500;
const MOST_UPLOAD_BYTES = 128 * 1024 * 1024;
/** Previews of one job. */
const PREVIEWS = 4;

export interface Job {
  readonly number: number;
  readonly id: string;
  readonly clientId: string | undefined;
  /** As it came. */
  readonly prompt: JsonValue;
  readonly extra: JsonValue;
  readonly checked: CheckedGraph;
  readonly outcome: ScriptedOutcome | undefined;
  readonly stop: AbortController;
}

/** A file that can be looked at; painted when somebody does. */
export interface SavedFile {
  readonly picture: PaintedPicture;
  readonly index: number;
  readonly outcome: OutcomeName | undefined;
}

interface Place {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: string;
}

type Message = readonly [string, { readonly [name: string]: JsonValue }];

/** Draws a preview. */
export type DrawPreview = (picture: PaintedPicture, signal: AbortSignal) => Promise<Buffer>;

export class EmulatedMachine {
  /** Waiting jobs in order, what runs, and what has ended. */
  readonly pending: Job[] = [];
  readonly running = new Map<string, Job>();
  readonly history = new Map<string, JsonValue>();
  readonly files = new Map<string, SavedFile>();
  /** How many graphs were queued, sampled to the end, and interrupted since the start. */
  readonly counts = { queued: 0, sampled: 0, interrupted: 0 };
  readonly #uploads = new Map<string, Buffer>();
  readonly #sockets = new Map<string, WebSocket>();
  readonly #closing = new AbortController();
  readonly #counters = new Map<string, number>();
  #drawPreview: DrawPreview | undefined;
  #uploadedBytes = 0;
  #number = 0;
  #busy = false;
  /** What the last run made, by the signature of the node that made it. */
  #cache = new Map<string, readonly Place[]>();
  /** Node of the running job, for sockets that come back. */
  #lastNode: { readonly clientId: string; readonly node: string } | undefined;

  set drawPreview(draw: DrawPreview) {
    this.#drawPreview = draw;
  }

  get uploads(): readonly string[] {
    return [...this.#uploads.keys()];
  }

  upload(name: string): Buffer | undefined {
    return this.#uploads.get(name);
  }

  /** Takes a file; the same bytes keep a name, other bytes of that name get another. @returns the name to use */
  keepUpload(name: string, bytes: Buffer, overwrite: boolean): string {
    const [stem, extension] = splitName(name);
    let kept = name;
    for (let number = 1; !overwrite; number += 1) {
      const there = this.#uploads.get(kept);
      if (there === undefined || there.equals(bytes)) break;
      kept = `${stem} (${number})${extension}`;
    }
    this.#uploadedBytes += bytes.length - (this.#uploads.get(kept)?.length ?? 0);
    this.#uploads.delete(kept);
    this.#uploads.set(kept, bytes);
    for (const [oldest, { length }] of this.#uploads) {
      if (this.#uploadedBytes <= MOST_UPLOAD_BYTES) break;
      this.#uploads.delete(oldest);
      this.#uploadedBytes -= length;
    }
    return kept;
  }

  enqueue(job: Omit<Job, 'number' | 'stop'>): Job {
    this.#number += 1;
    const queued = { ...job, number: this.#number, stop: new AbortController() };
    this.counts.queued += 1;
    if (job.outcome?.name === 'stall') {
      // One that never ends steps aside: others are not to wait for somebody's test.
      void this.#run(queued);
    } else {
      this.pending.push(queued);
      void this.#work();
    }
    this.#tellStatus();
    return queued;
  }

  /** Takes a waiting job out of the queue; one that runs goes on. */
  remove(id: string): void {
    const at = this.pending.findIndex((job) => job.id === id);
    if (at !== -1) this.pending.splice(at, 1);
    this.#tellStatus();
  }

  /** @param id undefined: whatever runs */
  interrupt(id: string | undefined): void {
    for (const job of this.running.values()) {
      if (id === undefined || job.id === id) job.stop.abort();
    }
  }

  /** A client with the id of an earlier one takes its place. */
  attach(clientId: string | undefined, socket: WebSocket): void {
    const id = clientId ?? randomUUID().replaceAll('-', '');
    this.#sockets.set(id, socket);
    socket.on('close', () => {
      if (this.#sockets.get(id) === socket) this.#sockets.delete(id);
    });
    socket.on('error', () => undefined);
    this.#send(id, 'status', { ...this.#status(), sid: id });
    if (this.#lastNode?.clientId === id) this.#send(id, 'executing', { node: this.#lastNode.node });
  }

  /** As a proxy or a bad line does it. */
  dropSockets(): void {
    for (const socket of this.#sockets.values()) socket.terminate();
  }

  close(): void {
    this.#closing.abort();
    this.dropSockets();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let job = this.pending.shift(); job !== undefined; job = this.pending.shift()) {
        await this.#run(job);
      }
    } finally {
      this.#busy = false;
    }
  }

  async #run(job: Job): Promise<void> {
    this.running.set(job.id, job);
    const messages: Message[] = [];
    const tell = (type: string, data: { readonly [name: string]: JsonValue }) => {
      const message = { ...data, prompt_id: job.id, timestamp: Date.now() };
      messages.push([type, message]);
      this.#send(job.clientId, type, message);
    };
    let outputs: JsonValue = {};
    let status = 'error';
    try {
      tell('execution_start', {});
      outputs = await this.#execute(job, tell);
      tell('execution_success', {});
      status = 'success';
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      if (error instanceof JobStopped) {
        if (error.type === 'execution_interrupted') this.counts.interrupted += 1;
        tell(error.type, error.data);
      } else if (!job.stop.signal.aborted) throw error;
    } finally {
      this.running.delete(job.id);
      this.#lastNode = undefined;
    }
    const completed = status === 'success';
    keep(this.history, job.id, {
      prompt: [job.number, job.id, job.prompt, job.extra, [...job.checked.outputs]],
      outputs,
      status: { status_str: status, completed, messages: messages.map(([type, data]) => [type, data]) },
      meta: {},
    });
    this.#send(job.clientId, 'executing', { node: null, prompt_id: job.id });
    this.#tellStatus();
  }

  async #execute(
    job: Job,
    tell: (type: string, data: { readonly [name: string]: JsonValue }) => void,
  ): Promise<JsonValue> {
    const { graph, outputs } = job.checked;
    const made: Record<string, JsonValue> = {};
    const cached = new Map<string, readonly Place[]>();
    for (const id of outputs) {
      const known = this.#cache.get(this.#signature(job, id));
      if (known !== undefined) cached.set(id, known);
    }
    const whole = outputs.every((id) => cached.has(id));
    tell('execution_cached', { nodes: whole ? [...graph.keys()] : [...cached.keys()] });
    for (const [id, places] of cached) made[id] = { images: places.map((place) => ({ ...place })) };
    const cache = new Map<string, readonly Place[]>();
    for (const id of outputs) {
      const signature = this.#signature(job, id);
      const known = cached.get(id);
      if (known !== undefined) {
        cache.set(signature, known);
        continue;
      }
      const picture = pictureOf(graph, id, (name) => this.upload(name));
      await this.#sample(job, picture);
      this.#enter(job, id);
      const { name } = job.outcome ?? {};
      const places = name === 'no-image' || name === 'text-only' ? [] : this.#save(job, id, picture);
      cache.set(signature, places);
      const output: JsonValue =
        name === 'text-only'
          ? { text: ['a text instead of a picture'] }
          : { images: places.map((place) => ({ ...place })) };
      if (name !== 'no-image') made[id] = output;
      this.#send(job.clientId, 'executed', { node: id, display_node: id, output, prompt_id: job.id });
    }
    this.#cache = cache;
    return made;
  }

  /** Steps of a sampler, each told; the sockets of the client get previews. */
  async #sample(job: Job, picture: PaintedPicture): Promise<void> {
    const node = [...job.checked.graph].find(([, { type }]) => type.includes('Sampler'))?.[0] ?? '0';
    this.#enter(job, node);
    const { steps } = picture;
    const durationMs = job.outcome?.name === 'slow' ? job.outcome.delayMs : JOB_MS;
    const signal = AbortSignal.any([job.stop.signal, this.#closing.signal]);
    const type = job.checked.graph.get(node)?.type ?? '';
    const where = { node_id: node, node_type: type, executed: [] };
    if (job.outcome?.name === 'server-error') {
      throw new JobStopped('execution_error', {
        ...where,
        exception_message: 'Allocation on device 0 would exceed allowed memory. (out of memory)',
        exception_type: 'torch.OutOfMemoryError',
        traceback: [],
        current_inputs: {},
        current_outputs: [],
      });
    }
    try {
      if (job.outcome?.name === 'stall') {
        if (!signal.aborted) await once(signal, 'abort');
        signal.throwIfAborted();
      }
      for (let step = 1; step <= steps; step += 1) {
        await wait(durationMs / steps, undefined, { signal });
        const facts = { value: step, max: steps };
        this.#send(job.clientId, 'progress_state', {
          prompt_id: job.id,
          nodes: { [node]: { ...facts, state: 'running', node_id: node, prompt_id: job.id } },
        });
        this.#send(job.clientId, 'progress', { ...facts, prompt_id: job.id, node });
        if (step % Math.max(1, Math.ceil(steps / PREVIEWS)) === 0) await this.#preview(job, picture, signal);
      }
    } catch (error) {
      if (job.stop.signal.aborted) throw new JobStopped('execution_interrupted', where);
      throw error;
    }
    this.counts.sampled += 1;
  }

  async #preview(job: Job, picture: PaintedPicture, signal: AbortSignal): Promise<void> {
    const socket = this.#sockets.get(job.clientId ?? '');
    if (socket === undefined || this.#drawPreview === undefined) return;
    const jpeg = await this.#drawPreview(picture, signal);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(1, 0);
    head.writeUInt32BE(1, 4);
    socket.send(Buffer.concat([head, jpeg]));
  }

  #save(job: Job, id: string, picture: PaintedPicture): readonly Place[] {
    const node = job.checked.graph.get(id);
    const saves = node?.type === 'SaveImage';
    const prefix = node?.inputs['filename_prefix'];
    const parts = (saves && typeof prefix === 'string' ? prefix : 'ComfyUI_temp').split('/');
    const stem = parts.pop() ?? '';
    const subfolder = parts.join('/');
    return Array.from({ length: picture.count }, (_, index) => {
      const counter = (this.#counters.get(`${subfolder}/${stem}`) ?? 0) + 1;
      this.#counters.set(`${subfolder}/${stem}`, counter);
      const filename = `${stem}_${String(counter).padStart(5, '0')}_.png`;
      const place = { filename, subfolder, type: saves ? 'output' : 'temp' };
      keep(this.files, fileKey(place), { picture, index, outcome: job.outcome?.name });
      return place;
    });
  }

  #enter(job: Job, node: string): void {
    this.#send(job.clientId, 'executing', { node, display_node: node, prompt_id: job.id });
    if (job.clientId !== undefined) this.#lastNode = { clientId: job.clientId, node };
  }

  /** The same for nodes that would do the same: a graph like the last one is not run again. */
  #signature(job: Job, id: string): string {
    const uploads = [...job.checked.graph.values()].flatMap(({ inputs }) => {
      const name = inputs['image'];
      const bytes = typeof name === 'string' ? this.upload(name) : undefined;
      return bytes === undefined ? [] : [createHash('sha256').update(bytes).digest('hex')];
    });
    return JSON.stringify([id, [...job.checked.graph], uploads]);
  }

  #status(): { readonly status: JsonValue } {
    return { status: { exec_info: { queue_remaining: this.pending.length + this.running.size } } };
  }

  #tellStatus(): void {
    for (const id of this.#sockets.keys()) this.#send(id, 'status', this.#status());
  }

  #send(clientId: string | undefined, type: string, data: JsonValue): void {
    this.#sockets.get(clientId ?? '')?.send(JSON.stringify({ type, data }));
  }
}

class JobStopped extends Error {
  readonly type: string;
  readonly data: { readonly [name: string]: JsonValue };

  constructor(type: string, data: { readonly [name: string]: JsonValue }) {
    super(type);
    this.type = type;
    this.data = data;
  }
}

/** What names a file: type, folder and name. */
export function fileKey({ filename, subfolder, type }: Place): string {
  return `${type}/${subfolder}/${filename}`;
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  const [oldest] = map.keys();
  if (map.size >= MOST_KEPT && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

function splitName(name: string): readonly [string, string] {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
}
