/** `npm run audit` against registries that answer, and one that does not. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';

const SCRIPT = path.resolve(import.meta.dirname, '../../scripts/audit.sh');
const ended = z.object({ code: z.number(), stdout: z.string() });
const folder = createTestFolder();
afterAll(() => {
  folder.remove();
});

const weakness = (severity: string) => ({
  fastify: [
    {
      id: 1,
      url: 'https://advisories.test/1',
      title: 'A hole',
      severity,
      vulnerable_versions: '>=0',
      cwe: [],
      cvss: { score: 9, vectorString: null },
    },
  ],
});

/** Runs the script beside a registry that answers with these weaknesses; undefined: it does not know the question. */
async function audit(weaknesses: object | undefined, ...words: readonly string[]) {
  const registry = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      response.setHeader('content-type', 'application/json');
      const isQuestion = request.url?.endsWith('/advisories/bulk') === true;
      if (isQuestion && weaknesses === undefined) response.writeHead(405).end('{}');
      else if (isQuestion) response.end(JSON.stringify(weaknesses));
      else {
        const name = decodeURIComponent((request.url ?? '').slice(1));
        response.end(JSON.stringify({ name, 'dist-tags': { latest: '5.0.0' }, versions: {} }));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const address = registry.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  try {
    const env = {
      PATH: process.env['PATH'],
      HOME: folder.path,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: path.join(folder.path, `cache-${port}`),
    };
    const done = await promisify(execFile)('bash', [SCRIPT, ...words], { env });
    return { code: 0, stdout: done.stdout };
  } catch (error) {
    return ended.parse(error);
  } finally {
    registry.close();
    registry.closeAllConnections();
  }
}

it('fails for high and critical weaknesses of what runs in production, and names them', async () => {
  for (const severity of ['high', 'critical']) {
    const { code, stdout } = await audit(weakness(severity));
    expect([severity, code]).toStrictEqual([severity, 1]);
    expect(stdout).toMatch(new RegExp(`^${severity}: fastify .*A hole https://advisories.test/1`, 'm'));
  }
});

it('passes where there is none, or none of weight', async () => {
  const clean = await audit({});
  expect([clean.code, clean.stdout]).toStrictEqual([
    0,
    expect.stringMatching(/^0 high or critical, 0 others/),
  ]);
  const low = await audit(weakness('low'));
  expect([low.code, low.stdout]).toStrictEqual([
    0,
    expect.stringMatching(/^0 high or critical, [1-9]\d* others/),
  ]);
});

it('says that nothing is known where the registry does not answer that', async () => {
  const { code, stdout } = await audit(undefined);
  expect([code, stdout]).toStrictEqual([
    2,
    expect.stringMatching(/^Nothing is known: http\S+ does not answer audits \(405/),
  ]);
  expect((await audit(undefined, '--if-answered')).code).toBe(0);
});
