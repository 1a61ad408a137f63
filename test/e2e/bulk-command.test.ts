/** `atelier generate --from`, as the built program: what a file asks for is made once, whatever happens meanwhile. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { readRowsOf, runWithKills } from '../support/bulk-runs.js';
import { runCli } from '../support/cli.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

/** 500 of them, killed nine times: `npm run test:long -- bulk`. */
const ROWS = 60;
// Every test starts the built program, several times: a busy machine may take long for that.
const SLOW = { timeout: 300_000 };
const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

const folder = createTestFolder();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ realTime: true });
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});

const at = (name: string) => path.join(folder.path, name);
const run = (from: string, out: string, ...words: readonly string[]) =>
  runCli(
    ['generate', '--from', from, '--out', out, ...words],
    { ATELIER_URL: server.url, ATELIER_API_KEY: server.testKey },
    folder.path,
  );
const balance = async () =>
  z
    .object({ balance: z.number() })
    .parse((await server.call('GET', '/v1/credits', { key: server.testKey })).body).balance;
const rowsOf = (out: string) => [...readRowsOf(at(out)).values()];
const fileOf = (name: string, lines: readonly string[]) => {
  writeFileSync(at(name), lines.join('\n'));
  return name;
};

describe('many rows', SLOW, () => {
  it('are each made and charged once, although the command was killed in between', async () => {
    mkdirSync(at('killed'));
    const killed = await runWithKills(server, at('killed'), ROWS, 2);
    expect([killed.code, killed.stderr]).toEqual([0, expect.stringContaining(`${ROWS}/${ROWS}`)]);
    // A kill that interrupts nothing would prove nothing.
    expect(killed.openAtKills).toBeGreaterThan(0);
    expect(killed.rows.map(({ row, status }) => `${row} ${status}`)).toEqual(
      Array.from({ length: ROWS }, (_, index) => `${index + 1} succeeded`),
    );
    expect(killed.wrongFiles).toEqual([]);
    expect(killed.generations).toBe(ROWS);
    expect(killed.charges).toEqual(Array.from({ length: ROWS }, () => 4));
    expect(new Set(killed.rows.map(({ generation_id: id }) => id)).size).toBe(ROWS);
  });

  it('stop at an interruption with what was asked for, and go on later', async () => {
    const lines = Array.from({ length: 12 }, (_, index) => `a pond ${index} [[emulate:slow-400]],1024x1024`);
    const from = fileOf('ponds.csv', ['prompt,size', ...lines]);
    const child = spawn(
      process.execPath,
      [
        PROGRAM,
        'generate',
        '--from',
        from,
        '--out',
        'ponds',
        '-m',
        'dall-e-3',
        '--yes',
        '--concurrency',
        '2',
      ],
      {
        cwd: folder.path,
        env: { ...process.env, ATELIER_URL: server.url, ATELIER_API_KEY: server.testKey },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [stdout, stderr, sent] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (sent || !stderr.includes('succeeded')) return;
      sent = true;
      child.kill('SIGINT');
    });
    await once(child, 'close');
    expect([child.exitCode, stderr]).toEqual([130, expect.stringContaining('the same command goes on')]);
    const made = Number(/^(\d+) of 12 rows succeeded, \d+ left/m.exec(stdout)?.[1]);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(12);
    // Nothing that was asked for was left behind.
    expect(rowsOf('ponds').map(({ status }) => status)).toEqual(
      Array.from({ length: made }, () => 'succeeded'),
    );
    const rest = await run(from, 'ponds', '-m', 'dall-e-3', '--yes', '--json');
    expect([rest.code, JSON.parse(rest.stdout)]).toEqual([
      0,
      expect.objectContaining({ succeeded: 12, left: 0, credits: 48 }),
    ]);
  });
});

describe('before anything is spent', SLOW, () => {
  it.each([
    [['prompt,sise', 'a fox,64x64'], /"sise" is no field of a request; did you mean size\?/],
    [['prompt,n', 'a fox,two'], /line 2: n must be a whole number, not "two"/],
    [['prompt,file', 'a fox,../fox'], /line 2: the file name "\.\.\/fox" can't be used/],
    [['prompt,file', 'a fox,fox', 'an owl,Fox'], /line 3: the file name "Fox" is that of line 2 already/],
    [
      ['prompt,size', 'a fox,9x9', 'an owl,64x64'],
      /1 row can't run:\n {2}line 2: `size` 9x9 is out of bounds/,
    ],
    [['prompt,stream', 'a fox,true'], /line 2: stream can't be said here/],
    [['size', '64x64'], /line 2: it has no prompt/],
  ])('%j is refused with its line', async (lines, message) => {
    const { code, stdout, stderr } = await run(fileOf('wrong.csv', lines), 'wrong', '--yes');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
    expect(rowsOf('wrong')).toEqual([]);
  });

  it('the price of all rows is told, and more than --max-cost takes --yes', async () => {
    const lines = ['a fox,dall-e-3,1024x1024,7', 'an owl,dall-e-3,1024x1024,', 'a hare,,,'];
    const from = fileOf('dear.csv', ['prompt,model,size,seed', ...lines]);
    const before = await balance();
    const quoted = await run(from, 'dear', '--dry-run', '--json');
    expect(JSON.parse(quoted.stdout)).toEqual({
      object: 'run.quote',
      rows: 3,
      credits: 8,
      models: [
        { model: 'dall-e-3', rows: 2, credits: 8, adjusted: { seed: 1 } },
        { model: 'atelier-sketch', rows: 1, credits: 0, adjusted: {} },
      ],
      refused: [],
    });
    const refused = await run(from, 'dear', '--max-cost', '7.5');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('up to 8 credits: say --yes'),
    ]);
    expect(await balance()).toBe(before);
    expect((await run(from, 'dear', '--max-cost', '8')).code).toBe(0);
    expect(await balance()).toBe(before - 8);
  });
});

describe('rows that go wrong', SLOW, () => {
  it('are told, leave the others alone, and are bought again only when asked to', async () => {
    const from = fileOf('some.jsonl', [
      JSON.stringify({ prompt: 'a fox', model: 'dall-e-3', file: 'animals/fox' }),
      JSON.stringify({ prompt: 'a feud [[emulate:moderated-prompt]]', model: 'dall-e-3' }),
      JSON.stringify({ prompt: 'a pair of owls', model: 'gpt-image-2', n: 2, metadata: { order: '12' } }),
    ]);
    const before = await balance();
    const first = await run(from, 'some', '--yes');
    expect([first.code, first.stderr]).toEqual([2, expect.stringContaining('line 2 failed')]);
    const [fox, feud, owls] = rowsOf('some');
    expect(fox?.files?.map(({ file }) => file)).toEqual(['animals/fox.png']);
    expect(feud).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'content_policy_violation' } });
    expect(owls?.files?.map(({ file }) => file)).toEqual(['0003-1.png', '0003-2.png']);
    const spent = before - (await balance());
    expect(spent).toBeCloseTo((fox?.credits ?? 0) + (owls?.credits ?? 0), 6);
    // Nothing is left to do: no call is made, nothing is spent, and the exit code still tells of the row.
    expect((await run(from, 'some', '--yes')).code).toBe(2);
    expect((await run(from, 'some', '--yes', '--retry-failed')).code).toBe(2);
    expect(rowsOf('some')[1]).toMatchObject({ status: 'failed', attempt: 2 });
    expect(before - (await balance())).toBeCloseTo(spent, 6);
  });

  it('are asked for again when their failure may pass, each time under a new key', async () => {
    const from = fileOf('broken.csv', ['prompt', 'a fox [[emulate:server-error*40]]']);
    const { code } = await run(from, 'broken', '-m', 'dall-e-3', '--yes');
    expect([code, rowsOf('broken')]).toEqual([
      2,
      [expect.objectContaining({ status: 'failed', attempt: 3 })],
    ]);
  });

  it('fetch lost files again without a purchase, and refuse a file that asks for something else', async () => {
    const from = fileOf('lost.csv', ['prompt', 'a fox', 'an owl']);
    await run(from, 'lost', '-m', 'dall-e-3', '--yes');
    const before = await balance();
    rmSync(at('lost/0002.png'));
    const again = await run(from, 'lost', '-m', 'dall-e-3', '--yes', '--json');
    expect([again.code, JSON.parse(again.stdout)]).toEqual([0, expect.objectContaining({ succeeded: 2 })]);
    fileOf('lost.csv', ['prompt', 'a fox', 'an elk']);
    const changed = await run(from, 'lost', '-m', 'dall-e-3', '--yes');
    expect([changed.code, changed.stderr]).toEqual([
      1,
      expect.stringContaining('line 3 asks for something else than before'),
    ]);
    fileOf('lost.csv', ['prompt', 'a fox', 'an owl']);
    const other = await runCli(
      ['generate', '--from', from, '--out', 'lost', '-m', 'dall-e-3', '--yes'],
      { ATELIER_URL: server.url, ATELIER_API_KEY: server.liveKey },
      folder.path,
    );
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('with test keys')]);
    expect(await balance()).toBe(before);
  });

  it('wait for credits: the run stops, and goes on when there are some', async () => {
    const admin = async (pathname: string, body: unknown) =>
      z
        .looseObject({ id: z.string(), key: z.string().optional() })
        .parse((await server.call('POST', pathname, { key: ADMIN_TOKEN, body })).body);
    const { id } = await admin('/v1/admin/workspaces', { name: 'poor', credits: 6 });
    const { key = '' } = await admin('/v1/admin/keys', {
      workspace: id,
      kind: 'test',
      role: 'owner',
      name: 'k',
    });
    const from = fileOf('poor.csv', [
      'prompt,size',
      ...['a fox', 'an owl', 'a hare'].map((prompt) => `${prompt},1024x1024`),
    ]);
    const words = [
      'generate',
      '--from',
      from,
      '--out',
      'poor',
      '-m',
      'dall-e-3',
      '--concurrency',
      '1',
      '--yes',
    ];
    const env = { ATELIER_URL: server.url, ATELIER_API_KEY: key };
    const first = await runCli(words, env, folder.path);
    expect([first.code, first.stdout, first.stderr]).toEqual([
      1,
      expect.stringContaining('1 of 3 rows succeeded, 2 left'),
      expect.stringContaining('only 6 credits are there'),
    ]);
    await server.call('POST', '/v1/credits/test', { key, body: { credits: 20 } });
    const second = await runCli(words, env, folder.path);
    expect([second.code, second.stdout]).toEqual([
      0,
      expect.stringContaining('3 of 3 rows succeeded; 12 credits'),
    ]);
  });
});
