/** Services beside the stores that a gateway may be given; without them a process does alone. */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { databasePlace } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { FailureCounter } from '../limits/failure-counter.js';
import type { SharedRedis } from '../limits/redis.js';
import { SharedMarks } from '../routing/shared-marks.js';
import { NO_TRACING, type Tracing } from '../telemetry/tracing.js';

/** What sends traces is loaded where it is wanted only. */
export async function openTracing(config: Config): Promise<Tracing> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return NO_TRACING;
  const { openOtlpTracing } = await import('../telemetry/otlp-tracing.js');
  return openOtlpTracing(endpoint);
}

/** @returns undefined when this process counts for itself */
export async function openRedis(config: Config, logger: Logger): Promise<SharedRedis | undefined> {
  if (config.REDIS_URL === undefined) return undefined;
  const { connectRedis } = await import('../limits/redis.js');
  return connectRedis(config.REDIS_URL, {
    onLost: (error) => {
      logger.warn({ err: error }, 'Redis is gone: this process counts limits for itself until it is back');
    },
    onBack: () => {
      logger.info('Redis is back: limits are counted together again');
    },
  });
}

/** What the processes of an installation tell each other of routes and keys. */
export function openMarks(redis: SharedRedis, config: Config, logger: Logger): SharedMarks {
  return new SharedMarks(redis.client, installationOf(config), (error) => {
    logger.debug({ err: error }, 'what other processes know of routes could not be shared');
  });
}

/** Counts failures of one sort, for all processes of the installation where they share a Redis. */
export function openFailureCounter(
  what: string,
  config: Config,
  redis: SharedRedis | undefined,
): FailureCounter {
  return new FailureCounter({ name: `${installationOf(config)}:${what}`, redis: redis?.client });
}

/** What tells installations apart that share a Redis. */
function installationOf(config: Config): string {
  const place = databasePlace(config);
  const name = place.dialect === 'sqlite' ? place.file : place.url;
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}
