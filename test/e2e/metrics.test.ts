/** What `/metrics` tells after real traffic: well formed, true, documented, and all that the dashboard and the alerts use. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { PHASES } from '../../src/telemetry/metrics.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { generation } from '../support/answers.js';
import { jsonAnswer, startScriptedUpstream } from '../support/scripted-upstream.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const root = path.resolve(import.meta.dirname, '../..');
const folder = createTestFolder();
let server: TestServer;
let text = '';

/** Labels as they are written, e.g. `mode="test",kind="held"`. */
type Samples = ReadonlyMap<string, number>;
let samples: Samples;

const scrape = async () => {
  const { status, headers, body } = await server.call('GET', '/metrics', { key: ADMIN_TOKEN });
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return z.string().parse(body);
};
const read = (from: string): Samples =>
  new Map(
    from
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
const names = (from: string) => [...from.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
const value = (series: string) => samples.get(series) ?? 0;
const sum = (start: string) =>
  [...samples].filter(([series]) => series.startsWith(start)).reduce((total, [, one]) => total + one, 0);
const phase = (name: string) => value(`atelier_phase_duration_seconds_count{phase="${name}"}`);

let charged = 0;

beforeAll(async () => {
  server = await startTestServer({ env: { ATELIER_MAX_ATTEMPTS: '2' } });
  const draw = async (body: Record<string, unknown>) => {
    const answer = await server.generate({ prompt: 'a flat icon of a boat', size: '256x256', ...body });
    charged += Number(answer.headers.get('x-credits-used') ?? 0);
    return answer;
  };
  await draw({ model: 'atelier-sketch', n: 2 });
  await draw({ model: 'dall-e-2' });
  await draw({ model: 'dall-e-2', response_format: 'b64_json' });
  await draw({ model: 'dall-e-2', prompt: 'a boat [[emulate:moderated-prompt]]' });
  await draw({ model: 'dall-e-2', prompt: 'a flat icon of a boat [[emulate:rate-limited]]' });
  const picture = generation.parse((await draw({ model: 'atelier-sketch' })).body).data[0]?.id;
  const edit = await server.edit({
    model: 'atelier-sketch',
    prompt: 'make it snow',
    image: { image_id: picture },
  });
  charged += Number(edit.headers.get('x-credits-used') ?? 0);
  const accepted = await server.call('POST', '/v1/images/generations', {
    key: server.testKey,
    body: { model: 'atelier-sketch', prompt: 'a flat icon of a bell', size: '64x64' },
    headers: { prefer: 'respond-async' },
  });
  const { id } = z.object({ id: z.string() }).parse(accepted.body);
  const ended = z.object({ status: z.literal('succeeded'), credits_used: z.number() });
  const { credits_used: queued } = await vi.waitFor(
    async () =>
      ended.parse((await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey })).body),
    { timeout: 30_000, interval: 50 },
  );
  charged += queued;
  await server.call('GET', '/v1/models', { key: server.testKey });
  await server.call('GET', '/v1/models', { key: 'atl_test_nobody' });
  await server.call('GET', '/no/such/place');
  await server.call('GET', '/nor/this');
  await server.sweep();
  text = await scrape();
  samples = read(text);
});
afterAll(async () => {
  folder.remove();
  await server.stop();
});

describe('a scrape', () => {
  it('has nothing that promtool finds fault with', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('counts requests by the pattern of their route', () => {
    const requests = (method: string, route: string, status: number) =>
      value(`atelier_http_requests_total{method="${method}",route="${route}",status="${status}"}`);
    expect(requests('POST', '/v1/images/generations', 200)).toBe(5);
    expect(requests('POST', '/v1/images/generations', 400)).toBe(1);
    expect(requests('POST', '/v1/images/generations', 202)).toBe(1);
    expect(requests('POST', '/v1/images/edits', 200)).toBe(1);
    expect(requests('GET', '/v1/models', 200)).toBe(1);
    expect(requests('GET', '/v1/models', 401)).toBe(1);
    expect(requests('any', 'unknown', 404)).toBe(2);
    expect(text).not.toContain('/no/such/place');
    expect(value('atelier_http_request_duration_seconds_count{method="POST",route="/v1/images/edits"}')).toBe(
      1,
    );
    expect(
      value('atelier_http_request_duration_seconds_sum{method="POST",route="/v1/images/edits"}'),
    ).toBeGreaterThan(0);
  });

  it('counts generations, pictures and calls by what came of them', () => {
    const ended = (model: string, status: string) =>
      value(`atelier_generations_total{model="${model}",mode="test",status="${status}"}`);
    expect([
      ended('atelier-sketch', 'succeeded'),
      ended('dall-e-2', 'succeeded'),
      ended('dall-e-2', 'failed'),
    ]).toEqual([4, 3, 1]);
    expect(value('atelier_images_delivered_total{model="atelier-sketch",mode="test"}')).toBe(5);
    expect(value('atelier_images_delivered_total{model="dall-e-2",mode="test"}')).toBe(3);
    const calls = (outcome: string) =>
      value(
        `atelier_upstream_attempts_total{provider="openai",model="dall-e-2",mode="test",outcome="${outcome}"}`,
      );
    expect([calls('delivered'), calls('moderated'), calls('rate_limited')]).toEqual([3, 1, 1]);
    expect(value('atelier_upstream_attempt_duration_seconds_count{provider="openai",mode="test"}')).toBe(5);
    expect(value('atelier_generation_duration_seconds_count{mode="test"}')).toBe(8);
  });

  it('adds up money: what was held is charged or given back', () => {
    const moved = (what: string) => value(`atelier_credits_${what}_total{mode="test"}`);
    expect(moved('settled')).toBeCloseTo(charged, 6);
    expect(moved('held')).toBeCloseTo(moved('settled') + moved('released'), 6);
    expect(moved('released')).toBeGreaterThan(0);
    expect(value('atelier_credits{mode="test",kind="held"}')).toBe(0);
    expect(value('atelier_credits{mode="test",kind="balance"}')).toBeCloseTo(1000 - charged, 6);
    expect(value('atelier_credits_held_total{mode="live"}')).toBe(0);
  });

  it('times every phase as often as it was gone through', () => {
    expect(Object.fromEntries(PHASES.map((name) => [name, phase(name)]))).toMatchObject({
      inputs: 1,
      plan: 8,
      hold: 8,
      queue: 1,
      settle: 8,
      deliver: 7,
      finish: 8,
      first_byte: 5,
      body: 5,
    });
    // Every call of a key went through these: to make pictures, to look after them, to list models.
    expect(phase('authenticate')).toBe(phase('parse'));
    expect(phase('authenticate')).toBeGreaterThanOrEqual(10);
    expect(phase('store')).toBeGreaterThanOrEqual(8);
    for (const name of PHASES) {
      const last = value(`atelier_phase_duration_seconds_bucket{phase="${name}",le="+Inf"}`);
      expect([name, last]).toEqual([name, phase(name)]);
    }
  });

  it('tells how the process and its stores are', () => {
    expect(value('atelier_queue_generations')).toBe(0);
    expect(value('atelier_calls{state="running"}')).toBe(0);
    expect(value('atelier_route_state{route="sketch/atelier-sketch"}')).toBe(0);
    expect(value('atelier_route_keys{route="sketch/atelier-sketch",state="ready"}')).toBe(1);
    expect(value('atelier_route_calls_limit{route="sketch/atelier-sketch"}')).toBeGreaterThan(0);
    expect(value('atelier_sweeps_total{outcome="done"}')).toBe(1);
    expect(value('atelier_stored_bytes_total')).toBeGreaterThan(1000);
    expect(value('atelier_http_sent_bytes_total')).toBeGreaterThan(value('atelier_stored_bytes_total') / 8);
    expect(value('atelier_process_memory_bytes{kind="resident"}')).toBeGreaterThan(10_000_000);
    expect(sum('atelier_process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(sum('atelier_build_info')).toBe(1);
  });

  it('never goes back, and counts itself', async () => {
    const before = samples;
    const after = read(await scrape());
    const falls = [...before].filter(
      ([series, one]) => /_(total|count|sum|bucket)\b/.test(series) && (after.get(series) ?? 0) < one,
    );
    expect(falls).toEqual([]);
    expect(
      after.get('atelier_http_requests_total{method="GET",route="/metrics",status="200"}'),
    ).toBeGreaterThan(0);
  });

  it('is for the operator alone', async () => {
    expect((await server.call('GET', '/metrics')).status).toBe(401);
    expect((await server.call('GET', '/metrics', { key: server.testKey })).status).toBe(401);
  });
});

describe('what is written about metrics', () => {
  const used = (from: string) =>
    [...new Set([...from.matchAll(/\batelier_[a-z_]+/g)].map(([name]) => name))].map((name) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );

  it('documents each of them, and no other', () => {
    const page = readFileSync(path.join(root, 'docs/operations.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `(atelier_[a-z_]+)` \| (\w+) \|/gm)];
    const kinds = new Map(documented.map(([, name = '', kind = '']) => [name, kind]));
    expect([...kinds.keys()].sort()).toEqual(names(text).sort());
    for (const [, name = '', kind = ''] of text.matchAll(/^# TYPE (\S+) (\w+)/gm)) {
      expect([name, kinds.get(name)]).toEqual([name, kind]);
    }
    expect(used(page).filter((name) => !kinds.has(name))).toEqual([]);
    const phases = [...page.matchAll(/^\| `([a-z_]+)` \| .* \| .* \|$/gm)].map(([, name = '']) => name);
    expect(phases.filter((name) => !name.startsWith('atelier_')).sort()).toEqual([...PHASES].sort());
  });

  it('draws and alerts with metrics that exist', () => {
    const dashboard = readFileSync(path.join(root, 'deploy/grafana/atelier.json'), 'utf8');
    const alerts = readFileSync(path.join(root, 'deploy/prometheus/alerts.yaml'), 'utf8');
    const known = names(text);
    for (const file of [dashboard, alerts]) {
      expect(used(file).length).toBeGreaterThan(5);
      expect(used(file).filter((name) => !known.includes(name))).toEqual([]);
    }
    // Everything that is counted can be seen.
    expect(known.filter((name) => !used(dashboard).includes(name))).toEqual([]);
  });

  it('has queries that Prometheus understands', () => {
    const panels = z
      .object({
        panels: z.array(z.looseObject({ targets: z.array(z.object({ expr: z.string() })).optional() })),
      })
      .parse(JSON.parse(readFileSync(path.join(root, 'deploy/grafana/atelier.json'), 'utf8')));
    const queries = panels.panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr));
    const rules = queries.map((query, index) => ({
      record: `query:${index}`,
      expr: query
        .replaceAll('$__rate_interval', '5m')
        .replaceAll('$instance', '.*')
        .replaceAll('$mode', '.*'),
    }));
    const check = (file: string) =>
      spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8', cwd: root });
    const queryFile = path.join(folder.path, 'queries.yaml');
    writeFileSync(queryFile, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const drawn = check(queryFile);
    expect([drawn.status, drawn.stderr]).toEqual([0, '']);
    expect(drawn.stdout).toContain(`${queries.length} rules found`);
    const alerted = check('deploy/prometheus/alerts.yaml');
    expect([alerted.status, alerted.stderr]).toEqual([0, '']);
    const page = readFileSync(path.join(root, 'docs/operations.md'), 'utf8');
    const told = [...page.matchAll(/^\| (Atelier\w+) \|/gm)].map(([, name]) => name);
    const set = [
      ...readFileSync(path.join(root, 'deploy/prometheus/alerts.yaml'), 'utf8').matchAll(/alert: (\w+)/g),
    ];
    expect(told).toEqual(set.map(([, name]) => name));
  });
});

it('is off without an admin token', async () => {
  const off = await startTestServer({ env: { ATELIER_ADMIN_TOKEN: '' } });
  const answer = await off.call('GET', '/metrics', { key: ADMIN_TOKEN });
  await off.stop();
  expect([answer.status, answer.body]).toMatchObject([403, { error: { code: 'permission_denied' } }]);
});

describe('live routes', () => {
  it('tell of answers of another shape, of keys that are refused and of routes that are paused', async () => {
    const upstream = await startScriptedUpstream();
    const live = await startTestServer({
      env: {
        XAI_API_KEY: 'xai-key-of-the-tests',
        XAI_BASE_URL: `${upstream.baseUrl}/v1`,
        ATELIER_MAX_ATTEMPTS: '1',
      },
    });
    const draw = () => live.generate({ model: 'grok-image', prompt: 'a boat' }, live.liveKey);
    const look = async () => {
      const { body } = await live.call('GET', '/metrics', { key: ADMIN_TOKEN });
      const now = read(z.string().parse(body));
      const ofRoute = (metric: string, more = '') =>
        [...now].find(([name]) => name.startsWith(`${metric}{route="xai/`) && name.includes(more))?.[1];
      return {
        drift: now.get('atelier_upstream_drift_total{provider="xai",kind="shape"}') ?? 0,
        state: ofRoute('atelier_route_state'),
        parked: ofRoute('atelier_route_keys', 'state="parked"'),
        failed: [...now]
          .filter(([name]) => name.startsWith('atelier_upstream_attempts_total{provider="xai"'))
          .map(([name, count]) => [/mode="(\w+)",outcome="(\w+)"/.exec(name)?.slice(1).join(' '), count]),
      };
    };
    expect(await look()).toEqual({ drift: 0, state: 0, parked: 0, failed: [] });
    upstream.answer(jsonAnswer(200, { data: 'a picture' }));
    for (let call = 0; call < 5; call += 1) expect((await draw()).status).toBe(502);
    expect(await look()).toEqual({ drift: 5, state: 2, parked: 0, failed: [['live bad_response', 5]] });
    await live.call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
    upstream.answer(jsonAnswer(401, { error: 'Incorrect API key provided' }));
    await draw();
    expect(await look()).toMatchObject({ drift: 5, state: 0, parked: 1 });
    await live.stop();
    await upstream.close();
  });
});
