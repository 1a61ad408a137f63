/** Servers that the operator lists: what each is, and whether that can be true. */
import type { EndpointProblem, OwnServer } from '../shared/own-server.js';
import { FAMILIES, FAMILY_NAMES } from './families.js';
import type { DialectName, Family } from './families.js';
import { familyRecipe, graphRecipe } from './recipe.js';
import type { Recipe } from './recipe.js';
import { readUserGraph } from './user-graph.js';
import type { GraphNeeds } from './user-graph.js';

/** One server with one model, as the operator describes it. */
export interface OwnComfyUi extends OwnServer {
  readonly dialect: DialectName;
  /** File of the weights. */
  readonly model: string | undefined;
  readonly checkpoint: boolean;
  readonly textEncoders: readonly string[] | undefined;
  readonly vae: string | undefined;
  readonly steps: number | undefined;
  readonly guidance: number | undefined;
  /** Parsed, not checked yet. */
  readonly graph: unknown;
  readonly editGraph: unknown;
}

/** What is said of a server that can't be, its graphs included. */
export function findComfyUiProblems(server: OwnComfyUi): readonly EndpointProblem[] {
  const family = familyOf(server.dialect);
  return family === undefined ? findGraphProblems(server) : findFamilyProblems(server, family);
}

/** @returns undefined for the operator's own graphs */
export function familyOf(dialect: DialectName): Family | undefined {
  const name = FAMILY_NAMES.find((known) => known === dialect);
  return name === undefined ? undefined : FAMILIES[name];
}

/** What a described server paints with. Its description has no problems. */
export function recipeOf(server: OwnComfyUi): Recipe {
  if (familyOf(server.dialect) !== undefined) return familyRecipe(server.dialect, server);
  const { graph } = readUserGraph(server.graph, generateNeeds(server), 'graph');
  if (graph === undefined) return familyRecipe(server.dialect, server);
  const { graph: edit } =
    server.edit === undefined
      ? { graph: undefined }
      : readUserGraph(server.editGraph, editNeeds(server), 'edit_graph');
  return graphRecipe(graph, edit, server);
}

function findFamilyProblems(server: OwnComfyUi, family: Family): readonly EndpointProblem[] {
  const given = { graph: server.graph, edit_graph: server.editGraph };
  const inputs = server.edit?.maxInputImages ?? 1;
  const encoders = server.textEncoders?.length;
  const wanted = family.textEncoders.length;
  return [
    ...Object.entries(given).flatMap(([member, value]) =>
      value === undefined ? [] : [problem(member, 'has a meaning with dialect: graph only')],
    ),
    ...(server.negativePrompt
      ? [
          problem(
            'negative_prompt',
            `has to be false: ${family.name} heeds none. What to leave out is told in the prompt instead`,
          ),
        ]
      : []),
    ...(inputs > family.maxInputImages
      ? [
          {
            path: ['edit', 'max_input_images'],
            message: `has to be at most ${family.maxInputImages}: the graph of ${family.name} takes no more`,
          },
        ]
      : []),
    ...(encoders !== undefined && !server.checkpoint && encoders !== wanted
      ? [
          problem(
            'text_encoders',
            `must have ${wanted} ${wanted === 1 ? 'entry' : 'entries'} with ${family.name}`,
          ),
        ]
      : []),
    ...(server.guidance !== undefined && family.guidance === undefined
      ? [problem('guidance', `has to be left out: ${family.name} takes none`)]
      : []),
  ];
}

function findGraphProblems(server: OwnComfyUi): readonly EndpointProblem[] {
  const { graph, editGraph, edit } = server;
  const files = {
    model: server.model,
    checkpoint: server.checkpoint ? true : undefined,
    text_encoders: server.textEncoders,
    vae: server.vae,
  };
  return [
    ...Object.entries(files).flatMap(([member, value]) =>
      value === undefined ? [] : [problem(member, 'stands in the graph itself, with dialect: graph')],
    ),
    // A file that could not be read has been told already.
    ...(graph === undefined ? [problem('graph', 'is missing, or can not be read')] : []),
    ...(graph === undefined ? [] : readUserGraph(graph, generateNeeds(server), 'graph').problems),
    ...(edit !== undefined && editGraph === undefined
      ? [problem('edit_graph', 'is missing, or can not be read: edits need a graph of their own')]
      : []),
    ...(edit === undefined && editGraph !== undefined
      ? [problem('edit_graph', 'needs edit, which says how many pictures it takes')]
      : []),
    ...(edit === undefined || editGraph === undefined
      ? []
      : readUserGraph(editGraph, editNeeds(server), 'edit_graph').problems),
  ];
}

/** A graph without places for the size paints the only one that there is. */
function generateNeeds({ size, negativePrompt }: OwnComfyUi): GraphNeeds {
  const fixed = 'list' in size && size.list.length === 1;
  return { sized: !fixed, negative: negativePrompt, images: 0, mask: false };
}

/** An edit may take its size from its picture; what is delivered is measured, and told where it is not what was asked. */
function editNeeds({ edit, negativePrompt }: OwnComfyUi): GraphNeeds {
  return {
    sized: false,
    negative: negativePrompt,
    images: edit?.maxInputImages ?? 1,
    mask: edit?.mask ?? false,
  };
}

function problem(member: string, message: string): EndpointProblem {
  return { path: [member], message };
}
