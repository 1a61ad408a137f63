/**
 * Runs the comparison of the documentation on the emulators and saves its contact sheet: `npm run comparison-sheet`. It is the one
 * that the tests look at, with pictures painted in full.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../src/config/load.js';
import { checkEndpoint, providers } from '../src/providers/registry.js';
import { listProviderSettings } from '../src/providers/settings.js';
import { REGIONAL_PROVIDERS } from '../src/providers/with-regions.js';
import { startServer } from '../src/server.js';
import { createLogger } from '../src/telemetry/logger.js';
import { PROOF } from '../test/support/comparison-proof.js';

const MAX_BYTES = 600_000;
const target = process.argv[2] ?? path.resolve(import.meta.dirname, '../docs/images/comparison.webp');
const begun = z.object({ id: z.string() });
const seen = z.object({
  status: z.string(),
  counts: z.record(z.string(), z.number()),
  credits_used: z.number(),
  sheet: z.object({ file_id: z.string() }).optional(),
});

const folder = mkdtempSync(path.join(tmpdir(), 'atelier-comparison-'));
const env = { PORT: '0', LOG_LEVEL: 'silent', ATELIER_DATA_DIR: folder };
const server = await startServer({
  config: loadConfig(env, listProviderSettings(providers), checkEndpoint, REGIONAL_PROVIDERS),
  logger: createLogger('silent'),
});
try {
  const headers = {
    authorization: `Bearer ${server.firstKeys?.test ?? ''}`,
    'content-type': 'application/json',
    prefer: 'respond-async',
  };
  const call = async (pathname: string, init: RequestInit = {}) => {
    const answer = await fetch(server.url + pathname, { headers, ...init });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  };
  const accepted = await call('/v1/images/comparisons', { method: 'POST', body: JSON.stringify(PROOF) });
  const { id } = begun.parse(await accepted.json());
  await (await call(`/v1/images/comparisons/${id}/events`)).text();
  const {
    status,
    counts,
    credits_used: used,
    sheet,
  } = seen.parse(await (await call(`/v1/images/comparisons/${id}`)).json());
  const content = await call(`/v1/files/${sheet?.file_id ?? ''}/content`);
  const bytes = Buffer.from(await content.arrayBuffer());
  if (bytes.length > MAX_BYTES) throw new Error(`the sheet has ${bytes.length} bytes`);
  writeFileSync(target, bytes);
  process.stdout.write(
    `${target}: ${bytes.length} bytes; ${status}, ${JSON.stringify(counts)}, ${used} credits\n`,
  );
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
