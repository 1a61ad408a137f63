/** Servers that the operator lists: what each is, and whether that can be true of its kind. */
import type { EndpointProblem, OwnServer } from '../shared/own-server.js';
import { DIALECTS } from './dialects.js';
import type { DialectName } from './dialects.js';

/** One server with one model, as the operator describes it; its key is `user:password`. */
export interface OwnSdapiServer extends OwnServer {
  readonly dialect: DialectName;
  /** The checkpoint, as the server lists it; undefined: whatever it has loaded. */
  readonly model: string | undefined;
  /** Files of text encoders and VAE, as Forge wants them named. */
  readonly modules: readonly string[];
  readonly sampler: string | undefined;
  readonly scheduler: string | undefined;
  readonly steps: number | undefined;
  readonly guidance: number | undefined;
}

/** What is said of a server that its kind can't do. */
export function findSdapiProblems(server: OwnSdapiServer): readonly EndpointProblem[] {
  const dialect = DIALECTS[server.dialect];
  const problem = (path: readonly string[], message: string, found: boolean) =>
    found ? [{ path, message }] : [];
  return [
    ...problem(
      ['api_key_env'],
      'has to name a variable that holds user:password',
      server.apiKey !== undefined && !server.apiKey.includes(':'),
    ),
    ...problem(
      ['model'],
      `has to be left out: ${dialect.server} runs the model that it was started with`,
      server.model !== undefined && !dialect.chooses,
    ),
    ...problem(
      ['modules'],
      `has to be left out: ${dialect.server} takes none with a call`,
      server.modules.length > 0 && !dialect.modules,
    ),
    ...problem(
      ['edit', 'max_input_images'],
      `has to be 1: ${dialect.server} takes no more`,
      (server.edit?.maxInputImages ?? 1) > 1 && !dialect.references,
    ),
    ...problem(['steps'], 'must be at most 150', (server.steps ?? 1) > 150),
    ...problem(['guidance'], 'must be at most 30', (server.guidance ?? 0) > 30),
  ];
}
