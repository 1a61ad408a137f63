import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { parseConfigFile, readConfigFile, type EndpointCheck } from './config-file.js';
import { ConfigError, loadConfig } from './load.js';

const LEAST = {
  slug: 'fox-local',
  name: 'Fox',
  protocol: 'openai-images',
  url: 'http://gpu-1:8000/v1/',
  dialect: 'vllm-omni',
  model: 'Qwen/Qwen-Image',
  weights: 'Qwen-Image (open weights)',
  licence: 'Apache-2.0',
  credits: 1.5,
};

/** What the rest of the gateway may have against an endpoint. */
const checkEndpoint: EndpointCheck = ({ slug, edit }) =>
  slug === 'taken' ? [{ path: edit === undefined ? ['slug'] : ['edit', 'mask'], message: 'is taken' }] : [];

/** JSON is YAML. */
function textOf(...endpoints: readonly unknown[]): string {
  return JSON.stringify({ endpoints });
}

function problemsOf(text: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  return parseConfigFile(text, env, checkEndpoint).problems;
}

/** Problems of one endpoint, without its place. */
function endpointProblems(changes: Readonly<Record<string, unknown>>): readonly string[] {
  return problemsOf(textOf({ ...LEAST, ...changes })).map((problem) => problem.replace('endpoints[0].', ''));
}

describe('parseConfigFile', () => {
  it('fills in what an endpoint leaves out', () => {
    expect(parseConfigFile(textOf(LEAST), {}, checkEndpoint)).toStrictEqual({
      problems: [],
      regions: [],
      secretPlaces: [],
      endpoints: [
        {
          ...LEAST,
          url: 'http://gpu-1:8000/v1',
          editModel: undefined,
          apiKey: undefined,
          size: { multipleOf: 16, minEdge: 256, maxEdge: 2048, maxPixels: 2048 * 2048 },
          edit: undefined,
          country: 'local',
          negativePrompt: false,
        },
      ],
    });
  });

  it('reads everything, with the key from the environment', () => {
    const text = `
endpoints:
  - slug: qwen-image-local        # a comment
    name: Qwen-Image on our GPU
    protocol: openai-images
    url: http://gpu-1:8000/v1
    dialect: vllm-omni
    model: Qwen/Qwen-Image
    edit_model: Qwen/Qwen-Image-Edit
    api_key_env: GPU_1_KEY
    weights: Qwen-Image (open weights)
    licence: Apache-2.0
    size: {list: ["1024x1024", 1328x1328, 1024x1024]}
    edit: {max_input_images: 3, mask: true}
    credits: 1.5
    country: DE
    negative_prompt: true
`;
    const { endpoints, problems } = parseConfigFile(text, { GPU_1_KEY: 'secret' }, checkEndpoint);
    expect(problems).toStrictEqual([]);
    expect(endpoints).toStrictEqual([
      {
        slug: 'qwen-image-local',
        name: 'Qwen-Image on our GPU',
        protocol: 'openai-images',
        url: 'http://gpu-1:8000/v1',
        dialect: 'vllm-omni',
        model: 'Qwen/Qwen-Image',
        editModel: 'Qwen/Qwen-Image-Edit',
        apiKey: 'secret',
        weights: 'Qwen-Image (open weights)',
        licence: 'Apache-2.0',
        size: {
          list: [
            { width: 1024, height: 1024 },
            { width: 1328, height: 1328 },
          ],
        },
        edit: { maxInputImages: 3, mask: true },
        credits: 1.5,
        country: 'DE',
        negativePrompt: true,
      },
    ]);
  });

  it.each(['', '# nothing yet', '{}', 'endpoints: []'])('takes %j for no endpoints', (text) => {
    expect(parseConfigFile(text, {}, checkEndpoint)).toStrictEqual({
      endpoints: [],
      regions: [],
      secretPlaces: [],
      problems: [],
    });
  });

  it('takes bounds one by one, and false for no edits', () => {
    const text = textOf({ ...LEAST, size: { multiple_of: 8, max_edge: 4096 }, edit: false });
    expect(parseConfigFile(text, {}, checkEndpoint).endpoints).toMatchObject([
      { size: { multipleOf: 8, minEdge: 256, maxEdge: 4096, maxPixels: 4096 * 4096 }, edit: undefined },
    ]);
  });

  it.each<[Readonly<Record<string, unknown>>, readonly string[]]>([
    [
      { dialect: 'vllm-omini' },
      [
        'dialect: must be one of sd-server, localai, vllm-omni, sglang, xinference, nim. Did you mean vllm-omni?',
      ],
    ],
    [{ protocol: 7 }, ['protocol: must be one of openai-images, comfyui, sdapi']],
    [
      { protocol: 'comfy-ui' },
      ['protocol: must be one of openai-images, comfyui, sdapi. Did you mean comfyui?'],
    ],
    [{ protocol: undefined }, ['protocol: is missing']],
    [
      { protocol: 'sdapi', dialect: 'forge-ne0', checkpoints: [] },
      [
        'dialect: must be one of forge, forge-neo, sd-next, a1111, sd-server. Did you mean forge-neo?',
        'checkpoints: is not known',
      ],
    ],
    [{ protocol: 'sdapi', dialect: 'forge', steps: 0.5 }, ['steps: must be a whole number']],
    [
      { protocol: 'comfyui', dialect: 'graph', graph: 'not-there.json' },
      ['graph: names a file that is not there'],
    ],
    [
      { protocol: 'comfyui', dialect: 'flux1-dev', text_encoder: ['a'], edit_graf: 'x' },
      [
        'text_encoder: is not known. Did you mean text_encoders?',
        'edit_graf: is not known. Did you mean edit_graph?',
      ],
    ],
    [
      { licence: undefined, license: 'MIT' },
      ['licence: is missing', 'license: is not known. Did you mean licence?'],
    ],
    [{ api_key: 'sk-1' }, ['api_key: is not known. Did you mean api_key_env?']],
    [
      { api_key_env: 'sk-live-1' },
      [
        'api_key_env: must be the name of an environment variable (capital letters, digits, underscores), never the key itself',
      ],
    ],
    [{ api_key_env: 'GPU_9_KEY' }, ['api_key_env: names a variable that is not set']],
    [{ url: 'gpu-1:8000' }, ['url: must be an http(s) URL']],
    [
      { url: 'http://me:secret@gpu-1:8000' },
      ['url: must have no user, password, query or fragment; a key belongs into api_key_env'],
    ],
    [
      { slug: 'Fox Local' },
      ['slug: must be made of lower-case letters, digits, dots, dashes and underscores'],
    ],
    [{ slug: 'taken' }, ['slug: is taken']],
    [{ slug: 'taken', edit: {} }, ['edit.mask: is taken']],
    [{ credits: -1 }, ['credits: must not be negative']],
    [{ credits: 0.000_000_1 }, ['credits: must have at most six decimals']],
    [{ credits: '1.5' }, ['credits: must be a number']],
    [{ country: 'Germany' }, ['country: must be local or two capital letters (ISO 3166-1), such as DE']],
    [{ negative_prompt: 'yes' }, ['negative_prompt: must be true or false']],
    [{ edit: true }, ['edit: must be false, or have the members max_input_images and mask']],
    [
      { edit: { max_input_image: 3 } },
      ['edit.max_input_image: is not known. Did you mean max_input_images?'],
    ],
    [{ edit: { max_input_images: 17 } }, ['edit.max_input_images: must be at most 16']],
    [{ size: { multiple: 16 } }, ['size.multiple: is not known. Did you mean multiple_of?']],
    [{ size: { multiple_of: 0.5 } }, ['size.multiple_of: must be a whole number']],
    [{ size: { list: ['big'] } }, ['size.list[0]: must be WIDTHxHEIGHT, such as 1024x1024']],
    [{ size: { list: [] } }, ['size.list: must not be empty']],
    [{ size: { list: ['16x16'] } }, ['size.list[0]: must have edges from 64 to 8192']],
    [
      { size: { list: ['1024x1024'], max_edge: 2048 } },
      ['size: must have either a list or max_edge, not both'],
    ],
    [
      { size: { multiple_of: 512, min_edge: 520, max_edge: 1000 } },
      ['size: must leave at least one size: no square obeys all of its members'],
    ],
    [{ model: '' }, ['model: must not be empty']],
  ])('tells what is wrong with %j', (changes, problems) => {
    expect(endpointProblems(changes)).toStrictEqual(problems);
  });

  it.each<[string, readonly string[]]>([
    ['endpoints: 7', ['endpoints: must be a list']],
    ['- a', ['must have the members endpoints or regions']],
    ['endpoint: []', ['endpoint: is not known. Did you mean endpoints?']],
    ['endpoints: [7]', ['endpoints[0]: must have members, such as slug and url']],
    ['endpoints: [', [expect.stringMatching(/^line 1, column \d+: is no YAML \([a-z ]+\)$/)]],
    ['endpoints: []\nendpoints: []', ['line 2, column 1: is no YAML (duplicate key)']],
    ['endpoints: *nobody', ['uses aliases that can not be resolved']],
    [textOf(LEAST, LEAST), ['endpoints[1]: is the same as endpoints[0]']],
  ])('tells what is wrong with the file %j', (text, problems) => {
    expect(problemsOf(text)).toStrictEqual(problems);
  });

  it('refuses files whose aliases would grow without end', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let index = 0; index < 9; index += 1) {
      const [from, to] = ['abcdefghij'[index] ?? '', 'abcdefghij'[index + 1] ?? ''];
      lines.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(', ')}]`);
    }
    expect(problemsOf(lines.join('\n'))).toStrictEqual(['uses aliases that can not be resolved']);
  });
});

describe('the file', () => {
  const folder = createTestFolder();
  const file = path.join(folder.path, 'own.yaml');
  beforeAll(() => {
    mkdirSync(path.join(folder.path, 'folder'));
  });
  afterAll(() => {
    folder.remove();
  });

  function problemsWith(env: Readonly<Record<string, string>>): readonly string[] {
    try {
      loadConfig({ ATELIER_CONFIG: file, ...env }, [], checkEndpoint);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  }

  it('is read where the environment says, and becomes part of the settings', () => {
    writeFileSync(file, textOf(LEAST));
    const config = loadConfig({ ATELIER_CONFIG: file }, [], checkEndpoint);
    expect(config.endpoints.map(({ slug }) => slug)).toStrictEqual(['fox-local']);
    expect(Object.isFrozen(config.endpoints)).toBe(true);
  });

  it('tells its problems together with those of the environment, and never a value', () => {
    writeFileSync(file, textOf({ ...LEAST, dialect: 'value-of-dialect', url: 'value-of-url' }));
    const problems = problemsWith({ PORT: 'value-of-port' });
    expect(problems).toStrictEqual([
      'PORT: must be a whole number',
      'own.yaml: endpoints[0].url: must be an http(s) URL',
      expect.stringMatching(/^own\.yaml: endpoints\[0\]\.dialect: must be one of /),
    ]);
    expect(problems.join()).not.toContain('value');
  });

  it.each([
    ['not-there.yaml', 'ATELIER_CONFIG: names a file that is not there'],
    ['folder', 'ATELIER_CONFIG: names a file that can not be read'],
  ])('stops the start as %s', (name, problem) => {
    const { problems } = readConfigFile({ ATELIER_CONFIG: path.join(folder.path, name) }, checkEndpoint);
    expect(problems).toStrictEqual([problem]);
  });

  it('may not be larger than any list of servers', () => {
    writeFileSync(file, `# ${'x'.repeat(1024 * 1024)}`);
    expect(problemsWith({})).toStrictEqual(['ATELIER_CONFIG: names a file of more than 1 MiB']);
  });
});
