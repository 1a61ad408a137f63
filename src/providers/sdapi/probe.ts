/** Asks own servers of the A1111 family what they have, so that a slip in their description shows before a caller meets it. */
import { z } from 'zod';
import { nearestName } from '../../config/nearest-name.js';
import type { AskJson, Probe } from '../provider.js';
import { PROBE_LIMIT_MS, readFluxSettings } from '../shared/own-server.js';
import { DIALECT_NAMES, DIALECTS, USUAL_DIALECT } from './dialects.js';
import { serverHeaders } from './endpoint.js';
import type { OwnSdapiServer } from './own-endpoint.js';

export type ProbedServer = Pick<
  OwnSdapiServer,
  'slug' | 'url' | 'apiKey' | 'dialect' | 'model' | 'modules' | 'sampler' | 'scheduler'
>;

const checkpoints = z.array(z.object({ title: z.string(), model_name: z.string().nullish() }));
const named = z.array(z.object({ name: z.string(), label: z.string().nullish() }));
const modules = z.array(z.object({ model_name: z.string(), filename: z.string().nullish() }));

/** The own servers of an installation: those of the list, and that of FLUX_BASE_URL. */
export function listProbedServers(
  servers: readonly OwnSdapiServer[],
  settings: Readonly<Record<string, string>>,
): readonly ProbedServer[] {
  const read = readFluxSettings(settings, 'sdapi', DIALECT_NAMES, USUAL_DIALECT);
  if (!read.usable) return servers;
  const { baseUrl: url, apiKey, dialect, model } = read;
  return [
    ...servers,
    {
      slug: 'flux-1-pro',
      url,
      apiKey,
      dialect,
      model,
      modules: [],
      sampler: undefined,
      scheduler: undefined,
    },
  ];
}

/** Whatever goes wrong becomes a warning. */
export async function probeServer(
  server: ProbedServer,
  ask: AskJson,
  signal: AbortSignal = AbortSignal.timeout(PROBE_LIMIT_MS),
): Promise<Probe> {
  const { slug, url, dialect, apiKey } = server;
  const headers = serverHeaders({ apiKey });
  const { server: name, healthPath, watched, modules: chooses } = DIALECTS[dialect];
  const look = (path: string) => ask(url + path, { headers, signal }).catch(() => undefined);
  const [health, listed, samplers, schedulers, progress, parts] = await Promise.all([
    look(healthPath),
    look('/sdapi/v1/sd-models'),
    look('/sdapi/v1/samplers'),
    look('/sdapi/v1/schedulers'),
    look('/sdapi/v1/progress?skip_current_image=true'),
    chooses ? look('/sdapi/v1/sd-modules') : undefined,
  ]);
  const titles = checkpoints.safeParse(listed?.body).data;
  const models = titles?.map(({ title }) => title);
  const reachable = [health, listed, samplers].some((answer) => answer !== undefined);
  const probe = { slug, url, dialect, reachable, models };
  if (!reachable) return { ...probe, warnings: ['it gave no answer within three seconds'] };
  if (listed?.status === 401 || listed?.status === 403) {
    const warning = apiKey === undefined ? 'it asks for user and password' : 'it refuses user and password';
    return { ...probe, warnings: [warning] };
  }
  const aliases = titles?.flatMap(({ title, model_name: short }) => [title, short ?? title, fileOf(title)]);
  const moduleNames = modules
    .safeParse(parts?.body)
    .data?.flatMap(({ model_name: short, filename }) => [short, filename ?? short]);
  return {
    ...probe,
    warnings: [
      ...(health?.status === 404 ? [`it has no ${healthPath}, as ${name} would: is the dialect right?`] : []),
      ...(listed?.status === 404 ? ['it has no /sdapi: was it started with --api?'] : []),
      ...(watched && progress?.status === 404
        ? [`it does not tell its progress, as ${name} would: is the dialect right?`]
        : []),
      ...(!watched && progress?.status === 200
        ? [`it tells its progress, which ${name} does not: is the dialect right?`]
        : []),
      ...missing('checkpoint', server.model, aliases),
      ...missing('sampler', server.sampler, namesIn(samplers?.body)),
      ...missing('scheduler', server.scheduler, namesIn(schedulers?.body)),
      ...server.modules.flatMap((module) => missing('module', module, moduleNames)),
    ],
  };
}

function missing(
  what: string,
  name: string | undefined,
  known: readonly string[] | undefined,
): readonly string[] {
  if (name === undefined || known === undefined) return [];
  if (known.some((other) => other.toLowerCase() === name.toLowerCase())) return [];
  const nearest = nearestName(name, known);
  return [
    `it does not list the ${what} ${name}${nearest === undefined ? '' : `; the nearest is ${nearest}`}`,
  ];
}

function namesIn(body: unknown): readonly string[] | undefined {
  return named.safeParse(body).data?.flatMap(({ name, label }) => [name, label ?? name]);
}

/** A title is the file's name with a part of its hash behind it. */
function fileOf(title: string): string {
  return title.replace(/ \[[0-9a-f]+\]$/, '');
}
