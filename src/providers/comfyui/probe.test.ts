import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startComfyUi, type ComfyUiServer } from '../../../test/support/comfyui-server.js';
import { fetchJson } from '../../net/fetch-json.js';
import { USUAL_FILES } from './emulator-nodes.js';
import { FAMILY_NAMES } from './families.js';
import { listProbedServers, probeServer } from './probe.js';
import type { ProbedServer } from './probe.js';
import { familyRecipe, graphRecipe } from './recipe.js';
import { readUserGraph } from './user-graph.js';

let comfy: ComfyUiServer;

beforeAll(async () => {
  comfy = await startComfyUi();
});
afterAll(() => comfy.close());

function server(changes: Partial<ProbedServer> = {}): ProbedServer {
  return {
    routeId: 'comfyui/x',
    slug: 'flux-local',
    url: comfy.url,
    dialect: 'flux1-dev',
    apiKey: undefined,
    recipe: familyRecipe('flux1-dev', {}),
    editImages: 1,
    ...changes,
  };
}

async function warningsOf(changes: Partial<ProbedServer> = {}): Promise<readonly string[]> {
  return (await probeServer(server(changes), fetchJson)).probe.warnings;
}

/** As an operator's file would have it. */
function userRecipe(changes: Readonly<Record<string, unknown>>) {
  const graph = {
    1: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'flux1-dev-fp8.safetensors' } },
    2: { class_type: 'CLIPTextEncode', inputs: { text: '{{prompt}}', clip: ['1', 1] } },
    3: {
      class_type: 'EmptySD3LatentImage',
      inputs: { width: '{{width}}', height: '{{height}}', batch_size: 1 },
    },
    4: {
      class_type: 'KSampler',
      inputs: {
        model: ['1', 0],
        positive: ['2', 0],
        negative: ['2', 0],
        latent_image: ['3', 0],
        seed: '{{seed}}',
        steps: 4,
        cfg: 1,
        sampler_name: 'euler',
        scheduler: 'simple',
        denoise: 1,
      },
    },
    5: { class_type: 'VAEDecode', inputs: { samples: ['4', 0], vae: ['1', 2] } },
    6: { class_type: 'SaveImage', inputs: { images: ['5', 0], filename_prefix: 'mine' } },
    ...changes,
  };
  const needs = { sized: true, negative: false, images: 0, mask: false };
  const read = readUserGraph(graph, needs, 'graph');
  if (read.graph === undefined || read.problems.length > 0) throw new Error('the graph was not read');
  return graphRecipe(read.graph, undefined, {});
}

describe('probeServer', () => {
  it.each(FAMILY_NAMES)('has nothing to say where %s has all it needs', async (dialect) => {
    expect(await warningsOf({ dialect, recipe: familyRecipe(dialect, {}) })).toEqual([]);
  });

  it('names files that are missing, and the nearest that is there', async () => {
    const recipe = familyRecipe('flux1-dev', { model: 'flux1-dev.safetensor', vae: 'none.pt' });
    const warnings = await warningsOf({ recipe });
    expect(warnings).toContain(
      'the graph of FLUX.1 dev: node 1 (UNETLoader), unet_name: the server has no flux1-dev.safetensor; the nearest is flux1-dev.safetensors',
    );
    expect(warnings).toContain(
      'the graph of FLUX.1 dev: node 3 (VAELoader), vae_name: the server has no none.pt',
    );
  });

  it('checks all-in-one files too', async () => {
    const recipe = familyRecipe('flux1-dev', { model: 'flux1-dev-fp8.safetensors', checkpoint: true });
    expect(await warningsOf({ recipe })).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'a node that is not there',
      { 9: { class_type: 'MagicUpscaler', inputs: {} } },
      'graph: node 9: the server has no MagicUpscaler',
    ],
    [
      'a model that is not there',
      { 1: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'mine.safetensors' } } },
      'graph: node 1 (CheckpointLoaderSimple), ckpt_name: the server has no mine.safetensors',
    ],
    [
      'an input that is missing',
      { 5: { class_type: 'VAEDecode', inputs: { samples: ['4', 0] } } },
      'graph: node 5 (VAEDecode) lacks vae',
    ],
    [
      'nothing that saves a picture',
      { 6: { class_type: 'VAEEncode', inputs: { pixels: ['5', 0], vae: ['1', 2] } } },
      'graph: no node of it saves or shows a picture',
    ],
  ])('finds in a graph of the operator’s own %s', async (_what, changes, warning) => {
    const { probe, faults } = await probeServer(
      server({ dialect: 'graph', recipe: userRecipe(changes), editImages: 0 }),
      fetchJson,
    );
    expect(probe.warnings).toEqual([warning]);
    expect(faults).toEqual({ generate: [warning], edit: [] });
  });

  it('has nothing against a graph of the operator’s own that fits', async () => {
    expect(await warningsOf({ dialect: 'graph', recipe: userRecipe({}), editImages: 0 })).toEqual([]);
  });

  it('keeps apart what only edits need', async () => {
    const { LoadImage: unused, ...rest } = await objectInfo();
    expect(unused).toBeDefined();
    const ask: typeof fetchJson = async (url, options) => {
      const name = /object_info\/(.+)$/.exec(url)?.[1];
      if (name === undefined) return fetchJson(url, options);
      return { status: 200, body: name in rest ? { [name]: rest[name] } : {} };
    };
    const { faults } = await probeServer(server(), ask);
    expect(faults.generate).toEqual([]);
    expect(faults.edit.join()).toContain('the server has no LoadImage');
  });

  it('says where nothing answers, or something else', async () => {
    expect(await warningsOf({ url: 'http://127.0.0.1:1' })).toEqual([
      'it gave no answer within three seconds',
    ]);
    expect(await warningsOf({ url: `${comfy.url}/history` })).toEqual([
      'it does not answer as ComfyUI would: is the protocol right?',
    ]);
    expect(await warningsOf({ apiKey: 'bad-1' })).toEqual(['it refuses the key']);
  });

  it('reads choices as newer nodes tell them', async () => {
    const info = await objectInfo();
    const ask: typeof fetchJson = async (url, options) => {
      const name = /object_info\/(.+)$/.exec(url)?.[1] ?? '';
      if (name !== 'VAELoader') return fetchJson(url, options);
      const combo = ['COMBO', { options: ['flux2-vae.safetensors'] }];
      return { status: 200, body: { [name]: { input: { required: { vae_name: combo } } } } };
    };
    expect(info).toHaveProperty('VAELoader');
    const { probe } = await probeServer(server(), ask);
    expect(probe.warnings).toEqual([expect.stringContaining('vae_name: the server has no ae.safetensors')]);
  });
});

async function objectInfo(): Promise<Record<string, unknown>> {
  const { body } = await fetchJson(`${comfy.url}/object_info`, {
    headers: {},
    signal: AbortSignal.timeout(5000),
  });
  if (typeof body !== 'object' || body === null) throw new Error('there are no nodes');
  return Object.fromEntries(Object.entries(body));
}

describe('listProbedServers', () => {
  it('takes the server of the environment along, if it is one', () => {
    const of = (settings: Readonly<Record<string, string>>) =>
      listProbedServers([], { FLUX_BASE_URL: comfy.url, ...settings });
    expect(of({ FLUX_PROTOCOL: 'comfyui', FLUX_DIALECT: 'flux2-klein' })).toMatchObject([
      { slug: 'flux-1-pro', dialect: 'flux2-klein', recipe: { files: { model: USUAL_FILES.diffusion[4] } } },
    ]);
    expect(of({})).toEqual([]);
    expect(of({ FLUX_PROTOCOL: 'comfyui', FLUX_DIALECT: 'klingon' })).toEqual([]);
  });
});
