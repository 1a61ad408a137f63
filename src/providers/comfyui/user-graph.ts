/**
 * Graphs of an operator's own, in ComfyUI's API format, with placeholders such as `{{prompt}}`. Everything that can be
 * known without the server is checked when the configuration is read; the rest when the server is asked what it has.
 */
import { z } from 'zod';
import { nearestName } from '../../config/nearest-name.js';
import type { JsonValue } from '../provider.js';
import type { EndpointProblem } from '../shared/own-server.js';
import { OPEN_SEED } from './filled-graph.js';
import type { FilledGraph, Place, Wish } from './filled-graph.js';

/** Placeholders for texts may stand inside a text; all others are the whole value of an input. */
const TEXTS = ['prompt', 'negative'] as const;
const NUMBERS = ['seed', 'width', 'height', 'steps', 'guidance', 'strength'] as const;
/** Most pictures that a graph can have places for. */
const MOST_IMAGES = 16;
const IMAGES = ['image', ...Array.from({ length: MOST_IMAGES - 1 }, (_, index) => `image_${index + 2}`)];
const NAMES: readonly string[] = [...TEXTS, ...NUMBERS, ...IMAGES, 'mask'];

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
const MOST_NODES = 500;

const json: z.ZodType<JsonValue> = z.json();
const node = z.object({ class_type: z.string().min(1), inputs: z.record(z.string(), json) });
const graphSchema = z.record(z.string(), node);

/** A graph that was checked. */
export interface UserGraph {
  readonly nodes: Readonly<Record<string, z.output<typeof node>>>;
  readonly placeholders: ReadonlySet<string>;
}

/** What a graph has to have places for. */
export interface GraphNeeds {
  readonly sized: boolean;
  readonly negative: boolean;
  /** Pictures of an edit; 0 for a graph that generates. */
  readonly images: number;
  readonly mask: boolean;
}

/** The placeholder of the picture at a position. */
function imageName(index: number): string {
  return index === 0 ? 'image' : `image_${index + 1}`;
}

/**
 * Reads a graph.
 * @param member of the configuration that names it, for problems
 */
export function readUserGraph(
  value: unknown,
  needs: GraphNeeds,
  member: string,
): { readonly graph: UserGraph | undefined; readonly problems: readonly EndpointProblem[] } {
  const problem = (message: string): EndpointProblem => ({ path: [member], message });
  if (typeof value === 'object' && value !== null && 'nodes' in value && Array.isArray(value.nodes)) {
    const message = 'is a graph as the editor saves it; export it by Workflow, Export (API)';
    return { graph: undefined, problems: [problem(message)] };
  }
  const parsed = graphSchema.safeParse(value);
  if (!parsed.success) {
    const [id] = parsed.error.issues[0]?.path ?? [];
    const place = id === undefined ? '' : `: node ${String(id)} has no class_type or no inputs`;
    return { graph: undefined, problems: [problem(`is no graph in API format${place}`)] };
  }
  const nodes = parsed.data;
  const ids = Object.keys(nodes);
  if (ids.length === 0 || ids.length > MOST_NODES) {
    return { graph: undefined, problems: [problem(`must have 1 to ${MOST_NODES} nodes`)] };
  }
  const found = Object.entries(nodes).flatMap(([id, { class_type: type, inputs }]) =>
    Object.entries(inputs).flatMap(([input, held]) =>
      findPlaceholders(held).map((found) => ({ ...found, where: `node ${id} (${type}), ${input}` })),
    ),
  );
  const placeholders = new Set(found.map(({ name }) => name));
  const graph = { nodes, placeholders };
  return {
    graph,
    problems: [
      ...missingPlaceholders(placeholders, needs).map((name) => problem(`has no place for {{${name}}}`)),
      ...found.flatMap(({ name, whole, where }) => {
        if (!NAMES.includes(name)) {
          const nearest = nearestName(name, NAMES);
          const hint = nearest === undefined ? '' : `. Did you mean {{${nearest}}}?`;
          return [problem(`${where}: {{${name}}} is not known${hint}`)];
        }
        if (!whole && !TEXTS.some((text) => text === name)) {
          return [problem(`${where}: {{${name}}} has to be the whole value`)];
        }
        if (needs.images === 0 && (IMAGES.includes(name) || name === 'mask')) {
          return [problem(`${where}: {{${name}}} has no meaning in a graph that generates`)];
        }
        return [];
      }),
      ...brokenLinks(nodes).map(problem),
    ],
  };
}

function missingPlaceholders(given: ReadonlySet<string>, needs: GraphNeeds): readonly string[] {
  const wanted = [
    'prompt',
    // Without it the same picture would come again and again.
    'seed',
    ...(needs.sized ? ['width', 'height'] : []),
    ...(needs.negative ? ['negative'] : []),
    ...Array.from({ length: needs.images }, (_, index) => imageName(index)),
    ...(needs.mask ? ['mask'] : []),
  ];
  return wanted.filter((name) => !given.has(name));
}

function brokenLinks(nodes: UserGraph['nodes']): readonly string[] {
  return Object.entries(nodes).flatMap(([id, { class_type: type, inputs }]) =>
    Object.entries(inputs).flatMap(([input, value]) => {
      const link = linkOf(value);
      return link === undefined || Object.hasOwn(nodes, link.id)
        ? []
        : [`node ${id} (${type}), ${input}: refers to node ${link.id}, which is not there`];
    }),
  );
}

/** A link to another node's output, as every value of two members is. */
export function linkOf(value: JsonValue): { readonly id: string; readonly output: number } | undefined {
  const parsed = z.tuple([z.string(), z.int()]).safeParse(value);
  return parsed.success ? { id: parsed.data[0], output: parsed.data[1] } : undefined;
}

function findPlaceholders(value: JsonValue): readonly { name: string; whole: boolean }[] {
  if (typeof value !== 'string') return [];
  return [...value.matchAll(PLACEHOLDER)].map(([all, name = '']) => ({
    name,
    whole: all === value.trim(),
  }));
}

/** The graph of one picture. */
export function fillUserGraph({ nodes }: UserGraph, wish: Wish): FilledGraph {
  const values: Readonly<Record<string, JsonValue | undefined>> = {
    prompt: wish.prompt,
    negative: wish.negativePrompt ?? '',
    seed: wish.seed ?? OPEN_SEED,
    width: wish.width,
    height: wish.height,
    steps: wish.steps,
    guidance: wish.guidance,
    strength: wish.strength,
    mask: wish.mask,
    // A graph with places for several pictures gets the last one in those that are left over.
    ...Object.fromEntries(IMAGES.map((name, index) => [name, wish.images[index] ?? wish.images.at(-1)])),
  };
  const seedPlaces: Place[] = [];
  const graph = Object.fromEntries(
    Object.entries(nodes).map(([id, { class_type: type, inputs }]) => {
      const filled = Object.fromEntries(
        Object.entries(inputs).map(([input, held]) => {
          const [first] = findPlaceholders(held);
          if (typeof held !== 'string' || first === undefined) return [input, held];
          if (first.name === 'seed') seedPlaces.push([id, input]);
          if (first.whole) return [input, values[first.name] ?? held];
          return [
            input,
            held.replaceAll(PLACEHOLDER, (all, name: string) => {
              const value = values[name];
              return typeof value === 'string' ? value : all;
            }),
          ];
        }),
      );
      return [id, { class_type: type, inputs: filled }];
    }),
  );
  return { graph, seedPlaces };
}
