/** Single calls of ComfyUI's HTTP interface (protocol notes §B1). */
import { randomUUID } from 'node:crypto';
import { ProviderError } from '../provider.js';
import type { InputName, OutgoingBody, ProviderIo, StoredImage, UpstreamResponse } from '../provider.js';
import { readLookJson, readPlainJson } from '../shared/plain-json.js';
import { guardedBody, readErrorBody, unreadableAnswer, upstreamFacts } from '../shared/upstream-error.js';
import { serverHeaders } from './endpoint.js';
import { NAME, readServerError } from './errors.js';
import { queue, queueLength, uploadAnswer } from './wire.js';
import type { WireFile } from './wire.js';

/** Where uploads lie in the server's input folder. */
const UPLOAD_FOLDER = 'atelier';
/** Downloads of a picture that the server has made already. */
const MOST_DOWNLOADS = 3;

type Io = Pick<ProviderIo, 'endpoint' | 'send'>;

export function get(
  io: Io,
  path: string,
  options: { readonly afterAbort?: true } = {},
): Promise<UpstreamResponse> {
  return io.send({
    method: 'GET',
    ...options,
    path,
    headers: { accept: 'application/json', ...serverHeaders(io.endpoint) },
    body: undefined,
  });
}

export function post(
  io: Io,
  path: string,
  body: unknown,
  options: { readonly afterAbort?: true } = {},
): Promise<UpstreamResponse> {
  return io.send({
    method: 'POST',
    ...options,
    path,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...serverHeaders(io.endpoint),
    },
    body: JSON.stringify(body),
  });
}

/** Sends a picture of an edit. @returns the name that graphs have to use */
export async function uploadInput(io: ProviderIo, name: InputName): Promise<string> {
  try {
    return await sendInput(io, name);
  } catch (error) {
    const broken = error instanceof ProviderError && error.info.kind === 'connection';
    // Nothing is queued yet: sending it again is harmless.
    throw broken ? new ProviderError({ ...error.info, retryable: true, billed: false }) : error;
  }
}

async function sendInput(io: ProviderIo, name: InputName): Promise<string> {
  const response = await io.send({
    method: 'POST',
    path: '/upload/image',
    headers: { accept: 'application/json', ...serverHeaders(io.endpoint) },
    body: uploadBody(io, name),
  });
  if (!isSuccess(response)) throw await readServerError(response, io);
  const parsed = uploadAnswer.safeParse(await readPlainJson(NAME, response, io));
  if (!parsed.success) {
    throw new ProviderError({
      kind: 'bad_response',
      retryable: false,
      billed: false,
      message: `${NAME} took a picture and did not name it.`,
      upstream: upstreamFacts({ status: response.status }),
      cause: parsed.error,
    });
  }
  const { name: kept, subfolder } = parsed.data;
  return subfolder ? `${subfolder}/${kept}` : kept;
}

/** The file is named by its bytes: the same picture is kept once, however often it is edited. */
function uploadBody(io: ProviderIo, name: InputName): OutgoingBody {
  const boundary = `atelier-${randomUUID()}`;
  const { sha256, mimeType } = io.input(name);
  const filename = `${sha256.slice(0, 32)}.${mimeType === 'image/jpeg' ? 'jpg' : 'png'}`;
  const field = (field: string, value: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    parts: [
      field('type', 'input'),
      field('subfolder', UPLOAD_FOLDER),
      `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="${filename}"\r\ncontent-type: ${mimeType}\r\n\r\n`,
      { input: name, encoding: 'bytes' },
      `\r\n--${boundary}--\r\n`,
    ],
  };
}

/** Where a job is. */
export type QueuePlace =
  | { readonly state: 'running' }
  | { readonly state: 'pending'; readonly ahead: number }
  | { readonly state: 'absent' }
  /** The server did not tell. */
  | { readonly state: 'unclear' };

/** Looks for a job in the queue. @throws ProviderError as `send` */
export async function findInQueue(
  io: ProviderIo,
  promptId: string,
  options: { readonly afterAbort?: true } = {},
): Promise<QueuePlace> {
  const response = await get(io, '/queue', options);
  if (!isSuccess(response)) {
    await readErrorBody(response);
    return { state: 'unclear' };
  }
  // Its entries hold whole graphs; a queue of more than a megabyte tells nothing.
  const parsed = queue.safeParse(await readLookJson(NAME, response, io));
  if (!parsed.success) return { state: 'unclear' };
  const { queue_running: running, queue_pending: pending } = parsed.data;
  if (running.some((entry) => entry[1] === promptId)) return { state: 'running' };
  const mine = pending.find((entry) => entry[1] === promptId);
  if (mine === undefined) return { state: 'absent' };
  // The list is a heap: only the numbers tell the order.
  const before = pending.filter((entry) => Number(entry[0]) < Number(mine[0])).length;
  return { state: 'pending', ahead: running.length + before };
}

/** How many jobs wait or run. @throws ProviderError or Error where the server does not tell */
export async function countWaiting(io: Pick<ProviderIo, 'endpoint' | 'signal' | 'send'>): Promise<number> {
  const response = await get(io, '/prompt');
  const { json } = await readErrorBody(response);
  if (!isSuccess(response)) throw new Error(`${NAME} answered ${response.status}`);
  return queueLength.parse(json).exec_info.queue_remaining;
}

/** Fetches a picture that a job has made; a download that breaks off is repeated. */
export async function download(io: ProviderIo, file: WireFile): Promise<StoredImage> {
  const query = new URLSearchParams({
    filename: file.filename,
    subfolder: file.subfolder ?? '',
    type: file.type ?? 'output',
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await downloadOnce(io, `/view?${query.toString()}`);
    } catch (error) {
      const broken = error instanceof ProviderError && error.info.kind === 'connection';
      if (!broken || attempt === MOST_DOWNLOADS || io.signal.aborted) throw error;
    }
  }
}

async function downloadOnce(io: ProviderIo, path: string): Promise<StoredImage> {
  const response = await get(io, path);
  if (response.status === 404) {
    await readErrorBody(response);
    throw new ProviderError({
      kind: 'no_image',
      retryable: true,
      billed: false,
      message: `${NAME} has lost the picture that it made.`,
      upstream: upstreamFacts({ status: 404 }),
    });
  }
  if (!isSuccess(response)) throw await readServerError(response, io);
  const sink = io.openImage();
  try {
    for await (const chunk of guardedBody(NAME, response, io.signal)) await sink.write(chunk);
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    throw unreadableAnswer(NAME, error, upstreamFacts({ status: response.status })) ?? error;
  }
}

export function isSuccess({ status }: UpstreamResponse): boolean {
  return status >= 200 && status <= 299;
}
