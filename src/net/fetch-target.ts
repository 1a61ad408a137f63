import { FetchRefused } from './fetch-refused.js';

/** Signed links of stores have some thousand characters. */
const MAX_URL_LENGTH = 8192;

/**
 * Reads the address of a picture, absolute or relative to the one that redirected here. @throws FetchRefused scheme or malformed
 */
export function readTarget(address: string, base?: URL): URL {
  if (address.length > MAX_URL_LENGTH)
    throw new FetchRefused(
      'malformed',
      `The address of this picture has more than ${MAX_URL_LENGTH} characters.`,
    );
  if (!URL.canParse(address, base?.href))
    throw new FetchRefused('malformed', 'The address of this picture is not a valid URL.');
  const url = new URL(address, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new FetchRefused('scheme', 'The address of this picture must begin with https:// or http://.');
  if (url.username !== '' || url.password !== '')
    throw new FetchRefused(
      'malformed',
      'The address of this picture must not contain a user name or password.',
    );
  return url;
}

/**
 * Reads an operator's list of hosts that may be at any address. `name` means every port, `name:port` that one.
 * @returns tells of `name:port`, as the guarded agent writes it, whether it is in the list
 */
export function readAllowedHosts(hosts: readonly string[]): (host: string) => boolean {
  const allowed = new Set(
    hosts.map((host) => {
      const [, port = ''] = /:(\d+)$/.exec(host.replace(/^\[.*\]/, '')) ?? [];
      const name = port === '' ? host : host.slice(0, -port.length - 1);
      // As URLs write names: lower case, punycode, IPv6 in brackets and shortened.
      return `${new URL(`http://${name}/`).hostname}:${port}`;
    }),
  );
  return (host) => allowed.has(host) || allowed.has(host.slice(0, host.lastIndexOf(':') + 1));
}
