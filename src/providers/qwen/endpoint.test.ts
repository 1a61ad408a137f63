import { describe, expect, it } from 'vitest';
import type { RouteSpec } from '../model.js';
import { resolveQwenEndpoint } from './endpoint.js';
import { qwenModels } from './models.js';

function routeOf(slug: string, country: string): RouteSpec {
  const route = qwenModels
    .find((entry) => entry.slug === slug)
    ?.routes.find((candidate) => candidate.country === country);
  if (route === undefined) throw new Error(`no route for ${slug} in ${country}`);
  return route;
}

function resolve(country: string, settings: Readonly<Record<string, string>>, slug = 'qwen-image'): unknown {
  const resolution = resolveQwenEndpoint(routeOf(slug, country), settings);
  return resolution.usable ? resolution.endpoint : resolution.reason;
}

describe('resolveQwenEndpoint', () => {
  it('sends the general key to Singapore, and nowhere else, unless the base URL is of another region', () => {
    const general = { DASHSCOPE_API_KEY: 'sk-1' };
    expect(resolve('SG', general)).toStrictEqual({
      baseUrl: 'https://dashscope-intl.aliyuncs.com',
      apiKey: 'sk-1',
      extra: {},
    });
    for (const country of ['CN', 'US', 'DE', 'JP']) {
      expect(resolve(country, general)).toStrictEqual(
        expect.stringContaining(`DASHSCOPE_API_KEY_${country}`),
      );
    }
  });

  it.each([
    ['CN', 'https://dashscope.aliyuncs.com'],
    ['US', 'https://dashscope-us.aliyuncs.com'],
    ['DE', 'https://ws-1.eu-central-1.maas.aliyuncs.com'],
    ['JP', 'https://ws-1.ap-northeast-1.maas.aliyuncs.com'],
    ['CN', 'https://ws-1.cn-beijing.maas.aliyuncs.com'],
    ['US', 'https://ws-1.us-east-1.maas.aliyuncs.com'],
  ])('reads the region %s off the host %s', (country, baseUrl) => {
    const settings = { DASHSCOPE_API_KEY: 'sk-1', DASHSCOPE_BASE_URL: baseUrl };
    expect(resolve(country, settings)).toStrictEqual({ baseUrl, apiKey: 'sk-1', extra: {} });
    expect(resolve('SG', settings)).toStrictEqual(expect.stringContaining('another region'));
  });

  it('takes a host that is not of Alibaba for one of the named region', () => {
    const settings = { DASHSCOPE_API_KEY: 'sk-1', DASHSCOPE_BASE_URL: 'http://127.0.0.1:9999/qwen' };
    expect(resolve('SG', settings)).toMatchObject({ baseUrl: 'http://127.0.0.1:9999/qwen' });
    expect(resolve('DE', { ...settings, DASHSCOPE_REGION: 'de' })).toMatchObject({ apiKey: 'sk-1' });
    expect(resolve('SG', { ...settings, DASHSCOPE_REGION: 'DE' })).toStrictEqual(expect.any(String));
  });

  it('prefers a key of the region, at the workspace host where a workspace is named', () => {
    const settings = { DASHSCOPE_API_KEY: 'sk-1', DASHSCOPE_API_KEY_SG: 'sk-2' };
    expect(resolve('SG', settings)).toStrictEqual({
      baseUrl: 'https://dashscope-intl.aliyuncs.com',
      apiKey: 'sk-2',
      extra: {},
    });
    expect(resolve('SG', { ...settings, DASHSCOPE_WORKSPACE_SG: 'ws-9' })).toMatchObject({
      baseUrl: 'https://ws-9.ap-southeast-1.maas.aliyuncs.com',
    });
  });

  it('asks for a workspace where there is no shared host, and lets nothing else into a host name', () => {
    expect(resolve('DE', { DASHSCOPE_API_KEY_DE: 'sk-1' })).toStrictEqual(
      expect.stringContaining('DASHSCOPE_WORKSPACE_DE'),
    );
    const reason = resolve('DE', {
      DASHSCOPE_API_KEY_DE: 'sk-1',
      DASHSCOPE_WORKSPACE_DE: 'evil.example/x?',
    });
    expect(reason).toBe('DASHSCOPE_WORKSPACE_DE is no workspace id');
  });

  it('uses the OpenAI-shaped call where it is asked for and both model and host have it', () => {
    const shared = { DASHSCOPE_API_KEY_SG: 'sk-1', DASHSCOPE_FORM: 'openai' };
    const own = { ...shared, DASHSCOPE_WORKSPACE_SG: 'ws-1' };
    expect(resolve('SG', own, 'qwen-image-3.0')).toMatchObject({ extra: { DASHSCOPE_FORM: 'openai' } });
    expect(resolve('SG', shared, 'qwen-image-3.0')).toMatchObject({ extra: {} });
    expect(resolve('SG', own, 'qwen-image-2.0')).toMatchObject({ extra: {} });
    expect(resolve('SG', { ...own, DASHSCOPE_FORM: 'soap' })).toBe(
      'DASHSCOPE_FORM has to be native or openai',
    );
  });
});
