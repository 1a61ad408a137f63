/** Where and as whom calls go: one route per region, each with a key of its own (protocol notes §2, §7). */
import type { RouteSpec } from '../model.js';
import type { Endpoint, EndpointResolution } from '../provider.js';
import { isOpenAiShaped } from './forms.js';
import { DEFAULT_REGION, REGIONS, regionOfHost, WORKSPACE_DOMAIN } from './regions.js';
import type { Region } from './regions.js';

type Settings = Readonly<Record<string, string>>;

export const QWEN_BASE_URL = `https://${DEFAULT_REGION.sharedHost ?? ''}`;

/** Name of the setting that chooses between the native calls and the OpenAI-shaped one. */
export const FORM_SETTING = 'DASHSCOPE_FORM';

/** Workspace ids become part of a host name. */
const WORKSPACE_ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * The endpoint of a route's region: the region's own key and host where they are set, else the general key if its host
 * belongs to the region. A key of one region is never sent to another: it would be refused as a wrong key.
 */
export function resolveQwenEndpoint(route: RouteSpec, settings: Settings): EndpointResolution {
  const region = REGIONS.find(({ country }) => country === route.country);
  if (region === undefined) return unusable(`${route.id} is in no region of Alibaba's`);
  const form = settings[FORM_SETTING] ?? 'native';
  if (form !== 'native' && form !== 'openai') return unusable(`${FORM_SETTING} has to be native or openai`);
  const place = findPlace(region, settings);
  if ('reason' in place) return unusable(place.reason);
  const { hostname } = new URL(place.baseUrl);
  const shared = REGIONS.some(({ sharedHost }) => sharedHost === hostname);
  // Shared hosts lack the OpenAI-shaped call, and so do the older models: those go on natively.
  const openAi = form === 'openai' && !shared && isOpenAiShaped(route.upstream.generate);
  return {
    usable: true,
    endpoint: { ...place, extra: openAi ? { [FORM_SETTING]: form } : {} },
  };
}

function findPlace(
  region: Region,
  settings: Settings,
): { readonly baseUrl: string; readonly apiKey: string } | { readonly reason: string } {
  const { country, city, name, sharedHost } = region;
  const ownKey = settings[`DASHSCOPE_API_KEY_${country}`];
  if (ownKey !== undefined) {
    const workspace = settings[`DASHSCOPE_WORKSPACE_${country}`];
    if (workspace !== undefined && !WORKSPACE_ID.test(workspace)) {
      return { reason: `DASHSCOPE_WORKSPACE_${country} is no workspace id` };
    }
    if (workspace !== undefined) {
      return { baseUrl: `https://${workspace}.${name}.${WORKSPACE_DOMAIN}`, apiKey: ownKey };
    }
    return sharedHost === undefined
      ? { reason: `${city} has no shared host: the operator has to set DASHSCOPE_WORKSPACE_${country}` }
      : { baseUrl: `https://${sharedHost}`, apiKey: ownKey };
  }
  const apiKey = settings['DASHSCOPE_API_KEY'];
  if (apiKey === undefined) {
    return {
      reason: `the operator has to set DASHSCOPE_API_KEY_${country}, or DASHSCOPE_API_KEY with a DASHSCOPE_BASE_URL of ${city}`,
    };
  }
  const baseUrl = settings['DASHSCOPE_BASE_URL'] ?? QWEN_BASE_URL;
  const bound = regionOfHost(new URL(baseUrl).hostname)?.country ?? settings['DASHSCOPE_REGION'] ?? 'SG';
  return bound.toUpperCase() === country
    ? { baseUrl, apiKey }
    : {
        reason: `DASHSCOPE_API_KEY is bound to another region; the operator has to set DASHSCOPE_API_KEY_${country} for ${city}`,
      };
}

function unusable(reason: string): EndpointResolution {
  return { usable: false, reason };
}

/** Headers of a call but the body's own; `X-DashScope-Async` turns a submit into a task (protocol notes §6). */
export function qwenHeaders(
  endpoint: Endpoint,
  kind: 'call' | 'submit' | 'poll',
): Readonly<Record<string, string>> {
  return {
    accept: 'application/json',
    ...(kind === 'submit' ? { 'x-dashscope-async': 'enable' } : {}),
    ...(endpoint.apiKey === undefined ? {} : { authorization: `Bearer ${endpoint.apiKey}` }),
  };
}
