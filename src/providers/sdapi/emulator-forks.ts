/** How the emulated servers of the A1111 family differ (protocol notes §B2, §B6). */

export const forkIds = ['forge', 'forge-neo', 'sd-next', 'a1111', 'sd-server'] as const;
export type ForkId = (typeof forkIds)[number];

export interface Fork {
  readonly id: ForkId;
  /** `GET progress`, `POST interrupt` and `POST skip` exist. */
  readonly watched: boolean;
  /** Members of a generation beyond those that all have. */
  readonly fields: readonly string[];
  /** Members that all the others have. */
  readonly lacks: readonly string[];
  /** The error bodies: FastAPI's with the server's own wrapper, or plain texts. */
  readonly errors: 'fastapi' | 'text';
}

const FASTAPI = { watched: true, lacks: [], errors: 'fastapi' } as const;
const FORGE_FIELDS = ['distilled_cfg_scale'];

const forks: Readonly<Record<ForkId, Fork>> = {
  forge: { ...FASTAPI, id: 'forge', fields: FORGE_FIELDS },
  'forge-neo': { ...FASTAPI, id: 'forge-neo', fields: FORGE_FIELDS },
  'sd-next': { ...FASTAPI, id: 'sd-next', fields: [] },
  a1111: { ...FASTAPI, id: 'a1111', fields: [] },
  'sd-server': {
    id: 'sd-server',
    watched: false,
    fields: ['lora', 'extra_images'],
    lacks: ['n_iter', 'override_settings'],
    errors: 'text',
  },
};

export function forkOf(id: ForkId): Fork {
  return forks[id];
}
