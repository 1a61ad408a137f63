import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { fetchJson } from '../../net/fetch-json.js';
import { DIALECT_NAMES } from './dialects.js';
import { createOpenAiImagesEmulator } from './emulator.js';
import { listProbedEndpoints, probeEndpoint } from './probe.js';
import type { ProbedEndpoint } from './probe.js';
import { createOpenAiImagesProvider } from './provider.js';

const MODEL = 'Qwen/Qwen-Image';
let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator((settings) => createOpenAiImagesEmulator({ ...settings, servedModel: MODEL }));
});
afterAll(() => server.close());

function probe(changes: Partial<ProbedEndpoint>, at: string = changes.dialect ?? 'vllm-omni') {
  const endpoint: ProbedEndpoint = {
    slug: 'fox-local',
    url: `${server.url}/${at}/v1`,
    dialect: 'vllm-omni',
    model: MODEL,
    editModel: undefined,
    apiKey: undefined,
    maxEdge: 2048,
    ...changes,
  };
  return probeEndpoint(endpoint, fetchJson);
}

describe('probeEndpoint', () => {
  it.each(DIALECT_NAMES)('has nothing to say of a well described %s', async (dialect) => {
    expect(await probe({ dialect })).toStrictEqual({
      slug: 'fox-local',
      url: `${server.url}/${dialect}/v1`,
      dialect,
      reachable: true,
      models: [dialect === 'sd-server' ? 'sd-cpp-local' : MODEL],
      warnings: [],
    });
  });

  it('names the model that was meant', async () => {
    expect((await probe({ model: 'Qwen/Qwen-Imag', editModel: 'other' })).warnings).toStrictEqual([
      `it does not list the model Qwen/Qwen-Imag; the nearest is ${MODEL}`,
      'it does not list the model other',
    ]);
  });

  it('doubts the dialect where the server shows another sign', async () => {
    expect((await probe({ dialect: 'xinference' }, 'sd-server')).warnings).toStrictEqual([
      'it has no /status, as Xinference would: is the dialect right?',
      'it lists its model as sd-server does: is the dialect right?',
    ]);
    expect((await probe({ dialect: 'sd-server' }, 'sglang')).warnings).toContain(
      'it lists other models than sd-server does: is the dialect right?',
    );
  });

  it('tells of a refused key, and of sizes beyond what the server says of itself', async () => {
    expect((await probe({ apiKey: 'bad-1' })).warnings).toStrictEqual(['it refuses the key']);
    expect((await probe({ dialect: 'sd-server', maxEdge: 5000 })).warnings).toStrictEqual([
      'it paints at most 4096 pixels per edge, not 5000',
    ]);
  });

  it('ends by its limit where nothing answers, and never fails', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const endpoint = { ...listed(), url: `http://127.0.0.1:${port}` };
    const silence = await probeEndpoint(endpoint, fetchJson, AbortSignal.timeout(50));
    expect(silence).toMatchObject({ reachable: false, models: undefined });
    expect(silence.warnings).toHaveLength(1);
    silent.close();
    expect(await probeEndpoint(endpoint, fetchJson)).toMatchObject({ reachable: false });
  });
});

function listed(): ProbedEndpoint {
  const [endpoint] = listProbedEndpoints([], { FLUX_BASE_URL: server.url });
  if (endpoint === undefined) throw new Error('nothing is listed');
  return endpoint;
}

describe('listProbedEndpoints', () => {
  it('takes the server of the environment along, if it speaks this protocol', async () => {
    expect(listed()).toMatchObject({ slug: 'flux-1-pro', dialect: 'sd-server', model: 'flux-1' });
    const of = (providers: Readonly<Record<string, string>>) =>
      listProbedEndpoints([], { FLUX_BASE_URL: server.url, ...providers });
    expect(of({ FLUX_PROTOCOL: 'comfyui' })).toStrictEqual([]);
    expect(of({ FLUX_DIALECT: 'klingon' })).toStrictEqual([]);
    expect(listProbedEndpoints([], {})).toStrictEqual([]);
    const probes = await createOpenAiImagesProvider([], { FLUX_BASE_URL: server.url }).probe?.(fetchJson);
    expect(probes).toMatchObject([{ slug: 'flux-1-pro', reachable: true, warnings: [] }]);
  });
});
