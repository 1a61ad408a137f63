/** Runs graphs on ComfyUI servers, watches them, fetches what they make and stops them when nobody wants it any more. */
import { ProviderError } from '../provider.js';
import type { Adapter, JsonValue, NativeCall, ProviderEvent, ProviderIo } from '../provider.js';
import { listInputs } from '../shared/outgoing-body.js';
import { readPlainJson } from '../shared/plain-json.js';
import { readErrorBody, upstreamFacts } from '../shared/upstream-error.js';
import { download, findInQueue, isSuccess, post, uploadInput } from './calls.js';
import { jobError, NAME, readServerError } from './errors.js';
import { openFeed } from './feed.js';
import type { Feed } from './feed.js';
import { followJob } from './follow.js';
import { graphCall, queuedAnswer, taskReference } from './wire.js';
import type { GraphCall, HistoryEntry, TaskReference, WireFile } from './wire.js';

/** Looks for the job when it has to be stopped: between two of them it may have begun. */
const STOP_LOOKS = 2;

/** What the adapter takes from chance. */
export interface Chance {
  /** A whole number from 0 to 2147483647. */
  seed(): number;
  /** A lower-case UUID. */
  id(): string;
}

/**
 * Makes the adapter's `run`: it uploads the pictures, queues the graph under an id of its own, which is told as accepted
 * before it is sent, and yields what `resume` does.
 * It throws ProviderErrors for refused graphs, failed and interrupted jobs, and when the server forgets the job.
 */
export function createComfyUiRun(chance: Chance): Adapter['run'] {
  return async function* run(call, io) {
    const asked = graphCall.parse(call.body);
    const task: TaskReference = { promptId: chance.id(), seed: asked.seed ?? chance.seed() };
    const names = new Map<string, string>();
    for (const name of listInputs(call.body)) names.set(String(name), await uploadInput(io, name));
    const graph = completeGraph(asked, task, names);
    // Before the graph is queued, so that nothing is missed.
    const feed = await openFeed(io, task.promptId);
    yield { type: 'accepted', taskId: JSON.stringify(task) };
    let queued = task;
    try {
      queued = await submit(graph, task, io);
      // Older versions give names of their own.
      if (queued.promptId !== task.promptId) yield { type: 'accepted', taskId: JSON.stringify(queued) };
      yield* followTask(queued, call, io, feed);
    } catch (error) {
      if (io.signal.aborted) await stopJob(queued.promptId, io);
      throw error;
    } finally {
      feed?.close();
    }
  };
}

/**
 * Goes on with a job that was told as accepted. It is never queued again: a job that neither queue nor history knows is a
 * failure without a price.
 */
export async function* resumeComfyUi(
  taskId: string,
  call: NativeCall,
  io: ProviderIo,
): AsyncIterable<ProviderEvent> {
  const task = parseTaskId(taskId);
  try {
    yield* followTask(task, call, io, await openFeed(io, task.promptId));
  } catch (error) {
    if (io.signal.aborted) await stopJob(task.promptId, io);
    throw error;
  }
}

function parseTaskId(taskId: string): TaskReference {
  try {
    return taskReference.parse(JSON.parse(taskId));
  } catch (cause) {
    throw new ProviderError({
      kind: 'bad_response',
      retryable: false,
      billed: 'unknown',
      message: `The job at ${NAME} can not be found again: its stored id is not readable.`,
      cause,
    });
  }
}

type Graph = GraphCall['prompt'];

/**
 * The graph with the names of its pictures, its seed, and a name of its own for what it saves: a graph like the last one
 * would not be run again, and the history would show the old file.
 */
function completeGraph(
  { prompt, seed_places: places }: GraphCall,
  task: TaskReference,
  names: ReadonlyMap<string, string>,
): Graph {
  const seeds = new Set(places.map(([id, input]) => `${id}/${input}`));
  return Object.fromEntries(
    Object.entries(prompt).map(([id, node]) => {
      const inputs = Object.entries(node.inputs).map(([input, value]): readonly [string, JsonValue] => {
        if (seeds.has(`${id}/${input}`)) return [input, task.seed];
        if (input === 'filename_prefix' && typeof value === 'string') {
          return [input, `atelier/${task.promptId}`];
        }
        const name = inputNameOf(value);
        return [input, name === undefined ? value : (names.get(name) ?? value)];
      });
      return [id, { ...node, inputs: Object.fromEntries(inputs) }];
    }),
  );
}

/** The name of the picture that a reference stands for. */
function inputNameOf(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null || !('$input' in value)) return undefined;
  const name = value['$input'];
  return typeof name === 'string' || typeof name === 'number' ? String(name) : undefined;
}

/** Queues the graph. @returns the task under the name that the server has for it */
async function submit(graph: Graph, task: TaskReference, io: ProviderIo): Promise<TaskReference> {
  const { promptId } = task;
  const body = { prompt: graph, client_id: promptId, prompt_id: promptId };
  try {
    const response = await post(io, '/prompt', body);
    if (!isSuccess(response)) throw await readServerError(response, io);
    const parsed = queuedAnswer.safeParse(await readPlainJson(NAME, response, io));
    return parsed.success ? { ...task, promptId: parsed.data.prompt_id } : task;
  } catch (error) {
    // Sent, and no answer came: queue and history know whether it arrived.
    const unheard =
      error instanceof ProviderError &&
      error.info.billed === 'unknown' &&
      (error.info.kind === 'connection' || error.info.kind === 'bad_response');
    if (unheard && !io.signal.aborted) return task;
    throw error;
  }
}

async function* followTask(
  task: TaskReference,
  call: NativeCall,
  io: ProviderIo,
  feed: Feed | undefined,
): AsyncIterable<ProviderEvent> {
  const { promptId, seed } = task;
  const samplers = Object.entries(graphCall.parse(call.body).prompt)
    .filter(([, { class_type: type }]) => /^KSampler(?!Select)|^SamplerCustom/.test(type))
    .map(([id]) => id);
  const entry = yield* followJob({ promptId, samplers, partials: call.partialImages ?? 0 }, io, feed);
  if (entry.status?.status_str === 'error' || entry.status?.completed === false) {
    throw jobError(entry, promptId, io);
  }
  const [file] = picturesOf(entry);
  yield { type: 'answered', requestId: promptId, reported: {} };
  if (file === undefined) {
    throw new ProviderError({
      kind: 'no_image',
      retryable: true,
      billed: false,
      message: `${NAME} finished the job without a picture.`,
      upstream: upstreamFacts({ status: 200, requestId: promptId }),
    });
  }
  const image = await download(io, file);
  yield { type: 'progress', fraction: 1 };
  yield { type: 'image', index: 0, image: { kind: 'stored', image }, revisedPrompt: undefined, seed };
}

/** Saved pictures before those that were only shown. */
function picturesOf({ outputs }: HistoryEntry): readonly WireFile[] {
  const all = Object.values(outputs ?? {}).flatMap(({ images }) => images ?? []);
  return [...all.filter(({ type }) => type !== 'temp'), ...all.filter(({ type }) => type === 'temp')];
}

/**
 * Takes a job out of the queue, or interrupts it. Only a job that is seen to run is interrupted: older versions stop
 * whatever runs. Nothing is left to be done where the server can't be told: the call has ended anyway.
 */
async function stopJob(promptId: string, io: ProviderIo): Promise<void> {
  try {
    for (let looks = 0; looks < STOP_LOOKS; looks += 1) {
      const place = await findInQueue(io, promptId, { afterAbort: true });
      if (place.state === 'absent' || place.state === 'unclear') return;
      const waiting = place.state === 'pending';
      const path = waiting ? '/queue' : '/interrupt';
      const body = waiting ? { delete: [promptId] } : { prompt_id: promptId };
      await readErrorBody(await post(io, path, body, { afterAbort: true }));
      if (!waiting) return;
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}
