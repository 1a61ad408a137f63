/** Graphs ready to be sent, and what they are filled with. */
import type { JsonValue } from '../provider.js';

/** A graph in API format, and the places that differ from run to run. */
export interface FilledGraph {
  readonly graph: { readonly [id: string]: JsonValue };
  /** Inputs that hold the seed. */
  readonly seedPlaces: readonly Place[];
}

/** A node's id and the name of one of its inputs. */
export type Place = readonly [id: string, input: string];

/** What a graph is filled with. */
export interface Wish {
  readonly prompt: string;
  readonly negativePrompt: string | undefined;
  /** undefined: drawn anew for every run. */
  readonly seed: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidance: number | undefined;
  /** How far an edit may go from its picture, from 0 to 1. */
  readonly strength: number;
  /** References to an edit's pictures, in place of the names that uploading gives them. */
  readonly images: readonly JsonValue[];
  readonly mask: JsonValue | undefined;
}

/** Stands for a seed that is drawn when the graph is sent. */
export const OPEN_SEED = 0;
