/**
 * Writes what is derived from the code: `openapi.json`, the JSON Schema of the catalogue, `docs/errors.md`, `docs/configuration.md`, `docs/cli-reference.md`, the diagram of the architecture, the dashboard, `.env.example`.
 * With `--check` nothing is written; the exit code says whether the committed files are current.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { loadConfig } from '../src/config/load.js';
import { listSettings } from '../src/config/schema.js';
import { ERROR_CODES, errorType } from '../src/errors.js';
import { modelListSchema } from '../src/http/answers/model-answer.js';
import { providers } from '../src/providers/registry.js';
import { listProviderSettings } from '../src/providers/settings.js';
import { startServer } from '../src/server.js';
import { architectureDiagram } from './architecture-diagram.js';
import { cliPage } from './cli-page.js';
import { grafanaDashboard } from './grafana-dashboard.js';
import { promptsPage } from './prompts-page.js';
import { createLogger } from '../src/telemetry/logger.js';

const root = path.resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

const files: Readonly<Record<string, () => Promise<string> | string>> = {
  'openapi.json': openApi,
  'docs/schemas/model-list.json': modelListJsonSchema,
  'docs/errors.md': errorTable,
  'docs/configuration.md': configurationTable,
  'docs/cli-reference.md': cliMarkdown,
  'docs/prompts.md': promptsMarkdown,
  'docs/images/architecture.svg': architectureDiagram,
  'deploy/grafana/atelier.json': dashboard,
  '.env.example': envExample,
};

let stale = false;
for (const [name, make] of Object.entries(files)) {
  const file = path.join(root, name);
  const wanted = await make();
  if (check) {
    if (read(file) !== wanted) {
      stale = true;
      process.stderr.write(`${name} is not current: run npm run generate\n`);
    }
  } else {
    writeFileSync(file, wanted);
    process.stdout.write(`wrote ${name}\n`);
  }
}
process.exit(stale ? 1 : 0);

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A missing file is simply not current.
    return undefined;
  }
}

async function openApi(): Promise<string> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'atelier-openapi-'));
  const config = loadConfig(
    { ATELIER_DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' },
    listProviderSettings(providers),
  );
  const server = await startServer({ config, logger: createLogger('silent') });
  try {
    const style = await resolveConfig(path.join(root, 'package.json'));
    return await format(JSON.stringify(server.app.swagger()), { ...style, parser: 'json' });
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true });
  }
}

async function modelListJsonSchema(): Promise<string> {
  const schema = { title: 'Answer of GET /v1/models', ...z.toJSONSchema(modelListSchema) };
  const style = await resolveConfig(path.join(root, 'package.json'));
  return format(JSON.stringify(schema), { ...style, parser: 'json' });
}

async function dashboard(): Promise<string> {
  const style = await resolveConfig(path.join(root, 'package.json'));
  return format(JSON.stringify(grafanaDashboard()), { ...style, parser: 'json' });
}

async function cliMarkdown(): Promise<string> {
  const style = await resolveConfig(path.join(root, 'package.json'));
  return format(cliPage(), { ...style, parser: 'markdown' });
}

async function promptsMarkdown(): Promise<string> {
  const style = await resolveConfig(path.join(root, 'package.json'));
  return format(promptsPage(), { ...style, parser: 'markdown' });
}

function errorTable(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, retry, meaning }]) =>
      `| \`${code}\` | ${status} | \`${errorType(status)}\` | ${retry ? 'can help' : 'no'} | ${meaning} |`,
  );
  return [
    '# Errors',
    '',
    'Generated from the code by `npm run generate`. Every error answer has the shape',
    '`{"error": {"message", "type", "code", "param", …facts}, "request_id"}`; all four fields are always there, `param` is null',
    'where no field is at fault. The header `x-should-retry` tells OpenAI clients whether to ask again by themselves: never',
    'after something that was billed or whose outcome is unknown, whatever this table says of the code in general.',
    '',
    '| code | status | type | asking again | meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function configurationTable(): string {
  const rows = listSettings(listProviderSettings(providers)).map(
    (setting) =>
      `| \`${setting.env}\` | ${setting.default === undefined ? '' : `\`${setting.default}\``} | ${setting.secret ? 'yes' : ''} | ${setting.description.replaceAll('|', '\\|')} |`,
  );
  return [
    '# Configuration',
    '',
    'Generated from the code by `npm run generate`. Settings are environment variables, read once at start; whatever is wrong',
    'is listed at once, by name, and the server does not start. An empty variable counts as unset.',
    '',
    'Secret settings can also stand in files, as `NAME_FILE=/run/secrets/name`, and sealed, as `NAME=sealed:v1:…` or in such a',
    'file: `atelier secrets seal` encrypts them under `ATELIER_SECRET`, see [operations.md](operations.md#secrets).',
    '',
    '| name | default | secret | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function envExample(): string {
  const entries = listSettings(listProviderSettings(providers)).map(
    (setting) =>
      `# ${setting.description}\n${setting.default === undefined || setting.secret ? `# ${setting.env}=` : `# ${setting.env}=${setting.default}`}\n`,
  );
  return `# Every setting with its default. Uncomment what you change. Generated from the code.\n\n${entries.join('\n')}`;
}
