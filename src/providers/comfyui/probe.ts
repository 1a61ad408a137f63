/** Asks own ComfyUI servers for the nodes and files that their graphs need, so that what is missing is told by name. */
import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { nearestName } from '../../config/nearest-name.js';
import type { AskJson, JsonValue, Probe } from '../provider.js';
import { PROBE_LIMIT_MS, readFluxSettings } from '../shared/own-server.js';
import { fillFamilyGraph } from './family-graph.js';
import { FAMILY_NAMES, USUAL_DIALECT } from './families.js';
import { fluxRecipe, serverHeaders, resolveFluxEndpoint } from './endpoint.js';
import type { Wish } from './filled-graph.js';
import { FLUX_ROUTE_ID } from './models.js';
import { recipeOf } from './own-endpoint.js';
import type { OwnComfyUi } from './own-endpoint.js';
import type { Recipe } from './recipe.js';
import { fillUserGraph, linkOf } from './user-graph.js';
import { nodeInfo } from './wire.js';
import type { NodeInfo } from './wire.js';

export interface ProbedServer {
  readonly routeId: string;
  readonly slug: string;
  readonly url: string;
  readonly dialect: string;
  readonly apiKey: string | undefined;
  readonly recipe: Recipe;
  /** Pictures that an edit takes; 0: no edits. */
  readonly editImages: number;
}

const nodeList = z.record(z.string(), nodeInfo);
const stats = z.object({ system: z.object({ comfyui_version: z.string() }) });

/** What is missing at a server, by what can't be done without it. */
export interface Faults {
  readonly generate: readonly string[];
  readonly edit: readonly string[];
}

export interface ProbedFaults {
  readonly probe: Probe;
  readonly faults: Faults;
}

/** The own servers of an installation: those of the list, and that of FLUX_BASE_URL. */
export function listProbedServers(
  servers: readonly { readonly routeId: string; readonly server: OwnComfyUi }[],
  settings: Readonly<Record<string, string>>,
): readonly ProbedServer[] {
  const read = readFluxSettings(settings, 'comfyui', FAMILY_NAMES, USUAL_DIALECT);
  const resolved = resolveFluxEndpoint(settings);
  return [
    ...servers.map(({ routeId, server }) => ({
      routeId,
      slug: server.slug,
      url: server.url,
      dialect: server.dialect,
      apiKey: server.apiKey,
      recipe: recipeOf(server),
      editImages: server.edit?.maxInputImages ?? 0,
    })),
    ...(read.usable && resolved.usable
      ? [
          {
            routeId: FLUX_ROUTE_ID,
            slug: 'flux-1-pro',
            url: read.baseUrl,
            dialect: read.dialect,
            apiKey: read.apiKey,
            recipe: fluxRecipe(resolved.endpoint.extra),
            editImages: 1,
          },
        ]
      : []),
  ];
}

/** Whatever goes wrong becomes a warning. */
export async function probeServer(
  server: ProbedServer,
  ask: AskJson,
  signal: AbortSignal = AbortSignal.timeout(PROBE_LIMIT_MS),
): Promise<ProbedFaults> {
  const { slug, url, dialect, apiKey } = server;
  // One question for every class of the graphs.
  setMaxListeners(0, signal);
  const headers = serverHeaders({ apiKey });
  const look = (path: string) => ask(url + path, { headers, signal }).catch(() => undefined);
  const graphs = graphsOf(server);
  const types = [...new Set(graphs.flatMap(({ nodes }) => nodes.map(({ type }) => type)))];
  const [described, ...answers] = await Promise.all([
    look('/system_stats'),
    ...types.map((type) => look(`/object_info/${encodeURIComponent(type)}`)),
  ]);
  const reachable = [described, ...answers].some((answer) => answer !== undefined);
  const probe = { slug, url, dialect, reachable, models: undefined };
  const unclear = (warning: string) => ({ probe: { ...probe, warnings: [warning] }, faults: NO_FAULTS });
  if (!reachable) return unclear('it gave no answer within three seconds');
  if (described?.status === 401 || described?.status === 403) {
    return unclear(apiKey === undefined ? 'it asks for a key' : 'it refuses the key');
  }
  if (!stats.safeParse(described?.body).success) {
    return unclear('it does not answer as ComfyUI would: is the protocol right?');
  }
  // An answer that is too long or has another shape tells nothing.
  const known = new Map(
    types.flatMap((type, index) => {
      const answer = answers[index];
      const parsed = answer?.status === 200 ? nodeList.safeParse(answer.body) : undefined;
      return parsed?.success === true ? [[type, parsed.data[type]] as const] : [];
    }),
  );
  const faultsOf = (operation: ProbedGraph['operation']) => [
    ...new Set(
      graphs
        .filter((graph) => graph.operation === operation)
        .flatMap(({ what, nodes }) => findFaults(nodes, known).map((fault) => `${what}: ${fault}`)),
    ),
  ];
  const faults = { generate: faultsOf('generate'), edit: faultsOf('edit') };
  const warnings = [...new Set([...faults.generate, ...faults.edit])];
  return { probe: { ...probe, warnings }, faults };
}

const NO_FAULTS: Faults = { generate: [], edit: [] };

interface ProbedNode {
  readonly id: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, JsonValue>>;
}

interface ProbedGraph {
  readonly operation: 'generate' | 'edit';
  readonly what: string;
  readonly nodes: readonly ProbedNode[];
}

const SAMPLE = {
  prompt: '',
  negativePrompt: undefined,
  seed: 0,
  width: 1024,
  height: 1024,
  strength: 0.5,
} as const;

/** Every node that the server's graphs can have. Pictures are told from files by being references. */
function graphsOf({ recipe, editImages }: ProbedServer): readonly ProbedGraph[] {
  const picture = { $input: 0, as: 'file' };
  const images = Array.from({ length: editImages }, () => picture);
  const wish = { ...SAMPLE, steps: recipe.steps, guidance: recipe.guidance };
  const nodesOf = (graph: { readonly [id: string]: JsonValue }): readonly ProbedNode[] =>
    Object.entries(graph).flatMap(([id, node]) => {
      const parsed = probedNode.safeParse(node);
      return parsed.success ? [{ id, type: parsed.data.class_type, inputs: parsed.data.inputs }] : [];
    });
  const generate = { ...wish, images: [], mask: undefined };
  const edits = images.length === 0 ? [] : [undefined, picture].map((mask) => ({ ...wish, images, mask }));
  if (recipe.kind === 'family') {
    const what = `the graph of ${recipe.family.name}`;
    const graphOf = (one: Wish) => nodesOf(fillFamilyGraph(recipe, one).graph);
    return [
      { operation: 'generate', what, nodes: graphOf(generate) },
      ...edits.map((one) => ({ operation: 'edit' as const, what, nodes: graphOf(one) })),
    ];
  }
  const { edit } = recipe;
  return [
    { operation: 'generate', what: 'graph', nodes: nodesOf(fillUserGraph(recipe.generate, generate).graph) },
    ...(edit === undefined
      ? []
      : edits.map((one) => ({
          operation: 'edit' as const,
          what: 'edit_graph',
          nodes: nodesOf(fillUserGraph(edit, one).graph),
        }))),
  ];
}

const json: z.ZodType<JsonValue> = z.json();
const probedNode = z.object({ class_type: z.string(), inputs: z.record(z.string(), json) });

/** @param known what the server said of each class; undefined for one that it doesn't have */
function findFaults(
  nodes: readonly ProbedNode[],
  known: ReadonlyMap<string, NodeInfo | undefined>,
): readonly string[] {
  const lacking = nodes
    .filter(({ type }) => known.has(type) && known.get(type) === undefined)
    .map(({ id, type }) => `node ${id}: the server has no ${type}`);
  const faults = nodes.flatMap((node) => {
    const info = known.get(node.type);
    return info === undefined ? [] : findInputFaults(node, info);
  });
  const toldAll = nodes.every(({ type }) => known.get(type) !== undefined);
  const ends = nodes.some(({ type }) => known.get(type)?.output_node === true);
  return [...lacking, ...faults, ...(toldAll && !ends ? ['no node of it saves or shows a picture'] : [])];
}

function findInputFaults({ id, type, inputs }: ProbedNode, info: NodeInfo): readonly string[] {
  const required = info.input?.required ?? {};
  const all = { ...required, ...info.input?.optional };
  const where = `node ${id} (${type})`;
  return [
    ...Object.keys(required)
      .filter((name) => inputs[name] === undefined)
      .map((name) => `${where} lacks ${name}`),
    ...Object.entries(inputs).flatMap(([name, value]) => {
      const choices = choicesOf(all[name]);
      // Pictures are uploaded first, links are not chosen.
      if (choices === undefined || typeof value !== 'string' || linkOf(value) !== undefined) return [];
      if (choices.includes(value)) return [];
      const nearest = nearestName(value, choices);
      const hint = nearest === undefined ? '' : `; the nearest is ${nearest}`;
      return [`${where}, ${name}: the server has no ${value}${hint}`];
    }),
  ];
}

const choiceList = z.array(z.string());
const choiceOptions = z.object({ options: choiceList });

/** Choices stand in the place of the type, or, with newer nodes, beside it. */
function choicesOf(spec: readonly unknown[] | undefined): readonly string[] | undefined {
  const [type, options] = spec ?? [];
  return (
    choiceList.safeParse(type).data ??
    (type === 'COMBO' ? choiceOptions.safeParse(options).data?.options : undefined)
  );
}
