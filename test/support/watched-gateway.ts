/** A gateway with planted secrets whose every word is kept: log lines, answers, pictures, files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/load.js';
import { providers } from '../../src/providers/registry.js';
import { listProviderSettings } from '../../src/providers/settings.js';
import { startServer } from '../../src/server.js';
import { createLogger } from '../../src/telemetry/logger.js';
import type { Answer } from './server.js';

/**
 * Secrets without the shapes that vendors give theirs, so that only knowing the secret itself helps against it. The two
 * provider keys come first.
 */
export const PLANTED = {
  OPENAI_API_KEY: 'planted/openai+key~4711_q8Zt3WmXk2Vb',
  GEMINI_API_KEY: 'planted/gemini+key~0815_n5Rj7HcLp9Ds',
  ATELIER_ADMIN_TOKEN: 'planted-admin-token-f4Yg6TuKe1Bo',
  ATELIER_BOOTSTRAP_KEY: 'planted-live-key-w3Ix8QaCz5Mn',
  ATELIER_SECRET: 'planted-link-secret-v7Eh2PsJd6Rk9FtUy4Lw',
} as const;

export interface WatchedGateway {
  readonly url: string;
  /** Calls with the live key unless another is given; null: none. */
  call(
    method: string,
    pathname: string,
    options?: { readonly body?: unknown; readonly key?: string | null; readonly text?: string },
  ): Promise<Answer>;
  generate(body: Record<string, unknown>): Promise<Answer>;
  /** Fetches an address as whoever has it would. */
  fetch(url: string): Promise<Response>;
  /** Number of log lines so far. */
  lines(): number;
  /** The log lines themselves, each with its end. */
  logged(): readonly string[];
  /** Where a planted secret stands in anything said or stored so far: names of secrets and what held them. */
  leaks(): readonly string[];
  stop(): Promise<void>;
}

interface Said {
  readonly where: string;
  readonly bytes: Buffer;
}

const NOW = new Date('2026-03-01T12:00:00Z');

/** Starts a gateway that logs everything; the date is one when all models of the guide are alive. */
export async function startWatchedGateway(env: Readonly<Record<string, string>>): Promise<WatchedGateway> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'atelier-watched-'));
  const said: Said[] = [];
  const config = loadConfig(
    {
      ...PLANTED,
      ATELIER_DATA_DIR: dataDir,
      PORT: '0',
      LOG_LEVEL: 'trace',
      ATELIER_EMULATOR_DETAIL: 'plain',
      ATELIER_PAINTER_THREADS: '1',
      ATELIER_MAX_LOOP_DELAY_MS: '0',
      ...env,
    },
    listProviderSettings(providers),
  );
  const logger = createLogger('trace');
  let lines = 0;
  // The real logger with its own redaction; only the end of its pipe is moved, for it and all its children.
  const pipe = {
    write: (line: string) => {
      lines += 1;
      said.push({ where: 'the log', bytes: Buffer.from(line) });
    },
  };
  if (!Reflect.set(logger, pino.symbols.streamSym, pipe)) throw new Error('the logger has no pipe to move');
  const server = await startServer({ config, logger, clock: () => NOW, wait: () => Promise.resolve() });

  const hear = async (where: string, response: Response): Promise<Buffer> => {
    const bytes = Buffer.from(await response.arrayBuffer());
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    said.push({ where: `headers of ${where}`, bytes: Buffer.from(headers) });
    said.push({ where: `the body of ${where}`, bytes });
    return bytes;
  };
  const call: WatchedGateway['call'] = async (method, pathname, { body, key, text } = {}) => {
    const bearer = key === undefined ? PLANTED.ATELIER_BOOTSTRAP_KEY : key;
    const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(server.url + pathname, {
      method,
      redirect: 'manual',
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const bytes = await hear(`${method} ${pathname}`, response);
    return { status: response.status, headers: response.headers, body: parseJson(bytes.toString()) };
  };
  return {
    url: server.url,
    call,
    generate: (body) => call('POST', '/v1/images/generations', { body }),
    fetch: async (url) => {
      const response = await fetch(url, { redirect: 'manual' });
      await hear('a link', response.clone());
      return response;
    },
    lines: () => lines,
    logged: () => said.filter(({ where }) => where === 'the log').map(({ bytes }) => bytes.toString()),
    leaks: () => findLeaks([...said, ...readFiles(dataDir)]),
    stop: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** All files below the data folder: the database with its log, and the stored pictures. */
function readFiles(folder: string): readonly Said[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return { where: path.relative(folder, file), bytes: readFileSync(file) };
    });
}

/** Each text in which a secret would still be one: as it is, in an address, in JSON, and in base64 wherever it begins. */
export function disguises(secret: string): readonly string[] {
  const base64 = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.from('x'.repeat(shift) + secret).toString('base64');
    // The first and last groups also hold bits of the neighbours.
    const inner = whole.slice(shift === 0 ? 0 : 4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const hex = Buffer.from(secret).toString('hex');
  return [...new Set([secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/'), hex, ...base64])];
}

function findLeaks(said: readonly Said[]): readonly string[] {
  const found = said.flatMap(({ where, bytes }) =>
    Object.entries(PLANTED).flatMap(([name, secret]) =>
      disguises(secret).some((text) => bytes.includes(text)) ? [`${name} in ${where}`] : [],
    ),
  );
  return [...new Set(found)];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Pictures and pages are no JSON.
    return text;
  }
}
