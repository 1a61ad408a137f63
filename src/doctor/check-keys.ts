/** Whether providers accept the keys of the settings, by calls that cost nothing. */
import { request } from 'undici';
import { parseKeyList, singleKey } from '../config/key-list.js';
import type { Config } from '../config/schema.js';
import { fetchJson } from '../net/fetch-json.js';
import type { Endpoint, Provider } from '../providers/provider.js';
import { resolveBySettings } from '../providers/settings.js';
import type { OtherClock } from './check-machine.js';
import { reasonOf, type Finding } from './finding.js';

const PROBE_MS = 10_000;
/** Whole seconds, and rounded down. */
const HTTP_DATE_MS = 1_000;

interface ProbedKeys {
  readonly findings: readonly Finding[];
  readonly clocks: readonly OtherClock[];
}

/** One finding for each key, and one for each own server. */
export async function checkKeys(config: Config, providers: readonly Provider[]): Promise<ProbedKeys> {
  const keys = providers.flatMap((provider) => listKeys(provider, config));
  const probed = await Promise.all(keys.map(probeKey));
  const servers = await Promise.all(
    providers.map(async (provider) => (await provider.probe?.(fetchJson)) ?? []),
  );
  return {
    findings: [
      ...probed.map(({ finding }) => finding),
      ...servers.flat().map(({ slug, url, reachable, warnings }): Finding => {
        const part = `${slug} at ${url}`;
        if (warnings.length === 0) return { part, state: 'ok', what: 'answers, and fits' };
        const mend = reachable ? 'see docs/self-hosted.md' : 'start the server, or mend its address';
        return { part, state: reachable ? 'warn' : 'fail', what: warnings.join('; '), mend };
      }),
    ],
    clocks: probed.flatMap(({ clock }) => (clock === undefined ? [] : [clock])),
  };
}

interface ListedKey {
  readonly provider: Provider;
  readonly endpoint: Endpoint;
  /** Its place among several, from 1; undefined: it is the only one. */
  readonly number: number | undefined;
}

/** The keys that live routes of a provider are called with, each once. */
function listKeys(provider: Provider, config: Config): readonly ListedKey[] {
  // Own servers are asked by their own probe.
  if (provider.probe !== undefined) return [];
  const found = new Map<string, ListedKey>();
  for (const route of provider.models.flatMap(({ routes }) => routes)) {
    const resolution =
      provider.resolveEndpoint?.(route, config.providers) ?? resolveBySettings(provider, config.providers);
    if (!resolution.usable || resolution.endpoint.baseUrl === '') continue;
    const { apiKey } = resolution.endpoint;
    const several = provider.settings.apiKey?.several === true;
    const keys = apiKey === undefined ? [] : several ? parseKeyList(apiKey) : [singleKey(apiKey)];
    const named = keys.length === 0 ? [{ id: '', number: 1, key: undefined }] : keys;
    for (const { id, number, key } of named) {
      const endpoint = { ...resolution.endpoint, apiKey: key, emulated: false };
      found.set(`${endpoint.baseUrl} ${id}`, {
        provider,
        endpoint,
        number: named.length > 1 ? number : undefined,
      });
    }
  }
  return [...found.values()];
}

async function probeKey({ provider, endpoint, number }: ListedKey): Promise<{
  readonly finding: Finding;
  readonly clock?: OtherClock;
}> {
  const host = new URL(endpoint.baseUrl).host;
  const part = `key ${number === undefined ? '' : `${number} `}of ${provider.id} at ${host}`;
  const probe = provider.keyProbe?.(endpoint) ?? { none: 'there is no free call that shows it' };
  if ('none' in probe) return { finding: { part, state: 'unknown', what: probe.none } };
  const askedMs = Date.now();
  try {
    const response = await request(withoutSlashes(endpoint.baseUrl) + probe.path, {
      method: 'GET',
      headers: { ...probe.headers },
      signal: AbortSignal.timeout(PROBE_MS),
      reset: true,
    });
    const answeredMs = Date.now();
    await response.body.dump();
    const { date } = response.headers;
    const timeMs = typeof date === 'string' ? Date.parse(date) : NaN;
    return {
      finding: judge(part, response.statusCode, provider),
      ...(Number.isNaN(timeMs)
        ? {}
        : { clock: { name: host, timeMs, precisionMs: HTTP_DATE_MS, askedMs, answeredMs } }),
    };
  } catch (error) {
    const mend = `check the network, proxies and ${provider.settings.baseUrl?.env ?? 'the address'}`;
    return { finding: { part, state: 'fail', what: `no answer: ${reasonOf(error)}`, mend } };
  }
}

/** Nothing but the key can be wrong with a call that has no further content. */
function judge(part: string, status: number, provider: Provider): Finding {
  const keyName = provider.settings.apiKey?.env ?? 'the key';
  if (status >= 200 && status <= 299) return { part, state: 'ok', what: 'is accepted' };
  switch (status) {
    case 400:
    case 401:
    case 403:
      return {
        part,
        state: 'fail',
        what: `is refused (${status})`,
        mend: `give a valid ${keyName}, of the right region and with the right to make pictures`,
      };
    case 402:
    case 429:
      return {
        part,
        state: 'warn',
        what: `is known and at its limit (${status})`,
        mend: 'top the account up, or raise its limits',
      };
    case 404:
      return {
        part,
        state: 'fail',
        what: 'nothing answers at that address as the provider would (404)',
        mend: `check ${provider.settings.baseUrl?.env ?? 'the address'}`,
      };
    default:
      return { part, state: 'warn', what: `can't be told: the provider answered ${status}` };
  }
}

function withoutSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}
