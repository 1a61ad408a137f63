/** Looks an installation over, part by part, beside whatever runs on it. Costs nothing and changes nothing. */
import type { Config } from '../config/schema.js';
import { createProviders } from '../providers/registry.js';
import { checkDatabase } from './check-database.js';
import { checkKeys } from './check-keys.js';
import { checkClock, checkNode, checkOpenFiles, type OtherClock } from './check-machine.js';
import { checkSecrets } from './check-secrets.js';
import { checkDisk, checkPictures, checkRedis } from './check-stores.js';
import { lookAt, type Finding } from './finding.js';

/** Everything that was found, in the order of the parts. */
export async function examine(config: Config): Promise<readonly Finding[]> {
  const clocks: OtherClock[] = [];
  const parts = await Promise.all([
    lookAt(
      'database',
      'check DATABASE_URL, and that the database runs and lets this machine in',
      async () => {
        const { findings, clock } = await checkDatabase(config);
        if (clock !== undefined) clocks.push(clock);
        return findings;
      },
    ),
    lookAt('Redis', 'check REDIS_URL', () => checkRedis(config)),
    lookAt('pictures', 'check STORAGE_URL, its key and its rights', () => checkPictures(config)),
    lookAt('disk', 'check ATELIER_DATA_DIR', () => checkDisk(config)),
    lookAt('keys', 'check the keys of the providers', async () => {
      const { findings, clocks: told } = await checkKeys(config, createProviders(config));
      clocks.push(...told);
      return findings.length > 0
        ? findings
        : [
            {
              part: 'keys',
              state: 'warn',
              what: 'no provider is set up: only the built-in model and test keys work',
            },
          ];
    }),
  ]);
  return [
    { part: 'settings', state: 'ok', what: 'are well-formed' },
    ...checkSecrets(config.secretPlaces),
    checkNode(process.version),
    checkOpenFiles(),
    ...parts.flat(),
    checkClock(clocks),
  ];
}
