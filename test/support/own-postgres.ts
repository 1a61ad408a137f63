import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findFreePort } from './free-port.js';

/** A PostgreSQL of its own that a test may end, restart and disconnect. */
export interface OwnPostgres {
  readonly url: string;
  readonly port: number;
  /** `fast` ends all connections in order, `immediate` as a crash would. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Makes commits wait until a standby has them too. */
  waitForStandby(): Promise<void>;
  /** Makes a standby the one that is written to. */
  promote(): Promise<void>;
  /** Ends all connections but the one that asks. @returns how many */
  terminateAll(): Promise<number>;
  /** For good, with its data. */
  remove(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Starts a cluster on a free loopback port.
 * @param primary follows that one, as its standby; else it is empty
 */
export async function startOwnPostgres(primary?: OwnPostgres): Promise<OwnPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'atelier-own-postgres-'));
  const port = await findFreePort();
  // PostgreSQL refuses to run as root.
  const asRoot = process.getuid?.() === 0;
  if (asRoot) {
    const { stdout } = await run('id', ['-u', 'postgres']);
    await chown(folder, Number(stdout), Number(stdout));
  }
  const call = async (tool: string, ...given: string[]) => {
    const command = [path.join(findBin(), tool), ...given];
    const [program = '', ...rest] = asRoot ? ['runuser', '-u', 'postgres', '--', ...command] : command;
    await run(program, rest, { cwd: folder });
  };
  const data = path.join(folder, 'data');
  if (primary === undefined) {
    const options = ['--username=atelier', '--auth=trust', '--encoding=UTF8', '--no-sync'];
    await call('initdb', `--pgdata=${data}`, ...options);
  } else {
    const place = ['--host=127.0.0.1', `--port=${primary.port}`, '--username=atelier'];
    const options = ['--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
    await call('pg_basebackup', `--pgdata=${data}`, ...place, ...options);
  }
  const control = (...given: string[]) =>
    call('pg_ctl', `--pgdata=${data}`, '--silent', '--wait', '--timeout=60', ...given);
  // What was committed outlives the process, as it has to; power cuts are not tested.
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`;
  const begin = () => control(`--log=${path.join(folder, 'server.log')}`, '-o', options, 'start');
  await begin();
  const url = `postgres://atelier@127.0.0.1:${port}/postgres`;
  return {
    url,
    port,
    stop: (mode) => control(`--mode=${mode}`, 'stop'),
    start: begin,
    restart: (mode) =>
      control(`--mode=${mode}`, `--log=${path.join(folder, 'server.log')}`, '-o', options, 'restart'),
    waitForStandby: async () => {
      await ask(url, "alter system set synchronous_standby_names = '*'");
      await ask(url, 'select pg_reload_conf()');
    },
    promote: () => control('promote'),
    terminateAll: () =>
      ask(
        url,
        `select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      ),
    remove: async () => {
      await control('--mode=immediate', 'stop').catch(() => {
        // It is down already.
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns how many rows came */
async function ask(url: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

function findBin(): string {
  const root = '/usr/lib/postgresql';
  const [newest] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  if (newest === undefined) throw new Error('there is no PostgreSQL: run scripts/ensure-test-tools.sh');
  return path.join(root, newest, 'bin');
}
