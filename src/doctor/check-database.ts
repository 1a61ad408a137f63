/** Whether the database can be reached and written, and has the schema of this version. Changes nothing. */
import { existsSync } from 'node:fs';
import { databasePlace } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { compareSchema } from '../db/schema-state.js';
import { inspectDatabase } from '../db/inspect.js';
import type { OtherClock } from './check-machine.js';
import type { Finding } from './finding.js';

const part = 'database';

/** @returns findings, and the time at the database where it has a clock of its own */
export async function checkDatabase(
  config: Config,
): Promise<{ readonly findings: readonly Finding[]; readonly clock: OtherClock | undefined }> {
  const place = databasePlace(config);
  if (place.dialect === 'sqlite' && !existsSync(place.file)) {
    const what = `there is no ${place.file} yet; the first start makes it`;
    return { findings: [{ part, state: 'warn', what }], clock: undefined };
  }
  const database = await inspectDatabase(place);
  try {
    const findings: Finding[] = [{ part, state: 'ok', what: `${database.name} answers` }];
    const { pending, unknown } = compareSchema(await database.readMigrations());
    if (unknown.length > 0) {
      findings.push({
        part: 'schema',
        state: 'warn',
        what: `the database was brought up to date by a later version (${unknown.join(', ')})`,
        mend: 'run that version; this one goes on only as long as changes added to the schema',
      });
    } else if (pending.length > 0) {
      const what = `behind this version by ${pending.length}: ${pending.join(', ')}`;
      findings.push({ part: 'schema', state: 'warn', what, mend: 'the next start brings it up to date' });
    } else {
      findings.push({ part: 'schema', state: 'ok', what: 'as this version has it' });
    }
    await database.tryWriting();
    findings.push({ part: 'database writes', state: 'ok', what: 'are taken' });
    const askedMs = Date.now();
    const timeMs = await database.readTimeMs();
    const clock =
      timeMs === undefined
        ? undefined
        : { name: 'the database', timeMs, precisionMs: 5, askedMs, answeredMs: Date.now() };
    return { findings, clock };
  } finally {
    await database.close();
  }
}
