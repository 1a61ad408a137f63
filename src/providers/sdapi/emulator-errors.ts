/** Refusals of the emulated servers (protocol notes §B2, §B6). */
import { WireError } from '../shared/emulator-kit.js';
import type { Fork } from './emulator-forks.js';

/** A refusal in the words of the server's own code. */
export function refusal(fork: Fork, status: number, detail: string): WireError {
  if (fork.errors === 'text') return new WireError(status, { error: detail });
  return new WireError(status, { error: 'HTTPException', detail, body: '', errors: '' });
}

/** A member of another type or range than the schema's. */
export function invalidField(fork: Fork, name: string, msg: string, type: string): WireError {
  if (fork.errors === 'text') return new WireError(400, { error: 'invalid params' });
  return new WireError(422, { detail: [{ loc: ['body', name], msg, type }] });
}

export function brokenJson(fork: Fork): WireError {
  if (fork.errors === 'text') {
    return new WireError(500, { error: 'server_error', message: 'parse error: unexpected end of input' });
  }
  return new WireError(422, {
    detail: [{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }],
  });
}

export function unauthorized(): WireError {
  return new WireError(401, { detail: 'Incorrect username or password' }, { 'www-authenticate': 'Basic' });
}

export function notFound(fork: Fork): WireError {
  if (fork.errors === 'text') return new WireError(404, '', { 'content-type': 'text/plain' });
  return new WireError(404, { detail: 'Not Found' });
}

export function outOfMemory(fork: Fork): WireError {
  if (fork.errors === 'text') {
    return new WireError(500, { error: 'server_error', message: 'the picture could not be generated' });
  }
  return new WireError(500, {
    error: 'OutOfMemoryError',
    detail: '',
    body: '',
    errors: 'CUDA out of memory. Tried to allocate 3.00 GiB.',
  });
}
