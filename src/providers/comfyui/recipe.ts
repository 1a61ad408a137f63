/** What an endpoint paints with: a family's graph with its files, or the operator's own graphs. */
import { FAMILIES, FAMILY_NAMES } from './families.js';
import type { DialectName, Family } from './families.js';
import type { UserGraph } from './user-graph.js';

/** Files as the server names them. */
export interface ModelFiles {
  readonly model: string;
  /** The model's file also holds text encoders and VAE. */
  readonly checkpoint: boolean;
  readonly textEncoders: readonly string[];
  readonly vae: string;
}

export type Recipe =
  | {
      readonly kind: 'family';
      readonly family: Family;
      readonly files: ModelFiles;
      readonly steps: number;
      readonly guidance: number | undefined;
    }
  | {
      readonly kind: 'graph';
      readonly generate: UserGraph;
      readonly edit: UserGraph | undefined;
      readonly steps: number;
      readonly guidance: number;
    };

/** What an operator may say of a family's graph. */
export interface RecipeWishes {
  readonly model?: string | undefined;
  readonly checkpoint?: boolean;
  readonly textEncoders?: readonly string[] | undefined;
  readonly vae?: string | undefined;
  readonly steps?: number | undefined;
  readonly guidance?: number | undefined;
}

/** What graphs of operators get where nobody says. */
const USUAL = { steps: 20, guidance: 3.5 } as const;

export function familyRecipe(dialect: DialectName, wishes: RecipeWishes): Recipe {
  const family = FAMILIES[FAMILY_NAMES.find((name) => name === dialect) ?? 'flux1-dev'];
  return {
    kind: 'family',
    family,
    files: {
      model: wishes.model ?? family.model,
      checkpoint: wishes.checkpoint ?? false,
      textEncoders: wishes.textEncoders ?? family.textEncoders,
      vae: wishes.vae ?? family.vae,
    },
    steps: wishes.steps ?? family.steps,
    guidance: family.guidance === undefined ? undefined : (wishes.guidance ?? family.guidance),
  };
}

export function graphRecipe(
  generate: UserGraph,
  edit: UserGraph | undefined,
  wishes: Pick<RecipeWishes, 'steps' | 'guidance'>,
): Recipe {
  return {
    kind: 'graph',
    generate,
    edit,
    steps: wishes.steps ?? USUAL.steps,
    guidance: wishes.guidance ?? USUAL.guidance,
  };
}
