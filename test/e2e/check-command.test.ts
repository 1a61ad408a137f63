/** `atelier check`: an operator's graph is judged before anything is started, file and server alike. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { startComfyUi, type ComfyUiServer } from '../support/comfyui-server.js';

const program = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const example = path.resolve(import.meta.dirname, '../../docs/examples/comfyui-generate.json');
const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });
const folder = createTestFolder();
let comfy: ComfyUiServer;

beforeAll(async () => {
  comfy = await startComfyUi();
});
afterAll(async () => {
  await comfy.close();
  folder.remove();
});

/** Runs the command on a list of one server, whose graph is the example with some of it changed. */
async function check(change: (graph: string) => string) {
  writeFileSync(path.join(folder.path, 'graph.json'), change(readFileSync(example, 'utf8')));
  const endpoint = {
    slug: 'watercolour',
    name: 'Watercolours',
    protocol: 'comfyui',
    dialect: 'graph',
    url: comfy.url,
    graph: 'graph.json',
    weights: 'FLUX.1 dev',
    licence: 'non-commercial',
    credits: 1,
  };
  const file = path.join(folder.path, 'atelier.config.yaml');
  writeFileSync(file, JSON.stringify({ endpoints: [endpoint] }));
  try {
    const env = { PATH: process.env['PATH'] ?? '', ATELIER_CONFIG: file, ATELIER_DATA_DIR: folder.path };
    const done = await promisify(execFile)(process.execPath, [program, 'check'], { env });
    return { code: 0, ...done };
  } catch (error) {
    return failed.parse(error);
  }
}

it('has nothing against a graph that fits', async () => {
  const { code, stdout } = await check((graph) => graph);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`watercolour at ${comfy.url}: fits`)]);
});

it('names a placeholder that is missing', async () => {
  const { code, stderr } = await check((graph) => graph.replace('{{seed}}', '7'));
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('endpoints[0].graph: has no place for {{seed}}'),
  ]);
});

it('names a node and a model that the server does not have', async () => {
  const { code, stdout } = await check((graph) =>
    graph
      .replace('"ConditioningZeroOut"', '"ConditioningMagic"')
      .replace('ae.safetensors', 'my-vae.safetensors'),
  );
  expect(code).toBe(1);
  expect(stdout).toContain('graph: node 6: the server has no ConditioningMagic');
  expect(stdout).toContain('graph: node 3 (VAELoader), vae_name: the server has no my-vae.safetensors');
});
