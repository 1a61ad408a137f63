/** The tools of agents, called with the official client of the Model Context Protocol over both transports. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decode } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const root = path.resolve(import.meta.dirname, '../..');
const ICON = { model: 'atelier-sketch', prompt: 'a flat icon of a summer fox', size: '64x64' };

let server: TestServer;
const clients: Client[] = [];
beforeAll(async () => {
  server = await startTestServer({ realTime: true });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server.stop();
});

async function connect(over: 'http' | 'stdio', key = server.testKey, url = server.url): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const transport =
    over === 'http'
      ? new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
          requestInit: { headers: { authorization: `Bearer ${key}` } },
        })
      : new StdioClientTransport({
          command: process.execPath,
          args: ['--import', 'tsx', path.join(root, 'src/cli/main.ts'), 'mcp'],
          cwd: root,
          env: { PATH: process.env['PATH'] ?? '', ATELIER_URL: url, ATELIER_API_KEY: key },
        });
  // The client's own type of a transport is not that of its transports under `exactOptionalPropertyTypes`.
  await client.connect(Object.assign(transport, {}));
  clients.push(client);
  return client;
}

const call = async (client: Client, name: string, args: Record<string, unknown>) =>
  CallToolResultSchema.parse(await client.callTool({ name, arguments: args }));
type Result = Awaited<ReturnType<typeof call>>;

const pictures = z.looseObject({
  id: z.string(),
  data: z.array(z.looseObject({ id: z.string(), url: z.string() })),
});
const picturesOf = ({ content }: Result) =>
  content.flatMap((block) =>
    block.type === 'image' ? [{ bytes: Buffer.from(block.data, 'base64'), mimeType: block.mimeType }] : [],
  );
const textOf = ({ content }: Result) => (content[0]?.type === 'text' ? content[0].text : '');

describe.each(['http', 'stdio'] as const)('an agent over %s', (over) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect(over);
  });

  it('finds the tools, each with a schema of its arguments', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'list_models',
      'plan_image',
      'generate_image',
      'edit_image',
      'compare_models',
      'keep_image',
      'get_image',
    ]);
    for (const { inputSchema } of tools) new Ajv2020({ strict: false }).compile(inputSchema);
    expect(client.getInstructions()).toContain('plan_image');
  });

  it('lists, plans, generates, edits, keeps and gets', async () => {
    const models = await call(client, 'list_models', { capability: 'mask' });
    expect(textOf(models)).toContain('"id":"atelier-sketch"');
    expect(textOf(models)).not.toContain('"id":"dall-e-3"');
    const model = await call(client, 'list_models', { model: 'openai/dall-e-3' });
    expect(model.structuredContent).toMatchObject({ id: 'dall-e-3', pricing: { unit: 'image' } });

    const wish = { model: 'dall-e-3', prompt: 'a summer fox', size: '1024x1024' };
    const plan = await call(client, 'plan_image', wish);
    expect(plan.structuredContent).toMatchObject({ object: 'image.plan', quote: { credits: 4 } });

    const steps: { progress: number; total?: number | undefined }[] = [];
    const made = CallToolResultSchema.parse(
      await client.callTool(
        { name: 'generate_image', arguments: { ...ICON, n: 2, seed: 5 } },
        CallToolResultSchema,
        { onprogress: (step) => steps.push(step) },
      ),
    );
    const { id, data } = pictures.parse(made.structuredContent);
    expect(made.structuredContent).toMatchObject({ status: 'succeeded', credits_used: 0, size: '64x64' });
    expect(JSON.parse(textOf(made))).toEqual(made.structuredContent);
    const shown = picturesOf(made);
    expect(shown).toHaveLength(2);
    for (const { bytes } of shown) expect(await decode(bytes)).toMatchObject({ width: 64, height: 64 });
    expect(made.content.filter((block) => block.type === 'resource_link').map(({ uri }) => uri)).toEqual(
      data.map(({ url }) => url),
    );
    expect(steps.at(-1)).toMatchObject({ progress: 2, total: 2 });
    expect(steps.map(({ progress }) => progress)).toEqual(
      steps.map(({ progress }) => progress).toSorted((a, b) => a - b),
    );

    const imageId = data[0]?.id ?? '';
    const winter = await call(client, 'edit_image', {
      model: 'atelier-sketch',
      prompt: 'make it winter',
      image: { image_id: imageId },
      show_pictures: false,
    });
    expect(winter.structuredContent).toMatchObject({ status: 'succeeded', parents: [imageId] });
    expect(picturesOf(winter)).toHaveLength(0);

    const kept = await call(client, 'keep_image', { image_id: imageId, filename: 'fox.png' });
    const { id: fileId } = z.looseObject({ id: z.string() }).parse(kept.structuredContent);
    const again = await call(client, 'get_image', { image_id: imageId });
    expect(again.structuredContent).toMatchObject({ id: imageId, file_id: fileId });
    expect(picturesOf(again)[0]?.bytes.equals(shown[0]?.bytes ?? Buffer.of())).toBe(true);
    const file = await call(client, 'get_image', { file_id: fileId });
    expect(picturesOf(file)).toEqual(picturesOf(again));
    const record = await call(client, 'get_image', { generation_id: id });
    expect(picturesOf(record)).toEqual(shown);
  });

  it('compares, with a contact sheet, and quotes before', async () => {
    const body = {
      models: ['atelier-sketch'],
      prompts: [ICON.prompt],
      sizes: ['64x64', '128x64'],
      base: { seed: 1 },
    };
    const quote = await call(client, 'compare_models', { ...body, dry_run: true });
    expect(quote.structuredContent).toMatchObject({ quote: { credits: 0 } });
    const compared = await call(client, 'compare_models', body);
    expect(compared.structuredContent).toMatchObject({ status: 'succeeded', counts: { succeeded: 2 } });
    const [sheet] = picturesOf(compared);
    const { width } = await decode(sheet?.bytes ?? Buffer.of());
    expect(width).toBeLessThanOrEqual(2048);
    const { id } = z.looseObject({ id: z.string() }).parse(compared.structuredContent);
    const again = await call(client, 'get_image', { comparison_id: id });
    expect(picturesOf(again)).toEqual([sheet]);
  });

  it('learns from a refusal which field is wrong and what would be right', async () => {
    const cases: [string, Record<string, unknown>, object][] = [
      ['generate_image', { ...ICON, sise: '64x64' }, { code: 'unknown_parameter', nearest: 'size' }],
      [
        'generate_image',
        { ...ICON, size: '20x20' },
        { code: 'unsupported_size', param: 'size', nearest: '64x64' },
      ],
      [
        'generate_image',
        { ...ICON, model: 'dall-e-33' },
        { code: 'model_not_found', param: 'model', nearest: 'dall-e-3' },
      ],
      ['generate_image', { ...ICON, wait_seconds: -1 }, { code: 'invalid_request', param: 'wait_seconds' }],
      [
        'generate_image',
        { model: 'dall-e-3', prompt: 'a fox [[emulate:moderated-prompt]]' },
        { code: 'content_policy_violation', stage: 'prompt' },
      ],
      ['edit_image', { ...ICON, image: { image_id: 'img_nothing' } }, { param: 'image' }],
      ['keep_image', { image_id: '../../../v1/keys' }, { param: 'image_id' }],
      ['get_image', { image_id: '../keys' }, { code: 'not_found' }],
      ['get_image', {}, { code: 'invalid_request', param: 'image_id' }],
      ['get_image', { image_id: 'a', file_id: 'b' }, { code: 'invalid_request', param: 'file_id' }],
      ['list_models', { capability: 'fly' }, { code: 'invalid_request', param: 'capability' }],
      ['compare_models', { models: [] }, { param: 'models' }],
      ['generate_imag', {}, { code: 'not_found', nearest: 'generate_image' }],
    ];
    for (const [name, args, error] of cases) {
      const refused = await call(client, name, args);
      expect(refused, `${name} ${JSON.stringify(args)}`).toMatchObject({
        isError: true,
        structuredContent: { error },
      });
      expect(textOf(refused)).toContain('"code"');
    }
  });

  it('does not wait longer than it wants, and gets what was begun later', async () => {
    const args = {
      model: 'dall-e-3',
      prompt: 'a fox [[emulate:slow-800]]',
      wait_seconds: 0,
      idempotency_key: `slow-${over}`,
    };
    const begun = await call(client, 'generate_image', args);
    const { id, next } = z.object({ id: z.string(), next: z.string() }).parse(begun.structuredContent);
    expect(next).toContain('get_image');
    const ended = await call(client, 'get_image', { generation_id: id });
    expect(ended.structuredContent).toMatchObject({ id, status: 'succeeded', credits_used: 4 });
    expect(picturesOf(ended)).toHaveLength(1);
    const repeated = await call(client, 'generate_image', { ...args, wait_seconds: 50 });
    expect(repeated.structuredContent).toMatchObject({ id });
  });
});

it('shows a preview of what is large, or of a type that models can’t look at', async () => {
  const client = await connect('http');
  const scene = { model: 'atelier-sketch', prompt: 'a stone bridge over a pond at dusk', seed: 3 };
  for (const wish of [
    { ...scene, size: '768x768' },
    { ...ICON, size: '400x400', output_format: 'avif' },
  ]) {
    const made = await call(client, 'generate_image', wish);
    const [link] = pictures.parse(made.structuredContent).data;
    const whole = Buffer.from(await (await fetch(link?.url ?? '')).arrayBuffer());
    expect(whole.length > 256 * 1024 || 'output_format' in wish).toBe(true);
    const [preview] = picturesOf(made);
    expect(preview?.mimeType).toBe('image/webp');
    expect(preview?.bytes.length ?? Infinity).toBeLessThanOrEqual(256 * 1024);
    expect((await decode(preview?.bytes ?? Buffer.of())).width).toBeLessThan(768);
  }
});

it('runs the program of the documentation', async () => {
  const page = readFileSync(path.join(root, 'docs/agents.md'), 'utf8');
  const [, code = ''] = /<!-- run: mcp -->\n```js\n([\s\S]*?)```/.exec(page) ?? [];
  const folder = mkdtempSync(path.join(root, '.cache/agents-'));
  const program = path.join(folder, 'agent.mjs');
  writeFileSync(program, code.replaceAll('http://127.0.0.1:4000', server.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { ...process.env, ATELIER_API_KEY: server.testKey },
  });
  rmSync(folder, { recursive: true });
  const picture = await fetch(stdout.trim());
  expect(await decode(Buffer.from(await picture.arrayBuffer()))).toMatchObject({ width: 512, height: 384 });
});

describe('the caller’s key decides', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.testKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body,
    });
  const LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

  it('refuses unknown keys, and says how to send one', async () => {
    for (const authorization of ['Bearer atl_test_nothing', 'Basic abc', '']) {
      const answer = await post(LIST, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    await expect(connect('http', 'atl_test_nothing')).rejects.toThrow();
    const wrong = await call(await connect('stdio', 'atl_test_nothing'), 'list_models', {});
    expect(wrong).toMatchObject({ isError: true, structuredContent: { error: { code: 'invalid_api_key' } } });
    const nobody = await call(await connect('stdio', 'k', 'http://127.0.0.1:9'), 'list_models', {});
    expect(textOf(nobody)).toContain('no gateway answers at http://127.0.0.1:9');
  });

  it('gives no other workspace’s pictures, takes the role as it is, and counts requests', async () => {
    const made = pictures.parse(
      (await call(await connect('http'), 'generate_image', ICON)).structuredContent,
    );
    const admin = { key: ADMIN_TOKEN };
    const { id } = z
      .object({ id: z.string() })
      .parse(
        (await server.call('POST', '/v1/admin/workspaces', { ...admin, body: { name: 'other', credits: 5 } }))
          .body,
      );
    const keyOf = async (role: string) =>
      z.object({ key: z.string() }).parse(
        (
          await server.call('POST', '/v1/admin/keys', {
            ...admin,
            body: { workspace: id, kind: 'test', role, name: role },
          })
        ).body,
      ).key;
    const owner = await keyOf('owner');
    const stranger = await connect('http', owner);
    for (const args of [{ image_id: made.data[0]?.id }, { generation_id: made.id }]) {
      expect(await call(stranger, 'get_image', args)).toMatchObject({ isError: true });
    }
    const viewer = await connect('http', await keyOf('viewer'));
    expect(await call(viewer, 'list_models', {})).not.toHaveProperty('isError');
    const refused = await call(viewer, 'generate_image', ICON);
    expect(refused.structuredContent).toMatchObject({ error: { code: 'permission_denied' } });

    await server.call('PATCH', '/v1/workspace', { key: owner, body: { limits: { requests_per_minute: 3 } } });
    const codes: unknown[] = [];
    for (let times = 0; times < 6; times += 1) codes.push(await call(viewer, 'list_models', {}));
    expect(JSON.stringify(codes.at(-1))).toContain('rate_limit_exceeded');
  });

  it('refuses pages of other sites, and other names of this machine', async () => {
    const port = new URL(server.url).port;
    expect((await post(LIST, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(LIST, { origin: `http://evil.example:${port}` })).status).toBe(403);
    expect((await post(LIST, { origin: 'null' })).status).toBe(403);
    expect((await post(LIST, { origin: `http://localhost:${port}` })).status).toBe(200);
    expect((await post(LIST, { origin: server.url })).status).toBe(200);
  });

  it('answers hostile messages as errors', async () => {
    for (const [body, status] of [
      ['{', 400],
      ['[]', 202],
      ['{"jsonrpc":"2.0"}', 400],
      ['{"jsonrpc":"2.0","id":{},"method":"tools/list"}', 400],
      [`[${Array.from({ length: 1000 }, () => LIST).join(',')}]`, 400],
      [`"${'a'.repeat(17 * 1024 * 1024)}"`, 413],
    ] as const) {
      expect((await post(body)).status, body.slice(0, 60)).toBe(status);
    }
    expect((await post(LIST, { accept: 'text/html' })).status).toBe(406);
    expect((await post(LIST, { 'content-type': 'text/plain' })).status).toBe(415);
    const unknown = await post(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"__proto__"}}',
    );
    expect(await unknown.text()).toContain('not_found');
    expect((await fetch(`${server.url}/mcp`)).status).toBe(405);
  });
});
