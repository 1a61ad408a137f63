/** The servers' failures in our vocabulary (protocol notes §B2, §B6). Nobody is charged for them. */
import type { ProviderError, ProviderIo, UpstreamResponse } from '../provider.js';
import { final, judgeProxy, ownServerError, passing } from '../shared/own-server-error.js';
import type { ToldError, Verdict } from '../shared/own-server-error.js';
import { readErrorBody } from '../shared/upstream-error.js';
import { errorBody } from './wire.js';

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readServerError(
  server: string,
  response: UpstreamResponse,
  io: ProviderIo,
): Promise<ProviderError> {
  const { json } = await readErrorBody(response);
  return ownServerError(tell(json), response, io, (told) => judge(server, told, response.status));
}

function tell(json: unknown): ToldError {
  const parsed = errorBody.safeParse(json);
  if (!parsed.success) return { code: undefined, message: '' };
  const { error, message, errors, detail } = parsed.data;
  if (typeof error === 'object' && error !== null) {
    const code = error.code ?? error.type ?? undefined;
    return {
      code: code === undefined || code === '' ? undefined : String(code),
      message: error.message ?? '',
    };
  }
  if (Array.isArray(detail)) {
    const problems = detail.map(({ loc, msg }) =>
      [(loc ?? []).filter((part) => part !== 'body').join('.'), msg ?? ''].filter((part) => part !== ''),
    );
    return { code: undefined, message: problems.map((parts) => parts.join(': ')).join('; ') };
  }
  const texts = [detail, errors, message].filter(
    (text) => text !== undefined && text !== null && text !== '',
  );
  const said = texts.join(': ');
  // The name of the exception where there is more to say, else the sentence itself.
  if (typeof error === 'string' && said === '') return { code: undefined, message: error };
  return { code: error ?? undefined, message: said };
}

function judge(server: string, told: ToldError, status: number): Verdict {
  const { code, message } = told;
  if (/OutOfMemory/i.test(code ?? '') || /out of memory/i.test(message)) {
    return passing('overloaded', `${server} ran out of memory.`);
  }
  if (/returned no results/i.test(message)) {
    return passing('no_image', `${server} answered without a picture.`);
  }
  if (/(?:init image not found|invalid encoded image)/i.test(message)) {
    return final('invalid_request', `${server} could not read the picture to edit.`);
  }
  if (/(?:sampler|scheduler) not found|unknown checkpoint/i.test(message)) {
    return final('model_unavailable', `${server} lacks what it is asked to use: ${message}`);
  }
  return judgeProxy(server, told, status);
}
