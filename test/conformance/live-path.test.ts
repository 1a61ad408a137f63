/**
 * The same contract with a live key against `atelier emulators`, reached through the providers' own settings: the path
 * that real calls take, forwarding of retired models included.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { callableModels, inParallel, type CatalogueModel } from './models.js';
import { judge } from './outcome.js';

const program = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

let emulators: ChildProcess;
let environment: Record<string, string>;
let server: TestServer;

beforeAll(async () => {
  emulators = spawn(process.execPath, [program, 'emulators', '--port', '0', '--plain'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  environment = await printedEnvironment(emulators);
  const { ATELIER_EMULATORS_URL: unused, ...providers } = environment;
  expect(unused).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  server = await startTestServer({ env: { ...providers, ATELIER_BOOTSTRAP_CREDITS: '1000000' } });
  await server.call('PATCH', '/v1/workspace', {
    key: server.liveKey,
    body: { prc_opt_in: true, confirm: 'default' },
  });
});
afterAll(async () => {
  await server.stop();
  emulators.kill('SIGTERM');
});

async function printedEnvironment(child: ChildProcess): Promise<Record<string, string>> {
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    // The addresses are printed in one piece once everything listens.
    if (/ATELIER_EMULATORS_URL=\S+\n/.test(output)) break;
  }
  return Object.fromEntries(
    [...output.matchAll(/^([A-Z_]+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

it('honours the contract on every model that is configured', async () => {
  const models = await callableModels(server, server.liveKey);
  expect(models.filter((model) => model.lifecycle.status === 'retired').length).toBeGreaterThan(3);
  const failures: string[] = [];
  const wishes = models.flatMap((model) =>
    [
      { size: '1024x1024' },
      { size: '512x512', response_format: 'b64_json' },
      { aspect_ratio: model.allowedParams.aspect_ratio.at(-1), n: 2 },
      { negative_prompt: 'people', seed: 0, quality: 'hd', output_format: 'webp' },
    ].map((wish) => ({ model: model.id, response_format: 'url', ...wish })),
  );
  const outcomes = await inParallel(wishes, 6, async (wish) => {
    try {
      return await judge(server, server.liveKey, wish);
    } catch (error) {
      failures.push(`${JSON.stringify(wish)}: ${String(error)}`);
      return undefined;
    }
  });
  expect(failures).toEqual([]);
  expect(outcomes.filter((outcome) => outcome?.kind === 'refused')).toEqual([]);
}, 240_000);

it('forwards retired models to their successors, says so, and charges what ran', async () => {
  const models = await callableModels(server, server.liveKey);
  const retired = models.filter((model) => model.lifecycle.status === 'retired');
  const finalSuccessor = (model: CatalogueModel): string => {
    const next = models.find((other) => other.id === model.lifecycle.successor);
    return next?.lifecycle.status === 'retired' ? finalSuccessor(next) : (next?.id ?? '');
  };
  for (const model of retired) {
    const answer = await server.generate(
      { model: model.id, prompt: 'a fox', size: '1024x1024' },
      server.liveKey,
    );
    const body = generation.parse(answer.body);
    expect(body.model).toBe(finalSuccessor(model));
    expect(answer.headers.get('x-model-used')).toBe(body.model);
    expect(answer.headers.get('sunset')).toMatch(/GMT$/);
    expect(answer.headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(body.adjustments).toContainEqual(
      expect.objectContaining({ param: 'model', asked: model.id, sent: body.model }),
    );
  }
});

it('maps the qualities of dall-e-3 to its successor', async () => {
  for (const [asked, sent] of [
    [undefined, 'medium'],
    ['standard', 'medium'],
    ['hd', 'high'],
  ] as const) {
    const answer = await server.generate(
      { model: 'dall-e-3', prompt: 'a fox', quality: asked, size: '1024x1024' },
      server.liveKey,
    );
    expect(answer.body).toMatchObject({ model: 'gpt-image-2', quality: sent });
  }
});

it('refuses retired models when the workspace says so', async () => {
  await server.call('PATCH', '/v1/workspace', { key: server.liveKey, body: { retired_models: 'refuse' } });
  const answer = await server.generate({ model: 'dall-e-3', prompt: 'a fox' }, server.liveKey);
  expect(answer.status).toBe(410);
  expect(answer.body).toMatchObject({ error: { code: 'model_retired', nearest: 'gpt-image-2' } });
  await server.call('PATCH', '/v1/workspace', { key: server.liveKey, body: { retired_models: 'forward' } });
});
