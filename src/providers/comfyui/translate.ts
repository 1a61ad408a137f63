/** From a legal request to a graph (protocol notes §B1). Pure. */
import type { RouteSpec } from '../model.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { fillFamilyGraph } from './family-graph.js';
import type { FilledGraph, Wish } from './filled-graph.js';
import { comfyUiOptions } from './options.js';
import type { Recipe } from './recipe.js';
import { fillUserGraph } from './user-graph.js';
import type { UserGraph } from './user-graph.js';

/** Where no size is asked. */
const USUAL_EDGE = 1024;
const USUAL_STRENGTH = 0.75;

/** Translates one call to the graph of one picture. */
export function translateToComfyUi(request: NativeRequest, route: RouteSpec, recipe: Recipe): Translation {
  const { operation } = request;
  if (route.upstream[operation] === undefined) {
    return refuse(`${route.id} has no model for the operation ${operation}`);
  }
  if (operation === 'edit' && request.inputs.length === 0) {
    return refuse('an edit needs a picture to start from');
  }
  if (request.count !== 1) return refuse('a graph paints one picture');
  const options = comfyUiOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(
      ...options.error.issues.map(
        ({ path, message }) => `${['provider_options.comfyui', ...path.map(String)].join('.')}: ${message}`,
      ),
    );
  }
  const { steps, guidance, strength } = options.data;
  const graph = recipe.kind === 'graph' ? (operation === 'edit' ? recipe.edit : recipe.generate) : undefined;
  if (recipe.kind === 'graph' && graph === undefined) return refuse(`${route.id} has no graph that edits`);
  const lacking = findLacking(options.data, recipe, graph, request);
  if (lacking.length > 0) return refuse(...lacking);
  const { size } = request;
  const wish: Wish = {
    prompt: request.prompt,
    negativePrompt: request.negativePrompt,
    seed: request.seed,
    width: size?.width ?? USUAL_EDGE,
    height: size?.height ?? USUAL_EDGE,
    steps: steps ?? recipe.steps,
    guidance: guidance ?? recipe.guidance,
    strength: strength ?? (request.masked ? 1 : USUAL_STRENGTH),
    images: request.inputs.map((_, index) => inputRefOf(index, 'file')),
    mask: request.masked ? inputRefOf('mask-alpha', 'file') : undefined,
  };
  const filled = fill(recipe, graph, wish);
  return {
    ok: true,
    call: {
      path: '/prompt',
      body: bodyOf(filled, request.seed),
      prompt: request.prompt,
      count: 1,
      streamed: false,
      ...(request.partialImages === undefined ? {} : { partialImages: request.partialImages }),
    },
    adjustments: [],
  };
}

function fill(recipe: Recipe, graph: UserGraph | undefined, wish: Wish): FilledGraph {
  if (recipe.kind === 'family') return fillFamilyGraph(recipe, wish);
  return fillUserGraph(graph ?? recipe.generate, wish);
}

/** The graph beside what the adapter changes in it for every run. */
function bodyOf(
  { graph, seedPlaces }: FilledGraph,
  seed: number | undefined,
): Readonly<Record<string, JsonValue>> {
  return { prompt: graph, seed_places: seedPlaces, ...(seed === undefined ? {} : { seed }) };
}

/** What the caller set and the graph has no place for. */
function findLacking(
  set: { readonly [name in 'steps' | 'guidance' | 'strength']?: number | undefined },
  recipe: Recipe,
  graph: UserGraph | undefined,
  { operation, masked, inputs }: NativeRequest,
): readonly string[] {
  const has = (name: 'steps' | 'guidance' | 'strength'): boolean => {
    if (recipe.kind === 'graph') return graph?.placeholders.has(name) ?? false;
    if (name === 'guidance') return recipe.family.guidance !== undefined;
    if (name === 'strength') return recipe.family.edits === 'repaint' && operation === 'edit';
    return true;
  };
  const names = (['steps', 'guidance', 'strength'] as const).filter(
    (name) => set[name] !== undefined && !has(name),
  );
  const most = recipe.kind === 'family' ? recipe.family.maxInputImages : Infinity;
  return [
    ...names.map((name) => `the graph of this model has no place for ${name}`),
    ...(inputs.length > most ? [`the graph of this model takes ${most} pictures`] : []),
    ...(masked && recipe.kind === 'graph' && graph?.placeholders.has('mask') !== true
      ? ['the graph of this model has no place for a mask']
      : []),
  ];
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}
