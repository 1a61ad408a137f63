import { isIP } from 'node:net';
import { AppError } from '../errors.js';
import { isPublicAddress } from '../net/guarded-agent.js';

/**
 * Checks the address of a receiver as far as that is possible before connecting; names are looked up and checked at every
 * connection.
 * @param isTrusted hosts (`name:port`) that the operator allows to be anywhere, and without TLS
 * @throws AppError invalid_request
 */
export function readWebhookUrl(text: string, isTrusted: (host: string) => boolean): string {
  if (!URL.canParse(text)) refuse('must be a whole address, such as https://example.com/hooks/atelier');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('must begin with https://');
  if (url.username !== '' || url.password !== '') {
    refuse('must not hold a user name or password: the signature tells who is calling');
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (!isTrusted(`${url.hostname}:${port}`)) {
    if (url.protocol === 'http:') refuse('must begin with https://');
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) refuse('must be a public address');
  }
  url.hash = '';
  return url.href;
}

function refuse(message: string): never {
  throw new AppError('invalid_request', { message: `\`url\` ${message}.`, param: 'url' });
}
