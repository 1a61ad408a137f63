/** What the server tells of a job over its WebSocket while it runs (protocol notes §B1). */
import { ProviderError } from '../provider.js';
import type { ProviderIo, UpstreamSocket } from '../provider.js';
import { serverHeaders } from './endpoint.js';
import { socketMessage } from './wire.js';
import type { SocketMessage } from './wire.js';

/** News of one job. */
export type News =
  | { readonly type: 'progress'; readonly node: string; readonly fraction: number }
  | { readonly type: 'preview'; readonly bytes: Uint8Array }
  /** The job has begun. */
  | { readonly type: 'started' }
  /** The job has ended, well or badly: the history knows, now or in a moment. */
  | { readonly type: 'ended' }
  /** The socket is closed; the job goes on. */
  | { readonly type: 'closed' };

export interface Feed {
  /** The next news; waits for it. After `closed` there is none. */
  next(): Promise<News>;
  close(): void;
}

/** Opens the feed of a job. @returns undefined where there is no socket to be had, which is no failure of the job */
export async function openFeed(io: ProviderIo, promptId: string): Promise<Feed | undefined> {
  let socket: UpstreamSocket;
  try {
    // The job's own id is its client's: what arrives is about this job, and whoever comes back is known by it.
    const path = `/ws?clientId=${encodeURIComponent(promptId)}`;
    socket = await io.listen({ path, headers: serverHeaders(io.endpoint) });
  } catch (error) {
    if (error instanceof ProviderError && !io.signal.aborted) return undefined;
    throw error;
  }
  const messages = socket.messages[Symbol.asyncIterator]();
  return {
    next: async () => {
      for (;;) {
        const result = await messages.next();
        if (result.done === true) return { type: 'closed' };
        const { value } = result;
        const news = typeof value === 'string' ? readText(value, promptId) : readBytes(value);
        if (news !== undefined) return news;
      }
    },
    close: () => {
      socket.close();
    },
  };
}

function readText(text: string, promptId: string): News | undefined {
  const parsed = parse(text);
  const { type, data } = parsed ?? {};
  if (type === undefined || !data) return undefined;
  // Some messages name no job; they are about this one, whose client this is.
  if (data.prompt_id && data.prompt_id !== promptId) return undefined;
  switch (type) {
    case 'execution_start':
      return { type: 'started' };
    case 'progress':
      return progressOf(data.node ?? '', data.value, data.max);
    case 'progress_state': {
      const running = Object.entries(isRecord(data.nodes) ? data.nodes : {}).find(
        ([, { state, max }]) => state === 'running' && (max ?? 0) > 1,
      );
      return running === undefined ? undefined : progressOf(running[0], running[1].value, running[1].max);
    }
    case 'executing':
      return data.node === null ? { type: 'ended' } : { type: 'started' };
    case 'execution_success':
    case 'execution_error':
    case 'execution_interrupted':
      return { type: 'ended' };
    default:
      return undefined;
  }
}

type Nodes = NonNullable<NonNullable<SocketMessage['data']>['nodes']>;

function isRecord(nodes: Nodes | null | undefined): nodes is Exclude<Nodes, readonly string[]> {
  return nodes !== null && nodes !== undefined && !Array.isArray(nodes);
}

function progressOf(
  node: string,
  value: number | null | undefined,
  max: number | null | undefined,
): News | undefined {
  if (typeof value !== 'number' || typeof max !== 'number' || max <= 0) return undefined;
  return { type: 'progress', node, fraction: Math.min(1, Math.max(0, value / max)) };
}

/** Kind 1 is a preview, 4 one with facts before it; the picture's own kind (JPEG or PNG) shows in its bytes. */
function readBytes(message: Uint8Array): News | undefined {
  if (message.length < 8) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const kind = view.getUint32(0);
  if (kind === 1) return { type: 'preview', bytes: message.subarray(8) };
  const start = 8 + view.getUint32(4);
  if (kind !== 4 || start >= message.length) return undefined;
  return { type: 'preview', bytes: message.subarray(start) };
}

function parse(text: string): SocketMessage | undefined {
  try {
    return socketMessage.safeParse(JSON.parse(text)).data;
  } catch {
    // A message that is no JSON tells nothing.
    return undefined;
  }
}
