/** ComfyUI's failures in our vocabulary (protocol notes §B1). Nobody is charged for them. */
import { ProviderError } from '../provider.js';
import type { ProviderIo, UpstreamResponse } from '../provider.js';
import { final, judgeProxy, ownServerError, passing } from '../shared/own-server-error.js';
import type { Verdict } from '../shared/own-server-error.js';
import { cleanUpstreamText, readErrorBody, upstreamFacts } from '../shared/upstream-error.js';
import { errorBody, failureFacts } from './wire.js';
import type { HistoryEntry, WireError } from './wire.js';

/** Display name in messages. */
export const NAME = 'ComfyUI';

/** Faults of values that a caller can set; all others are those of the graph, or of what the server has. */
const CALLERS_FAULTS = ['value_smaller_than_min', 'value_bigger_than_max', 'invalid_input_type'];

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readServerError(response: UpstreamResponse, io: ProviderIo): Promise<ProviderError> {
  return serverError((await readErrorBody(response)).json, response, io);
}

/** The failure that a status and a body stand for. */
export function serverError(
  json: unknown,
  response: Pick<UpstreamResponse, 'status' | 'headers'>,
  io: ProviderIo,
): ProviderError {
  const body = errorBody.safeParse(json).data ?? {};
  const { error } = body;
  const object = typeof error === 'object' && error !== null ? error : undefined;
  const code = object?.code ?? object?.type ?? undefined;
  const faults = describeFaults(body);
  const message = faults.length > 0 ? faults.map(({ text }) => text).join('; ') : describeError(error);
  return ownServerError(
    { code: code === undefined || code === '' ? undefined : String(code), message },
    response,
    io,
    (told) => {
      // Only the server itself tells of nodes; everything else may come from a proxy as well.
      if (response.status === 400 && (faults.length > 0 || object?.type?.includes('prompt') === true)) {
        return judgeGraph(faults, told.message);
      }
      return judgeProxy(NAME, told, response.status);
    },
  );
}

interface Fault {
  readonly type: string;
  readonly text: string;
}

function describeFaults({ node_errors: nodes }: WireError): readonly Fault[] {
  return Object.entries(nodes ?? {}).flatMap(([id, { class_type: type, errors }]) =>
    (errors ?? []).map((error) => ({
      type: error.type ?? '',
      text: `node ${id} (${type ?? 'unknown'}): ${error.message ?? ''}, ${error.details ?? ''}`,
    })),
  );
}

function describeError(error: WireError['error']): string {
  if (typeof error === 'string') return error;
  return [error?.message, error?.details]
    .filter((part) => part !== undefined && part !== null && part !== '')
    .join(' ');
}

function judgeGraph(faults: readonly Fault[], message: string): Verdict {
  const callers = faults.length > 0 && faults.every(({ type }) => CALLERS_FAULTS.includes(type));
  return callers
    ? final('invalid_request', `${NAME} refused the request: ${message}`)
    : final('model_unavailable', `${NAME} can not run the graph of this model: ${message}`);
}

/** Why a job of the history ended without success. */
export function jobError(entry: HistoryEntry, promptId: string, io: ProviderIo): ProviderError {
  const messages = entry.status?.messages ?? [];
  const factsOf = (name: string) => {
    const found = messages.find(([type]) => type === name);
    return found === undefined ? undefined : (failureFacts.safeParse(found[1]).data ?? {});
  };
  const upstream = (code: string | undefined, message: string | undefined) => ({
    upstream: upstreamFacts({ status: 200, code, message, requestId: promptId }),
  });
  const failed = factsOf('execution_error');
  if (failed === undefined) {
    const interrupted = factsOf('execution_interrupted') !== undefined;
    const verdict = interrupted
      ? final('cancelled', `Somebody interrupted the job at ${NAME}.`)
      : passing('overloaded', `${NAME} ended the job without saying why.`);
    return new ProviderError({
      ...verdict,
      ...upstream(interrupted ? 'execution_interrupted' : undefined, undefined),
    });
  }
  const code = failed.exception_type ?? undefined;
  const said = cleanUpstreamText(failed.exception_message ?? '', [io.endpoint.apiKey]);
  const where = `node ${String(failed.node_id ?? '?')} (${failed.node_type ?? 'unknown'})`;
  const verdict =
    /OutOfMemory/i.test(code ?? '') || /out of memory/i.test(said)
      ? passing('overloaded', `${NAME} ran out of memory.`)
      : final('bad_response', `${NAME} failed at ${where}: ${said === '' ? 'no reason given' : said}`);
  return new ProviderError({ ...verdict, ...upstream(code, said) });
}
