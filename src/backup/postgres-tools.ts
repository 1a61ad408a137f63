/** PostgreSQL's own programs. Passwords go through the environment: arguments can be read by everybody on the machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a program says of a failure, at most. */
const MAX_WORDS = 2_000;

/**
 * Runs `pg_dump` or `pg_restore` against a database.
 * @param url `postgres://…`
 * @param toolPath where programs are looked for, as PATH has it
 * @throws Error with the program's own words, or saying how to get the program
 */
export async function runPostgresTool(
  program: 'pg_dump' | 'pg_restore',
  words: readonly string[],
  url: string,
  toolPath: string,
): Promise<void> {
  const child = spawn(program, [...words], {
    env: { ...toEnvironment(url), PATH: toolPath },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-MAX_WORDS);
  });
  try {
    await once(child, 'close');
    if (child.exitCode === 0) return;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error(
      `${program} is not installed: install the client of PostgreSQL (Debian: postgresql-client) in the version of your server, or one later`,
      { cause: error },
    );
  }
  throw new Error(`${program} failed: ${said.trim()}`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A connection string as libpq's variables. */
export function toEnvironment(url: string): Readonly<Record<string, string>> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const socketFolder = searchParams.get('host');
  const given = {
    PGHOST: socketFolder ?? decodeURIComponent(hostname).replace(/^\[|\]$/g, ''),
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode') ?? '',
    PGSSLROOTCERT: searchParams.get('sslrootcert') ?? '',
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}
