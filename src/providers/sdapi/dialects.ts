/** How the servers of the A1111 family differ, as data (protocol notes §B2, §B6). */
import { DIALECT_SETTING } from '../shared/own-server.js';

export const DIALECT_NAMES = ['forge', 'forge-neo', 'sd-next', 'a1111', 'sd-server'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

export interface Dialect {
  /** Display name in messages. */
  readonly server: string;
  /** A route that answers 200 once the server is ready. */
  readonly healthPath: string;
  /** Has a member of its own for the guidance that FLUX was distilled with, beside `cfg_scale`. */
  readonly distilledGuidance: boolean;
  /** What is sent where nobody says; on servers that put FLUX's own guidance into `cfg_scale` it is that. */
  readonly usualGuidance: number;
  /** Tells how far it is, and can be interrupted. */
  readonly watched: boolean;
  /** Takes pictures to refer to beside the one that an edit starts from. */
  readonly references: boolean;
  /** Chooses checkpoints by call; the others run one model. */
  readonly chooses: boolean;
  /** Chooses text encoders and VAE by call. */
  readonly modules: boolean;
  /** Takes members that say what becomes of the pictures beside the answer. */
  readonly keeps: boolean;
  /** Texts in a prompt that the server takes for instructions. */
  readonly reserved: RegExp;
}

const WEB_UI = {
  healthPath: '/internal/ping',
  distilledGuidance: false,
  usualGuidance: 3.5,
  watched: true,
  references: false,
  chooses: true,
  modules: false,
  keeps: true,
  // Extra networks: a prompt could load any that lies on the server.
  reserved: /<[a-z_]+:[^<>]+>/i,
} as const;

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  forge: { ...WEB_UI, server: 'Forge', distilledGuidance: true, modules: true },
  'forge-neo': { ...WEB_UI, server: 'Forge Neo', distilledGuidance: true, modules: true },
  'sd-next': { ...WEB_UI, server: 'SD.Next', healthPath: '/sdapi/v1/options' },
  // It can't load FLUX; what it loads wants more.
  a1111: { ...WEB_UI, server: 'AUTOMATIC1111', usualGuidance: 7 },
  'sd-server': {
    server: 'sd-server',
    healthPath: '/',
    distilledGuidance: false,
    // FLUX's own guidance can't be set in this form, and its `cfg_scale` is for a second pass.
    usualGuidance: 1,
    watched: false,
    references: true,
    chooses: false,
    modules: false,
    keeps: false,
    reserved: /<\/?sd_cpp_extra_args>/,
  },
};

export const USUAL_DIALECT: DialectName = 'forge';

/** The dialect of an endpoint's own settings; Forge's where they name none. */
export function dialectOf(extra: Readonly<Record<string, string>>): Dialect {
  const name = DIALECT_NAMES.find((known) => known === extra[DIALECT_SETTING]);
  return DIALECTS[name ?? USUAL_DIALECT];
}
