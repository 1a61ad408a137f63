import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENDPOINT_DIALECTS, ENDPOINT_PROTOCOLS } from '../config/config-file-schema.js';
import { parseConfigFile } from '../config/config-file.js';
import { DIALECT_NAMES as COMFYUI_DIALECTS } from './comfyui/families.js';
import { DIALECT_NAMES as OPENAI_IMAGES_DIALECTS } from './openai-images/dialects.js';
import { DIALECT_NAMES as SDAPI_DIALECTS } from './sdapi/dialects.js';
import { checkEndpoint, createProviders, providers } from './registry.js';
import { FLUX_PROTOCOLS } from './shared/own-server.js';

const ENDPOINT = {
  slug: 'fox-local',
  name: 'Fox',
  protocol: 'openai-images',
  url: 'http://gpu-1:8000',
  dialect: 'vllm-omni',
  model: 'fox',
  weights: 'Fox',
  licence: 'MIT',
  credits: 1,
};

function read(text: string) {
  return parseConfigFile(text, { GPU_1_KEY: 'secret' }, checkEndpoint);
}

describe('checkEndpoint', () => {
  it.each<[Readonly<Record<string, unknown>>, readonly unknown[]]>([
    [{}, []],
    [{ slug: 'dall-e-3' }, []],
    [{ slug: 'nano-banana' }, [expect.stringMatching(/slug: is a second name of gemini-/)]],
    [{ slug: 'atelier-sketch' }, ['slug: is the built-in renderer; give another name']],
    [
      { dialect: 'sglang', edit: { mask: true } },
      [
        'edit.mask: has to be false: SGLang heeds no mask. The gateway keeps what is outside a mask by itself',
      ],
    ],
    [
      { dialect: 'xinference', edit: { max_input_images: 2 } },
      ['edit.max_input_images: has to be at most 1: Xinference takes no more'],
    ],
    [
      { dialect: 'localai', edit: { max_input_images: 2, mask: true }, negative_prompt: true },
      [
        'negative_prompt: has to be false: LocalAI takes none. What to leave out is told in the prompt instead',
        'edit.max_input_images: has to be at most 1: LocalAI takes no more with a mask',
      ],
    ],
  ])('of %j', (changes, problems) => {
    const found = read(JSON.stringify({ endpoints: [{ ...ENDPOINT, ...changes }] })).problems;
    expect(found.map((problem) => problem.replace('endpoints[0].', ''))).toStrictEqual(problems);
  });

  it('has nothing against the samples of the documentation', () => {
    const page = readFileSync(new URL('../../docs/self-hosted.md', import.meta.url), 'utf8');
    const samples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, sample = '']) => sample);
    expect(samples.length).toBeGreaterThanOrEqual(6);
    for (const sample of samples) {
      const text = sample.startsWith('endpoints:') ? sample : `endpoints:\n${sample}`;
      const { endpoints, problems } = read(text);
      expect([sample, endpoints.length, problems]).toStrictEqual([sample, 1, []]);
    }
  });
});

describe('createProviders', () => {
  it('gives the same providers for every installation, with its own servers among them', () => {
    const { endpoints } = read(JSON.stringify({ endpoints: [ENDPOINT] }));
    const made = createProviders({ endpoints, providers: {} });
    expect(made.map(({ id }) => id)).toStrictEqual(providers.map(({ id }) => id));
    const slugsOf = (list: typeof made) => list.flatMap(({ models }) => models.map(({ slug }) => slug));
    expect(slugsOf(made).filter((slug) => !slugsOf(providers).includes(slug))).toStrictEqual(['fox-local']);
  });

  it('has a dialect for every name that the configuration file knows, and no further ones', () => {
    expect(ENDPOINT_DIALECTS).toStrictEqual({
      'openai-images': OPENAI_IMAGES_DIALECTS,
      comfyui: COMFYUI_DIALECTS,
      sdapi: SDAPI_DIALECTS,
    });
    expect(ENDPOINT_PROTOCOLS).toStrictEqual(FLUX_PROTOCOLS);
  });
});
