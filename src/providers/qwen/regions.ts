/** Where Alibaba serves Qwen-Image (protocol notes §2). Key, host and model have to be of one region. */

export interface Region {
  /** Ends the region's settings (`DASHSCOPE_API_KEY_SG`) and its route ids. */
  readonly country: 'CN' | 'SG' | 'US' | 'DE' | 'JP';
  readonly city: string;
  /** Alibaba's name of the region in workspace hosts. */
  readonly name: string;
  /** Host for keys without a workspace; undefined where there is none. */
  readonly sharedHost: string | undefined;
}

const SINGAPORE: Region = {
  country: 'SG',
  city: 'Singapore',
  name: 'ap-southeast-1',
  sharedHost: 'dashscope-intl.aliyuncs.com',
};

/** Singapore first, because the vendor's international keys are bound to it. */
export const REGIONS: readonly Region[] = [
  SINGAPORE,
  { country: 'DE', city: 'Frankfurt', name: 'eu-central-1', sharedHost: undefined },
  { country: 'JP', city: 'Tokyo', name: 'ap-northeast-1', sharedHost: undefined },
  { country: 'US', city: 'Virginia', name: 'us-east-1', sharedHost: 'dashscope-us.aliyuncs.com' },
  { country: 'CN', city: 'Beijing', name: 'cn-beijing', sharedHost: 'dashscope.aliyuncs.com' },
];

export const DEFAULT_REGION = SINGAPORE;

/** Behind the workspace id and the region's name. */
export const WORKSPACE_DOMAIN = 'maas.aliyuncs.com';

/** The region that a host of Alibaba's belongs to; undefined for any other host, e.g. a proxy. */
export function regionOfHost(host: string): Region | undefined {
  return REGIONS.find(
    ({ name, sharedHost }) => host === sharedHost || host.endsWith(`.${name}.${WORKSPACE_DOMAIN}`),
  );
}
