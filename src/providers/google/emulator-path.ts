/** The addresses of both services (protocol notes §1). */
import type { Surface } from './emulator-errors.js';

export interface Address {
  readonly surface: Surface;
  readonly version: string;
  /** Empty for the list of models. */
  readonly model: string;
  /** What follows the colon; empty for a look at the model itself. */
  readonly method: string;
  /** The model's name as error texts give it. */
  readonly resource: string;
  /** A Vertex path with a project, where a bearer token is the usual credential. */
  readonly project: boolean;
  /** A Vertex location other than `global`, `us` and `eu`. */
  readonly regional: boolean;
}

const VERSION = '(v1|v1beta|v1beta1)';
const MODEL = 'models(?:/([^/:]+)(?::([A-Za-z]+))?)?';
const GEMINI = new RegExp(`^${VERSION}/${MODEL}$`);
const VERTEX = new RegExp(`^${VERSION}/(projects/[^/]+/locations/([^/]+)/)?publishers/google/${MODEL}$`);

/** Reads a path below the emulator's prefix; undefined for one that neither service has. */
export function readAddress(path: string): Address | undefined {
  const gemini = GEMINI.exec(path);
  if (gemini !== null) {
    const [, version = '', model = '', method = ''] = gemini;
    const resource = `models/${model}`;
    return { surface: 'gemini', version, model, method, resource, project: false, regional: false };
  }
  const vertex = VERTEX.exec(path);
  if (vertex === null) return undefined;
  const [, version = '', parent = '', location = 'global', model = '', method = ''] = vertex;
  return {
    surface: 'vertex',
    version,
    model,
    method,
    resource: `${parent}publishers/google/models/${model}`,
    project: parent !== '',
    regional: !['global', 'us', 'eu'].includes(location),
  };
}
