/** The whole API from the shell: every command against a gateway, and every call of the API by a command. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { decode } from '../support/answers.js';
import { startCommandRunner, type CommandRunner } from '../support/command-runner.js';
import { drawPicture } from '../support/files.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

/** Calls that are not for shells, with the reason. */
const NOT_FOR_SHELLS: Readonly<Record<string, string>> = {
  'GET /v1/session': 'cookies of browsers',
  'POST /v1/session': 'cookies of browsers',
  'DELETE /v1/session': 'cookies of browsers',
  'GET /i/{name}': 'links lead to the gateway itself, past the proxy of this test',
  'POST /mcp': 'spoken by agents',
};

const folder = createTestFolder();
let server: TestServer;
let receiver: WebhookReceiver;
let runner: CommandRunner;
const at = (name: string) => path.join(folder.path, name);

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  server = await startTestServer({
    realTime: true,
    env: { ATELIER_WEBHOOK_HOSTS: receiver.host },
  });
  runner = await startCommandRunner(server.url, {
    ATELIER_API_KEY: server.testKey,
    ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
  });
  writeFileSync(at('house.png'), await drawPicture(1));
});
afterAll(async () => {
  await runner.stop();
  await server.stop();
  await receiver.close();
  folder.remove();
});

/** Runs a command that must succeed. @returns its standard output */
async function ok(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runner.run(...words);
  expect([words, code, stderr]).toEqual([words, 0, expect.any(String)]);
  return stdout;
}

const loose = z.looseObject({
  id: z.string().optional(),
  data: z.array(z.looseObject({ id: z.string() })).optional(),
});
const json = async (...words: readonly string[]) => loose.parse(JSON.parse(await ok(...words, '--json')));
const jsonLines = async (...words: readonly string[]) =>
  (await ok(...words, '--json'))
    .trim()
    .split('\n')
    .map((line) => loose.parse(JSON.parse(line)));
const idOf = async (...words: readonly string[]) => (await json(...words)).id ?? '';

describe('pictures', () => {
  let picture: string;

  it('generate, edit and plan take options, fields by name, files and ids', async () => {
    const made = await json(
      ...[
        'generate',
        'a flat icon of a fox',
        '-s',
        '128x64',
        '-o',
        at('fox.png'),
        '--set',
        'metadata.order=12',
        'seed=3',
      ],
    );
    expect(made).toMatchObject({ metadata: { order: '12' }, data: [{ file: at('fox.png'), seed: 3 }] });
    expect(await decode(readFileSync(at('fox.png')))).toEqual({ width: 128, height: 64, format: 'png' });
    picture = made.data?.[0]?.id ?? '';
    const words = [
      'edit',
      'make it winter',
      '-i',
      at('house.png'),
      '-o',
      at('winter.webp'),
      '--format',
      'webp',
    ];
    expect(await ok(...words)).toContain(`${at('winter.webp')}  `);
    expect((await decode(readFileSync(at('winter.webp')))).format).toBe('webp');
    const chained = await json('edit', 'at night', '-i', picture, '-o', at('night.png'));
    expect(chained).toMatchObject({ parents: [picture] });
    expect(await ok('plan', 'a fox', '-m', 'dall-e-3', '-s', '1024x1024', '-n', '3')).toContain(
      'at most 12 credits',
    );
    expect(await json('plan', 'at night', '-i', picture)).toMatchObject({ object: 'image.plan' });
  });

  it('jobs are begun, waited for, watched, listed and cancelled', async () => {
    const id = (await ok('generate', 'a flat icon of an owl', '-s', '64x64', '--async')).trim();
    expect(await ok('wait', id, '-o', at('owl.png'))).toContain('64x64');
    expect(await ok('generations', 'get', id)).toContain('succeeded  model atelier-sketch, 0 credits');
    const events = (await ok('generations', 'watch', id)).trim().split('\n');
    expect(events.at(-1)).toContain('completed');
    const [latest] = await jsonLines('generations', 'list', '--limit', '1');
    expect(latest).toMatchObject({ id, status: 'succeeded' });
    const slow = await idOf('generate', 'a pond [[emulate:slow-5000]]', '-m', 'dall-e-3', '--async');
    expect(await ok('cancel', slow)).toBe('cancelled, 0 credits\n');
  });

  it('are listed, told of, kept and made again', async () => {
    expect((await jsonLines('images', 'list')).map(({ id }) => id)).toContain(picture);
    expect(await ok('images', '--operation', 'edit')).toContain('make it winter');
    expect(await ok('images', 'get', picture)).toContain('128x64  image/png');
    expect(JSON.parse(await ok('images', 'provenance', picture))).toMatchObject({
      object: 'image.provenance',
    });
    expect(JSON.parse(await ok('images', 'recipe', picture))).toMatchObject({ seed: 3 });
    expect(await ok('replay', picture, '--dry-run')).toBe('at most 0 credits on atelier-sketch\n');
    expect(await ok('replay', picture)).toContain('the bytes are the same');
    const kept = await idOf('keep', picture);
    expect(await json('files', 'get', kept)).toMatchObject({ image_id: picture });
    const uploaded = await idOf('files', 'upload', at('house.png'));
    expect((await jsonLines('files', 'list')).map(({ id }) => id)).toEqual([uploaded, kept]);
    await ok('files', 'get', uploaded, '-o', at('again.png'));
    expect(readFileSync(at('again.png')).equals(readFileSync(at('house.png')))).toBe(true);
    expect(await ok('files', 'delete', uploaded)).toBe(`deleted ${uploaded}\n`);
  });

  it('comparisons are begun, listed, read and cancelled', async () => {
    const words = ['-m', 'atelier-sketch', '-p', 'a flat icon of a hare', '-s', '64x64', '128x64'];
    const { id = '' } = await json('compare', ...words, '--no-sheet');
    expect(await ok('comparisons', 'get', id)).toContain('2 of 2 cells with pictures');
    expect(await jsonLines('comparisons', 'list')).toMatchObject([{ id, status: 'succeeded' }]);
    expect(await ok('comparisons', 'watch', id)).toContain('"status":"succeeded"');
    expect(await ok('comparisons', 'cancel', id)).toBe('succeeded, 0 credits\n');
  });

  it('prompts, recipes and models', async () => {
    expect(JSON.parse(await ok('parse', 'a fox, watercolour'))).toMatchObject({ subject: 'a fox' });
    expect(await json('compose', 'a fox', '-m', 'dall-e-3')).toMatchObject({
      renderings: [{ prompt: 'a fox.' }],
    });
    expect(await json('lint', 'a fox')).toHaveProperty('findings');
    await ok(
      'recipes',
      'save',
      'card',
      '--request',
      '{"model": "atelier-sketch", "prompt": "{{what}}"}',
      '--var',
      'what',
    );
    expect(
      await json(
        'recipes',
        'save',
        'card',
        '--request',
        '{"model": "atelier-sketch", "prompt": "a flat {{what}}"}',
      ),
    ).toMatchObject({ version: 2 });
    expect(
      await ok('generate', '-r', 'card', '--var', 'what=icon of a fox', '-s', '64x64', '-o', at('card.png')),
    ).toContain('64x64');
    expect(await jsonLines('recipes', 'list')).toMatchObject([{ name: 'card' }]);
    expect(JSON.parse(await ok('recipes', 'show', 'card'))).toMatchObject({ version: 2 });
    expect(await ok('recipes', 'delete', 'card')).toBe('deleted card\n');
    expect((await json('models', '--available')).data?.map(({ id }) => id)).toContain('atelier-sketch');
    expect(JSON.parse(await ok('models', 'get', 'nano-banana'))).toMatchObject({ object: 'model' });
  });
});

describe('the workspace', () => {
  it('credits, ledger and usage', async () => {
    expect(await json('credits')).toMatchObject({ mode: 'test', balance: 1000 });
    expect(await ok('credits', 'refill', '2.5')).toBe('test: 1002.5 credits, 1002.5 available, 0 held\n');
    const [entry] = await jsonLines('credits', 'ledger', '--limit', '1');
    expect(entry).toMatchObject({ kind: 'top_up', balance_delta: 2.5 });
    expect(await ok('usage', '--by', 'model')).toMatch(/^total +\d+ +\d+ +\d+ +0$/m);
    expect(await ok('usage', '--csv')).toMatch(/^"day","model"/);
    expect(await ok('budgets')).toMatch(/^workspace +0 +0 +- +-$/m);
  });

  it('settings, keys, fallbacks and the audit', async () => {
    const changed = await ok('workspace', 'set', 'retired_models=refuse', 'limits.requests_per_minute=600');
    expect(JSON.parse(changed)).toMatchObject({
      retired_models: 'refuse',
      limits: { requests_per_minute: 600 },
    });
    await ok('workspace', 'set', 'retired_models=forward', 'limits.requests_per_minute=null');
    expect(JSON.parse(await ok('workspace'))).toMatchObject({ retired_models: 'forward', limits: {} });
    const refused = await runner.run('workspace', 'set', 'prc_opt_in=true');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('takes `confirm`')]);
    const key = await json(
      'keys',
      'create',
      'shop',
      '--limit',
      'monthly_credits=5',
      '--expires',
      '2030-01-01',
    );
    expect(key).toMatchObject({ expires_at: 1_893_456_000 });
    expect(String(key['key'])).toMatch(/^atl_test_/);
    const id = key.id ?? '';
    expect(await ok('keys', 'update', id, '--name', 'till', '--limit', 'monthly_credits=null')).toMatch(
      / - {2}.* till$/m,
    );
    expect(await ok('keys', 'list')).toContain('till');
    expect(await ok('keys', 'revoke', id)).toBe(`revoked ${id}\n`);
    expect(await ok('fallbacks', 'set', 'dall-e-3', 'gpt-image-2', '--on-moderated', 'stop')).toContain(
      'gpt-image-2',
    );
    expect(await json('fallbacks', 'get', 'dall-e-3')).toMatchObject({ models: ['gpt-image-2'] });
    expect(await ok('fallbacks')).toContain('dall-e-3');
    await ok('fallbacks', 'delete', 'dall-e-3');
    expect(await ok('fallbacks', 'list')).toBe('none\n');
    expect(await ok('audit')).toContain('fallback');
  });

  it('webhooks', async () => {
    const made = await json('webhooks', 'create', receiver.url, '-e', 'generation.failed');
    expect(made).toMatchObject({ events: ['generation.failed'] });
    expect(String(made['secret'])).toMatch(/^whsec_/);
    const id = made.id ?? '';
    expect(await ok('webhooks', 'list')).toContain(receiver.url);
    expect(await json('webhooks', 'update', id, '--disable')).toMatchObject({ status: 'disabled' });
    expect(await json('webhooks', 'update', id, '--enable')).toMatchObject({ status: 'enabled' });
    expect(await ok('webhooks', 'get', id)).toContain('enabled');
    expect(await ok('webhooks', 'secret', id)).toMatch(/^whsec_/m);
    const sent = await idOf('webhooks', 'test', id);
    expect((await jsonLines('webhooks', 'deliveries', id))[0]).toMatchObject({ id: sent });
    expect(await json('webhooks', 'replay', id, sent)).toMatchObject({ webhook_id: id });
    expect(await ok('webhooks', 'delete', id)).toBe(`deleted ${id}\n`);
  });
});

describe('the operator', () => {
  it('workspaces, keys, credits, margin, routes, policy, lifecycle and metrics', async () => {
    const id = (await ok('admin', 'workspaces', 'create', 'studio', '--credits', '5')).trim();
    expect(await ok('admin', 'workspaces', 'credits', id, '7', '--note', 'welcome')).toContain(
      'live: 12 credits',
    );
    expect(await ok('admin', 'workspaces')).toMatch(/12 +5 {2}studio/);
    expect(await ok('admin', 'keys', 'create', id, 'first')).toMatch(/^key_\w+\natl_test_\w+\n$/);
    expect(JSON.parse(await ok('admin', 'margin', 'set', '10', '--model', 'dall-e-3=20'))).toMatchObject({
      percent: 10,
      models: { 'dall-e-3': 20 },
    });
    await ok('admin', 'margin', 'set', '0');
    expect(JSON.parse(await ok('admin', 'margin'))).toMatchObject({ percent: 0 });
    expect(await ok('admin', 'routes')).toContain('atelier-sketch');
    expect(await ok('admin', 'routes', 'reset')).toContain('called again');
    await ok('admin', 'policy', 'set', 'blocked_countries=["KP"]');
    expect(JSON.parse(await ok('admin', 'policy'))).toMatchObject({ blocked_countries: ['KP'] });
    expect(JSON.parse(await ok('admin', 'lifecycle', '--on', '2027-01-01'))).toMatchObject({
      object: 'lifecycle_report',
    });
    expect(await ok('admin', 'metrics')).toContain('# TYPE atelier_');
  });

  it('health, and any other call', async () => {
    expect(await ok('health')).toMatch(/: ok, ready\n$/);
    expect(JSON.parse(await ok('api', 'get', '/v1/credits'))).toMatchObject({ object: 'credits' });
    const plan = await ok('api', 'post', '/v1/images/plan', '-d', '{"model": "dall-e-3", "prompt": "a fox"}');
    expect(JSON.parse(plan)).toMatchObject({ object: 'image.plan' });
    expect(JSON.parse(await ok('api', 'GET', '/v1/admin/margin', '--admin'))).toMatchObject({
      object: 'margin',
    });
  });
});

describe('what goes wrong', () => {
  it.each([
    [['generate', 'a fox', '-n', 'two'], 1, '--number must be a whole number, not "two"'],
    [['generate', 'a fox', '--set', 'sise=1'], 1, 'did you mean size?'],
    [['generate', 'a fox', '-m', 'no-such-model', '-o', 'x.png'], 1, 'model_not_found'],
    [['edit', 'x', '-i', 'gone.png'], 1, "gone.png can't be read"],
    [['keys', 'create', 'x', '--role', 'king'], 1, 'Allowed choices are owner, admin'],
    [['keys', 'update', 'key_x'], 1, 'say what to change'],
    [['generations', 'get', 'gen_x'], 1, 'not_found'],
    [['workspace', 'set', 'name'], 1, 'say name=value'],
    [['nonsense'], 1, "unknown command 'nonsense'"],
    [['credits', 'ledger', '--limit', '0'], 1, '--limit must be a whole number from 1'],
    [
      ['generate', 'a pair [[emulate:no-image#2]]', '-m', 'dall-e-3', '-n', '2', '-o', at('pair.png')],
      2,
      'missing: ',
    ],
  ])('%j ends with %i', async (words, code, message) => {
    const ended = await runner.run(...words);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)]);
  });
});

it('calls every operation of the API that is for shells', () => {
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../openapi.json'), 'utf8')));
  const operations = Object.entries(paths).flatMap(([pathname, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${pathname}`),
  );
  const missing = operations.filter((operation) => {
    // The more exact path is another operation.
    const fits = (call: string) => fitting(operations, call) === operation;
    return !(operation in NOT_FOR_SHELLS) && !runner.calls.some(fits);
  });
  expect(missing).toEqual([]);
});

it('completes commands, options and values in bash', async () => {
  writeFileSync(at('completion.bash'), await ok('completion', 'bash'));
  const script = [
    'source "$1"; shift',
    'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _atelier; printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const complete = async (...words: readonly string[]) => {
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      script,
      'bash',
      at('completion.bash'),
      'atelier',
      ...words,
    ]);
    return stdout.trim().split('\n');
  };
  expect(await complete('ke')).toEqual(['keep', 'keys']);
  expect(await complete('keys', 'cr')).toEqual(['create']);
  expect(await complete('keys', 'create', 'shop', '--kind', '')).toEqual(['live', 'test']);
  expect(await complete('generate', '--max')).toEqual(['--max-cost']);
  expect(await ok('completion', 'zsh')).toContain("'workspaces:workspaces and their balances'");
  expect(await ok('completion', 'fish')).toContain(`'__atelier_at "keys create"' -l kind -x -a 'live test'`);
});

/** The operation that a call was, or nothing. */
function fitting(operations: readonly string[], call: string): string | undefined {
  const found = operations.filter((operation) => {
    const pattern = operation
      .split(/(\{[^}]*\})/)
      .map((part) =>
        part === '{*}' ? '.+' : part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'),
      )
      .join('');
    return new RegExp(`^${pattern}$`).test(call);
  });
  return found.sort((a, b) => a.split('{').length - b.split('{').length)[0];
}
