/** Asks own servers what they are and what they serve, so that a slip in their description shows before a caller meets it. */
import { z } from 'zod';
import { nearestName } from '../../config/nearest-name.js';
import type { AskJson, Probe } from '../provider.js';
import { PROBE_LIMIT_MS, readFluxSettings } from '../shared/own-server.js';
import { DIALECT_NAMES, DIALECTS } from './dialects.js';
import type { OwnEndpoint } from './own-endpoint.js';

/** What sd-server calls whatever it runs (protocol notes of self-hosted servers §B2). */
const SD_SERVER_MODEL = 'sd-cpp-local';

export type ProbedEndpoint = Pick<
  OwnEndpoint,
  'slug' | 'url' | 'dialect' | 'model' | 'editModel' | 'apiKey'
> & { readonly maxEdge: number };

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });
const capabilities = z.object({
  limits: z.object({ max_width: z.number().optional(), max_height: z.number().optional() }),
});

/** The own servers of an installation: those of the list, and that of FLUX_BASE_URL. */
export function listProbedEndpoints(
  endpoints: readonly OwnEndpoint[],
  settings: Readonly<Record<string, string>>,
): readonly ProbedEndpoint[] {
  const read = readFluxSettings(settings, 'openai-images', DIALECT_NAMES, 'sd-server');
  return [
    ...endpoints.map((endpoint) => ({ ...endpoint, maxEdge: largestEdge(endpoint.size) })),
    ...(read.usable
      ? [
          {
            slug: 'flux-1-pro',
            url: read.baseUrl,
            dialect: read.dialect,
            model: read.model ?? 'flux-1',
            editModel: undefined,
            apiKey: read.apiKey,
            maxEdge: 0,
          },
        ]
      : []),
  ];
}

/**
 * Asks a server for its models, its health and, where it has one, its description of itself. Whatever goes wrong becomes
 * a warning.
 */
export async function probeEndpoint(
  endpoint: ProbedEndpoint,
  ask: AskJson,
  signal: AbortSignal = AbortSignal.timeout(PROBE_LIMIT_MS),
): Promise<Probe> {
  const { slug, url, dialect, apiKey } = endpoint;
  const root = url.replace(/\/+$/, '').replace(/\/v1$/, '');
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const look = (path: string) => ask(root + path, { headers, signal }).catch(() => undefined);
  const [listed, health, described] = await Promise.all([
    look('/v1/models'),
    look(DIALECTS[dialect].healthPath),
    dialect === 'sd-server' ? look('/sdcpp/v1/capabilities') : undefined,
  ]);
  const reachable = listed !== undefined || health !== undefined;
  const models = modelList.safeParse(listed?.body).data?.data.map(({ id }) => id);
  const probe = { slug, url, dialect, reachable, models };
  if (!reachable) return { ...probe, warnings: ['it gave no answer within three seconds'] };
  return {
    ...probe,
    warnings: [
      ...readinessWarnings(endpoint, listed?.status, health?.status),
      ...modelWarnings(endpoint, models),
      ...limitWarnings(endpoint, described?.body),
    ],
  };
}

function readinessWarnings(
  { dialect, apiKey }: ProbedEndpoint,
  listed: number | undefined,
  health: number | undefined,
): readonly string[] {
  const { server, healthPath } = DIALECTS[dialect];
  const refused = [listed, health].some((status) => status === 401 || status === 403);
  return [
    ...(refused ? [apiKey === undefined ? 'it asks for a key' : 'it refuses the key'] : []),
    ...(health === 404 ? [`it has no ${healthPath}, as ${server} would: is the dialect right?`] : []),
    ...(health !== undefined && health >= 500 ? ['it is not ready yet'] : []),
  ];
}

function modelWarnings(
  { dialect, model, editModel }: ProbedEndpoint,
  models: readonly string[] | undefined,
): readonly string[] {
  if (models === undefined) return [];
  const isSdServer = models.includes(SD_SERVER_MODEL);
  if (isSdServer && dialect !== 'sd-server') {
    return ['it lists its model as sd-server does: is the dialect right?'];
  }
  if (!isSdServer && dialect === 'sd-server') {
    return ['it lists other models than sd-server does: is the dialect right?'];
  }
  // sd-server does not tell what it runs.
  if (isSdServer) return [];
  return [...new Set([model, editModel ?? model])]
    .filter((name) => !models.includes(name))
    .map((name) => {
      const nearest = nearestName(name, models);
      return `it does not list the model ${name}${nearest === undefined ? '' : `; the nearest is ${nearest}`}`;
    });
}

function limitWarnings({ maxEdge }: ProbedEndpoint, described: unknown): readonly string[] {
  const { max_width: width, max_height: height } = capabilities.safeParse(described).data?.limits ?? {};
  const limit = Math.min(width ?? Infinity, height ?? Infinity);
  return limit < maxEdge ? [`it paints at most ${limit} pixels per edge, not ${maxEdge}`] : [];
}

function largestEdge(size: OwnEndpoint['size']): number {
  if ('maxEdge' in size) return size.maxEdge;
  return Math.max(...size.list.map(({ width, height }) => Math.max(width, height)));
}
