/** Traces as a collector gets them: the whole tree of a request, and who else is made part of it. */
import { createServer, type Server } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { jsonAnswer, startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.js';
import { startTestServer, type TestServer } from '../support/server.js';

const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string().transform(Number),
  endTimeUnixNano: z.string().transform(Number),
  attributes: z
    .array(
      z.object({
        key: z.string(),
        value: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    )
    .transform((all) => Object.fromEntries(all.map(({ key, value }) => [key, Object.values(value)[0]]))),
  status: z.object({ code: z.number().optional() }),
});
type Seen = z.output<typeof spanSchema>;
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.unknown() })) }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
});

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;

let collector: Server;
let own: ScriptedUpstream;
let foreign: ScriptedUpstream;
let server: TestServer;
const paths: string[] = [];
const services = new Set<string>();
const spans: Seen[] = [];

function startCollector(): Promise<string> {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      paths.push(`${request.method ?? ''} ${request.url ?? ''}`);
      for (const { resource, scopeSpans } of exported.parse(JSON.parse(Buffer.concat(chunks).toString()))
        .resourceSpans) {
        services.add(JSON.stringify(resource.attributes.find(({ key }) => key === 'service.name')?.value));
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  return new Promise((resolve) => {
    collector.listen(0, '127.0.0.1', () => {
      const { port } = z.object({ port: z.number() }).parse(collector.address());
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

beforeAll(async () => {
  const endpoint = await startCollector();
  own = await startScriptedUpstream();
  foreign = await startScriptedUpstream();
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#357' } })
    .png()
    .toBuffer();
  own.answer(jsonAnswer(200, { created: 1, data: [{ b64_json: png.toString('base64') }] }));
  foreign.answer(jsonAnswer(500, { error: 'no' }));
  server = await startTestServer({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      FLUX_BASE_URL: `${own.baseUrl}/v1`,
      FLUX_PROTOCOL: 'openai-images',
      XAI_API_KEY: 'xai-key-of-the-tests',
      XAI_BASE_URL: `${foreign.baseUrl}/v1`,
      ATELIER_MAX_ATTEMPTS: '1',
    },
  });
  const call = (body: Record<string, unknown>, headers: Record<string, string> = {}, key = server.liveKey) =>
    server.call('POST', '/v1/images/generations', { key, body, headers });
  const answer = await call(
    { model: 'grok-image', prompt: 'a boat', fallback: ['flux-1-pro'] },
    { traceparent },
  );
  expect([answer.status, answer.headers.get('x-model-used')]).toEqual([200, 'flux-1-pro']);
  await call(
    { model: 'atelier-sketch', prompt: 'a flat icon of a bell', size: '64x64' },
    { traceparent: '00-0-0-01' },
  );
  const accepted = await call(
    { model: 'atelier-sketch', prompt: 'a flat icon of a drum', size: '64x64' },
    { prefer: 'respond-async' },
  );
  const { id } = z.object({ id: z.string() }).parse(accepted.body);
  await vi.waitFor(
    async () => {
      const { body } = await server.call('GET', `/v1/images/generations/${id}`, { key: server.liveKey });
      expect(body).toMatchObject({ status: 'succeeded' });
    },
    { timeout: 30_000, interval: 50 },
  );
  await server.call('GET', '/v1/models', { key: 'atl_live_nobody' });
  await server.stop();
});
afterAll(async () => {
  await own.close();
  await foreign.close();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

const childrenOf = (parent: Pick<Seen, 'traceId' | 'spanId'>) =>
  spans.filter(({ traceId, parentSpanId }) => traceId === parent.traceId && parentSpanId === parent.spanId);
/** Names below a span, each with those below it. */
const treeOf = (parent: Seen): unknown => [
  parent.name,
  childrenOf(parent)
    .sort((a, b) => a.startTimeUnixNano - b.startTimeUnixNano || (a.name < b.name ? -1 : 1))
    .map(treeOf),
];
const leaf = (name: string) => [name, []];

describe('a trace', () => {
  it('is the whole tree of a request, below the caller’s span', () => {
    const [request, ...others] = childrenOf(CALLER);
    expect(others).toEqual([]);
    if (request === undefined) throw new Error('the request was not traced');
    expect(request).toMatchObject({
      name: 'POST /v1/images/generations',
      kind: 2,
      attributes: { 'http.route': '/v1/images/generations', 'http.response.status_code': 200 },
    });
    const below = childrenOf(request).map(({ name }) => name);
    for (const step of [
      'authenticate',
      'parse',
      'plan',
      'hold',
      'route',
      'place',
      'finish',
      'settle',
      'deliver',
    ]) {
      expect(below).toContain(step);
    }
    const [failed, served] = childrenOf(request).filter(({ kind }) => kind === 3);
    expect(failed).toMatchObject({
      attributes: {
        'gen_ai.operation.name': 'generate_content',
        'gen_ai.output.type': 'image',
        'gen_ai.provider.name': 'xai',
        'atelier.model': 'grok-image',
        'error.type': 'overloaded',
      },
      status: { code: 2 },
    });
    expect(served).toMatchObject({
      attributes: { 'gen_ai.provider.name': 'openai-images', 'atelier.images': 1, 'atelier.attempt': 1 + 1 },
    });
    if (served === undefined) throw new Error('the own server was not traced');
    expect(
      childrenOf(served)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['body', 'first_byte', 'store']);
    for (const span of spans.filter(({ traceId }) => traceId === CALLER.traceId)) {
      expect(span.endTimeUnixNano).toBeGreaterThanOrEqual(span.startTimeUnixNano);
    }
  });

  it('goes on at the operator’s own servers, and is told to nobody else', () => {
    const served = spans.find(({ attributes }) => attributes['gen_ai.provider.name'] === 'openai-images');
    const headers = own.seen
      .filter(({ method }) => method === 'POST')
      .map((seen) => seen.headers['traceparent']);
    expect(headers).toEqual([`00-${CALLER.traceId}-${served?.spanId ?? ''}-01`]);
    const calls = foreign.seen.filter(({ method }) => method === 'POST');
    expect(calls.length).toBe(1);
    expect(calls.map((seen) => Object.keys(seen.headers).filter((name) => name.startsWith('trace')))).toEqual(
      [[]],
    );
  });

  it('of its own begins where the caller’s header is none', () => {
    const roots = spans.filter(
      ({ name, parentSpanId }) => name === 'POST /v1/images/generations' && (parentSpanId ?? '') === '',
    );
    expect(roots.length).toBe(2);
    expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(2);
  });

  it('of its own has a generation that waited', () => {
    const [run, ...others] = spans.filter(({ name }) => name === 'generation');
    expect(others).toEqual([]);
    if (run === undefined) throw new Error('the generation was not traced');
    expect(run.parentSpanId ?? '').toBe('');
    expect(treeOf(run)).toEqual([
      'generation',
      expect.arrayContaining([
        leaf('route'),
        leaf('place'),
        ['generate_content atelier-sketch', [leaf('store')]],
        leaf('settle'),
      ]),
    ]);
  });

  it('is there of a request that was refused at the door', () => {
    expect(spans.find(({ name }) => name === 'GET /v1/models')).toMatchObject({
      attributes: { 'http.response.status_code': 401 },
    });
  });

  it('goes to the collector under the name of the service', () => {
    expect([...new Set(paths)]).toEqual(['POST /v1/traces']);
    expect([...services]).toEqual([JSON.stringify({ stringValue: 'atelier' })]);
  });
});
