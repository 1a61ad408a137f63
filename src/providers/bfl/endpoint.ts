/** Where tasks may be looked at: the answer to a submit names a host, and the look carries the key (protocol notes §A1). */
import type { Endpoint } from '../provider.js';

export const BFL_BASE_URL = 'https://api.bfl.ai';

const DOMAIN = '.bfl.ai';

/** Where a look at a task goes; without `origin` below the endpoint's base URL. */
export interface PollTarget {
  readonly origin?: string;
  readonly path: string;
}

/**
 * Whether a look with the endpoint's key may go to an origin: always to the endpoint's own, and from BFL's hosts to all of
 * BFL's. A proxy's key never goes to BFL, nor BFL's to a proxy.
 */
export function trustsBflOrigin(origin: string, { baseUrl }: Pick<Endpoint, 'baseUrl'>): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const base = new URL(baseUrl);
  return url.origin === base.origin || (isBfl(url) && isBfl(base));
}

function isBfl(url: URL): boolean {
  return url.protocol === 'https:' && url.port === '' && url.hostname.endsWith(DOMAIN);
}

/**
 * The target of looks at a task. An address that is missing or not to be trusted is replaced by the documented one on the
 * endpoint's own host: if the task isn't known there, nothing but the look is lost.
 */
export function pollTarget(pollingUrl: string | undefined, id: string, endpoint: Endpoint): PollTarget {
  const fallback = { path: `/v1/get_result?id=${encodeURIComponent(id)}` };
  if (pollingUrl === undefined || !URL.canParse(pollingUrl)) return fallback;
  const url = new URL(pollingUrl);
  if (!trustsBflOrigin(url.origin, endpoint)) return fallback;
  if (!url.searchParams.has('id')) url.searchParams.set('id', id);
  const base = new URL(endpoint.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const below = url.origin === base.origin && url.pathname.startsWith(`${prefix}/`);
  return below
    ? { path: `${url.pathname.slice(prefix.length)}${url.search}` }
    : { origin: url.origin, path: `${url.pathname}${url.search}` };
}

/** Headers of a submit or a look; a body says its own type. Finished pictures are downloaded without any of them. */
export function bflHeaders(endpoint: Endpoint): Readonly<Record<string, string>> {
  return {
    accept: 'application/json',
    ...(endpoint.apiKey === undefined ? {} : { 'x-key': endpoint.apiKey }),
  };
}
