import { describe, expect, it } from 'vitest';
import { fillUserGraph, readUserGraph } from './user-graph.js';
import type { GraphNeeds } from './user-graph.js';

const NEEDS: GraphNeeds = { sized: true, negative: false, images: 0, mask: false };

/** The smallest graph that has everything. */
const GRAPH = {
  1: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'fox.safetensors' } },
  2: { class_type: 'CLIPTextEncode', inputs: { text: 'masterpiece, {{prompt}}', clip: ['1', 1] } },
  3: { class_type: 'CLIPTextEncode', inputs: { text: '{{ negative }}', clip: ['1', 1] } },
  4: {
    class_type: 'EmptySD3LatentImage',
    inputs: { width: '{{width}}', height: '{{height}}', batch_size: 1 },
  },
  5: {
    class_type: 'KSampler',
    inputs: {
      model: ['1', 0],
      positive: ['2', 0],
      negative: ['3', 0],
      latent_image: ['4', 0],
      seed: '{{seed}}',
      steps: '{{steps}}',
      cfg: 1,
      sampler_name: 'euler',
      scheduler: 'simple',
      denoise: 1,
    },
  },
  6: { class_type: 'VAEDecode', inputs: { samples: ['5', 0], vae: ['1', 2] } },
  7: { class_type: 'SaveImage', inputs: { images: ['6', 0], filename_prefix: 'mine' } },
};
type Changes = Readonly<Record<string, unknown>>;

function changed(id: keyof typeof GRAPH, inputs: Changes): Changes {
  return { ...GRAPH, [id]: { ...GRAPH[id], inputs: { ...GRAPH[id].inputs, ...inputs } } };
}

function problemsOf(graph: unknown, needs: Partial<GraphNeeds> = {}): readonly string[] {
  return readUserGraph(graph, { ...NEEDS, ...needs }, 'graph').problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

describe('readUserGraph', () => {
  it('has nothing against a graph with all that is needed', () => {
    expect(problemsOf(GRAPH)).toEqual([]);
    expect(problemsOf(GRAPH, { negative: true })).toEqual([]);
  });

  it.each<[string, Changes, Partial<GraphNeeds>, readonly string[]]>([
    ['without a prompt', changed(2, { text: 'a fixed text' }), {}, ['graph: has no place for {{prompt}}']],
    ['without a seed', changed(5, { seed: 7 }), {}, ['graph: has no place for {{seed}}']],
    [
      'without a size, where sizes are to choose',
      changed(4, { width: 1024, height: 1024 }),
      {},
      ['graph: has no place for {{width}}', 'graph: has no place for {{height}}'],
    ],
    [
      'without a size, where there is one only',
      changed(4, { width: 1024, height: 1024 }),
      { sized: false },
      [],
    ],
    ['that edits without a picture', GRAPH, { images: 1 }, ['graph: has no place for {{image}}']],
    [
      'that edits two pictures with one place, and no mask',
      { ...GRAPH, 8: { class_type: 'LoadImage', inputs: { image: '{{image}}' } } },
      { images: 2, mask: true },
      ['graph: has no place for {{image_2}}', 'graph: has no place for {{mask}}'],
    ],
    [
      'that generates with a place for a picture',
      { ...GRAPH, 8: { class_type: 'LoadImage', inputs: { image: '{{image}}' } } },
      {},
      ['graph: node 8 (LoadImage), image: {{image}} has no meaning in a graph that generates'],
    ],
    [
      'with a slip in a placeholder',
      changed(5, { steps: '{{step}}' }),
      {},
      ['graph: node 5 (KSampler), steps: {{step}} is not known. Did you mean {{steps}}?'],
    ],
    [
      'with a number inside a text',
      changed(5, { seed: 'number {{seed}}' }),
      {},
      ['graph: node 5 (KSampler), seed: {{seed}} has to be the whole value'],
    ],
    [
      'with a link to nowhere',
      changed(6, { vae: ['9', 0] }),
      {},
      ['graph: node 6 (VAEDecode), vae: refers to node 9, which is not there'],
    ],
    ['without nodes', {}, {}, ['graph: must have 1 to 500 nodes']],
    [
      'with a node of no class',
      { ...GRAPH, 9: { inputs: {} } },
      {},
      ['graph: is no graph in API format: node 9 has no class_type or no inputs'],
    ],
    [
      'as the editor saves it',
      { nodes: [], links: [], version: 0.4 },
      {},
      ['graph: is a graph as the editor saves it; export it by Workflow, Export (API)'],
    ],
  ])('tells what is wrong with one %s', (_what, graph, needs, problems) => {
    expect(problemsOf(graph, needs)).toEqual(problems);
  });

  it('refuses what is no graph at all', () => {
    for (const value of [undefined, null, 7, 'x', [1]]) {
      expect(problemsOf(value)).toEqual([expect.stringMatching(/^graph: is no graph in API format/)]);
    }
  });
});

describe('fillUserGraph', () => {
  const wish = {
    prompt: 'a fox {{seed}}',
    negativePrompt: undefined,
    seed: 9,
    width: 640,
    height: 480,
    steps: 12,
    guidance: 3.5,
    strength: 0.75,
    images: ['first', 'second'],
    mask: undefined,
  };

  it('puts every wish in its place, and numbers as numbers', () => {
    const { graph } = readUserGraph(GRAPH, NEEDS, 'graph');
    if (graph === undefined) throw new Error('the graph was not read');
    const filled = fillUserGraph(graph, wish);
    expect(filled.seedPlaces).toEqual([['5', 'seed']]);
    expect(filled.graph).toMatchObject({
      // What a caller writes is never looked through for placeholders.
      2: { inputs: { text: 'masterpiece, a fox {{seed}}' } },
      3: { inputs: { text: '' } },
      4: { inputs: { width: 640, height: 480 } },
      5: { inputs: { seed: 9, steps: 12, cfg: 1, model: ['1', 0] } },
      7: { inputs: { filename_prefix: 'mine' } },
    });
  });

  it('gives places that are left over the last picture', () => {
    const loading = (image: string) => ({ class_type: 'LoadImage', inputs: { image } });
    const pictures = {
      ...GRAPH,
      8: loading('{{image}}'),
      9: loading('{{image_2}}'),
      10: loading('{{image_3}}'),
    };
    const { graph } = readUserGraph(pictures, { ...NEEDS, images: 1 }, 'edit_graph');
    if (graph === undefined) throw new Error('the graph was not read');
    expect(fillUserGraph(graph, wish).graph).toMatchObject({
      8: { inputs: { image: 'first' } },
      9: { inputs: { image: 'second' } },
      10: { inputs: { image: 'second' } },
    });
  });
});
