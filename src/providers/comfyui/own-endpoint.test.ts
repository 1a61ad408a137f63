import { describe, expect, it } from 'vitest';
import { describeOwnModel } from './models.js';
import { findComfyUiProblems, recipeOf } from './own-endpoint.js';
import type { OwnComfyUi } from './own-endpoint.js';

const SERVER: OwnComfyUi = {
  slug: 'flux-local',
  name: 'FLUX on our GPU',
  url: 'http://gpu-1:8188',
  apiKey: undefined,
  weights: 'FLUX.1 dev',
  licence: 'non-commercial',
  size: { multipleOf: 16, minEdge: 256, maxEdge: 2048, maxPixels: 2048 * 2048 },
  edit: { maxInputImages: 1, mask: true },
  credits: 1,
  country: 'DE',
  negativePrompt: false,
  dialect: 'flux1-dev',
  model: undefined,
  checkpoint: false,
  textEncoders: undefined,
  vae: undefined,
  steps: undefined,
  guidance: undefined,
  graph: undefined,
  editGraph: undefined,
};

const GRAPH = {
  1: {
    class_type: 'Painter',
    inputs: { text: '{{prompt}}', seed: '{{seed}}', w: '{{width}}', h: '{{height}}' },
  },
};

function problemsOf(changes: Partial<OwnComfyUi>): readonly string[] {
  return findComfyUiProblems({ ...SERVER, ...changes }).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

describe('findComfyUiProblems', () => {
  it.each<[Partial<OwnComfyUi>, readonly string[]]>([
    [{}, []],
    [{ dialect: 'flux2-klein', edit: { maxInputImages: 4, mask: true } }, []],
    [{ dialect: 'graph', graph: GRAPH, edit: undefined }, []],
    [
      { negativePrompt: true },
      [
        'negative_prompt: has to be false: FLUX.1 dev heeds none. What to leave out is told in the prompt instead',
      ],
    ],
    [
      { edit: { maxInputImages: 2, mask: true } },
      ['edit.max_input_images: has to be at most 1: the graph of FLUX.1 dev takes no more'],
    ],
    [{ textEncoders: ['t5.safetensors'] }, ['text_encoders: must have 2 entries with FLUX.1 dev']],
    [{ textEncoders: ['t5.safetensors'], checkpoint: true }, []],
    [{ dialect: 'flux1-schnell', guidance: 3 }, ['guidance: has to be left out: FLUX.1 schnell takes none']],
    [{ graph: GRAPH }, ['graph: has a meaning with dialect: graph only']],
    [
      { dialect: 'graph', edit: undefined, vae: 'ae.safetensors' },
      ['vae: stands in the graph itself, with dialect: graph', 'graph: is missing, or can not be read'],
    ],
    [
      { dialect: 'graph', graph: GRAPH },
      ['edit_graph: is missing, or can not be read: edits need a graph of their own'],
    ],
    [
      { dialect: 'graph', graph: GRAPH, editGraph: GRAPH },
      ['edit_graph: has no place for {{image}}', 'edit_graph: has no place for {{mask}}'],
    ],
    [
      { dialect: 'graph', graph: GRAPH, editGraph: GRAPH, edit: undefined },
      ['edit_graph: needs edit, which says how many pictures it takes'],
    ],
    [
      {
        dialect: 'graph',
        graph: { 1: { class_type: 'Painter', inputs: { text: '{{prompt}}' } } },
        edit: undefined,
      },
      [
        'graph: has no place for {{seed}}',
        'graph: has no place for {{width}}',
        'graph: has no place for {{height}}',
      ],
    ],
  ])('of %j', (changes, problems) => {
    expect(problemsOf(changes)).toStrictEqual(problems);
  });
});

describe('recipeOf', () => {
  it('takes the operator’s files and settings before the usual ones', () => {
    const own = { ...SERVER, model: 'mine.safetensors', steps: 8, guidance: 2 };
    expect(recipeOf(own)).toMatchObject({
      files: { model: 'mine.safetensors', vae: 'ae.safetensors' },
      steps: 8,
      guidance: 2,
    });
  });
});

describe('describeOwnModel', () => {
  it('says what the operator said, and what a graph can do', () => {
    expect(describeOwnModel(SERVER, 'comfyui/x')).toMatchObject({
      slug: 'flux-local',
      notes: 'Weights: FLUX.1 dev. Licence: non-commercial.',
      params: { maxPerCall: 1, seed: { min: 0 }, partialImages: 3, negativePrompt: undefined },
      edit: { maxInputImages: 1, mask: true, unsized: 'input' },
      routes: [{ id: 'comfyui/x', upstream: { generate: 'flux1-dev.safetensors' }, country: 'DE' }],
    });
  });

  it('edits with Kontext at the sizes that it was trained on', () => {
    const { edit } = describeOwnModel({ ...SERVER, dialect: 'flux1-kontext' }, 'comfyui/x');
    const size = edit?.params?.size;
    expect(size?.kind === 'list' ? size.sizes.length : 0).toBe(17);
    expect(edit?.inputs.maxPixels).toBe(1536 * 1024);
  });
});
