/** Refusals in each server's shape, and those of a proxy in front of it (protocol notes §B2 to §B5, §B7). */
import { WireError } from '../shared/emulator-kit.js';
import { ofProxy, proxyRefusal } from '../shared/emulator-proxy.js';
import { EMULATED_RETRY_AFTER_S } from '../shared/scripted-outcome.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';
import type { Dialect } from './emulator-dialects.js';

const RETRY_AFTER = { 'retry-after': String(EMULATED_RETRY_AFTER_S) };

/** A refusal in the server's own shape. */
export function refusal(dialect: Dialect, status: number, text: string): WireError {
  switch (dialect.errors) {
    case 'text':
      return new WireError(status, { error: text });
    case 'object':
      return new WireError(status, { error: { code: status, message: text, type: '' } });
    case 'detail':
      return new WireError(status, { detail: text });
  }
}

/** What a field was refused for; only FastAPI servers name the place. */
export function invalidField(
  dialect: Dialect,
  name: string,
  problem: { readonly msg: string; readonly type: string },
): WireError {
  switch (dialect.errors) {
    case 'text':
      return refusal(dialect, 400, name === 'prompt' ? 'prompt required' : 'invalid params');
    case 'object':
      // Every mistake of a caller is a 500 here.
      return refusal(dialect, 500, `${name}: ${problem.msg}`);
    case 'detail':
      return new WireError(422, { detail: [{ loc: ['body', name], ...problem }] });
  }
}

/** A body that is no JSON. */
export function brokenJson(dialect: Dialect): WireError {
  if (dialect.errors === 'text') {
    return new WireError(500, { error: 'server_error', message: 'parse error: unexpected end of input' });
  }
  if (dialect.errors === 'object') return refusal(dialect, 500, 'failed parsing request body');
  return new WireError(422, {
    detail: [{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }],
  });
}

export function notFound(dialect: Dialect): WireError {
  if (dialect.errors === 'text') return new WireError(404, '', { 'content-type': 'text/plain' });
  return refusal(dialect, 404, 'Not Found');
}

export function serverError(dialect: Dialect): WireError {
  if (dialect.errors === 'text') {
    return new WireError(500, { error: 'server_error', message: 'the picture could not be generated' });
  }
  return refusal(dialect, 500, 'Image generation failed: out of memory');
}

/** A wrong key where the server, or the proxy of one that knows no keys, wants one. */
export function unauthorized(dialect: Dialect): WireError {
  return dialect.errors === 'text'
    ? ofProxy(401, 'Incorrect API key provided.', 'invalid_api_key')
    : refusal(dialect, 401, 'Unauthorized');
}

/** What an outcome refuses before anything is drawn. */
export function scriptedRefusal(outcome: OutcomeName | undefined, dialect: Dialect): WireError | undefined {
  switch (outcome) {
    case 'bad-key':
      return unauthorized(dialect);
    case 'moderated-prompt':
    case 'moderated-input':
    case 'moderated-output':
    case 'out-of-credit':
    case 'rate-limited':
    case 'rate-limited-no-hint':
      return proxyRefusal(outcome);
    case 'overloaded':
      return notReady(dialect);
    case 'server-error':
      return serverError(dialect);
    case 'no-image':
      // sd-server tells it as its own fault; the others send an empty list.
      return dialect.id === 'sd-server'
        ? refusal(dialect, 500, 'generate_image returned no results')
        : undefined;
    default:
      return undefined;
  }
}

function notReady(dialect: Dialect): WireError {
  const loading = refusal(dialect, 503, 'model is loading');
  switch (dialect.id) {
    case 'localai':
      return new WireError(503, loading.body, RETRY_AFTER);
    case 'vllm-omni':
      return refusal(dialect, 503, 'Diffusion engine not initialized. Start server with a diffusion model.');
    case 'sd-server':
      // Nothing but the status, as some proxies send it.
      return new WireError(503, '', { 'content-type': 'text/plain' });
    case 'sglang':
    case 'xinference':
    case 'nim':
      return loading;
  }
}
