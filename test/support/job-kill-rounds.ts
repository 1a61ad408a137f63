/** Kills the gateway again and again while it works, and looks at what became of everything that it had accepted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from './answers.js';
import { startCountingEmulators, type CountingEmulators } from './counting-emulators.js';
import { startGatewayProcess, type GatewayProcess } from './gateway-process.js';
import { expectBalancedBooks, LIVE_KEY } from './server.js';

/** Two whose protocols have tasks, one whose has none. */
const MODELS = ['qwen-image', 'flux-1.1-pro', 'flux-1-pro'] as const;
const WITH_TASKS: readonly string[] = ['qwen-image', 'flux-1.1-pro'];
const TASK_PROVIDERS: readonly string[] = ['qwen', 'bfl'];

const entrySchema = z.object({
  kind: z.string(),
  generation_id: z.string().optional(),
  balance_delta: z.number(),
});
const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), has_more: z.boolean(), last_id: z.string().optional() });

/** What was seen, for the record. */
export interface KillReport {
  readonly kills: number;
  readonly accepted: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Generations with tasks whose outcome nobody knows: killed between the submission and its being written down. */
  readonly unknownWithTasks: number;
  readonly pictures: number;
  readonly submits: number;
}

/**
 * Runs so many rounds of load and kill -9.
 * @param random from 0 to 1: when the kills come
 * @throws where a generation does not end, a picture is charged twice or not at all, or a task is bought twice
 */
export async function runKillRounds(kills: number, random: () => number): Promise<KillReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-kills-'));
  const emulators = await startCountingEmulators();
  const start = () =>
    startGatewayProcess({
      ATELIER_DATA_DIR: folder,
      ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
      ATELIER_EMULATORS_URL: emulators.url,
      ATELIER_MAX_RUNNING: '6',
    });
  let gateway: GatewayProcess | undefined;
  try {
    gateway = await start();
    const key = gateway.testKey ?? '';
    await call(gateway.url, LIVE_KEY, 'PATCH', '/v1/workspace', { prc_opt_in: true, confirm: 'default' });
    const accepted = new Set<string>();
    for (let round = 0; round < kills; round += 1) {
      const load = Promise.allSettled(sendLoad(gateway.url, key, round, accepted));
      await sleep(100 + Math.floor(random() * 700));
      await gateway.kill();
      await load;
      gateway = await start();
    }
    const { url } = gateway;
    const found = await waitForEnds(url, key);
    for (const id of accepted) expect(found.map((one) => one.id)).toContain(id);
    await checkMoney(url, key, found);
    checkSubmits(emulators);
    for (const one of found) for (const { url: link } of one.data) await fetchPicture(link);
    const lost = found.filter(
      (one) => one.error?.code === 'outcome_unknown' && WITH_TASKS.includes(one.model),
    );
    return {
      kills,
      accepted: found.length,
      byStatus: Object.fromEntries(
        [...new Set(found.map(({ status }) => status))].map((status) => [
          status,
          found.filter((one) => one.status === status).length,
        ]),
      ),
      unknownWithTasks: lost.length,
      pictures: found.reduce((sum, one) => sum + one.data.length, 0),
      submits: emulators.seen.filter(({ record }) => record.method === 'POST').length,
    };
  } finally {
    await gateway?.kill();
    await emulators.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nine calls at once: of each kind of model one that waits, one that is answered at once, one that is streamed. */
function sendLoad(url: string, key: string, round: number, accepted: Set<string>): Promise<void>[] {
  return MODELS.flatMap((model) =>
    (['sync', 'async', 'stream'] as const).map(async (how) => {
      const response = await call(
        url,
        key,
        'POST',
        '/v1/images/generations',
        {
          model,
          prompt: `a paper boat ${round} ${how} [[emulate:slow-300]]`,
          size: '256x256',
          response_format: 'url',
          n: how === 'async' ? 2 : 1,
          ...(how === 'stream' ? { stream: true } : {}),
        },
        how === 'async' ? { prefer: 'respond-async' } : {},
      );
      const id = response.headers.get('x-generation-id');
      if (id !== null) accepted.add(id);
      await response.text();
    }),
  );
}

const ended = generation.omit({ receipt: true }).extend({
  error: z.looseObject({ code: z.string() }).optional(),
});

async function waitForEnds(url: string, key: string): Promise<readonly z.output<typeof ended>[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const all: z.output<typeof ended>[] = [];
    for (let after = '', more = true; more;) {
      const page = pageOf(ended).parse(
        await (await call(url, key, 'GET', `/v1/images/generations?limit=100${after}`)).json(),
      );
      all.push(...page.data);
      more = page.has_more;
      after = `&after=${page.last_id ?? ''}`;
    }
    const open = all.filter(({ status }) => status === 'queued' || status === 'running');
    if (open.length === 0) return all;
    if (Date.now() > deadline) throw new Error(`${open.length} generations do not end`);
    await sleep(100);
  }
}

/** Every generation was charged once, by the price of what it delivered, and nothing is held. */
async function checkMoney(url: string, key: string, found: readonly z.output<typeof ended>[]): Promise<void> {
  const entries: z.output<typeof entrySchema>[] = [];
  const row = entrySchema.extend({ id: z.string() });
  for (let after = '', more = true; more;) {
    const page = pageOf(row).parse(
      await (await call(url, key, 'GET', `/v1/credits/ledger?limit=1000${after}`)).json(),
    );
    entries.push(...page.data);
    more = page.has_more;
    after = `&after=${page.last_id ?? ''}`;
  }
  for (const one of found) {
    const settled = entries.filter((entry) => entry.kind === 'settle' && entry.generation_id === one.id);
    expect(settled.map((entry) => -entry.balance_delta)).toEqual(
      one.data.length === 0 ? [] : [one.credits_used],
    );
  }
  await expectBalancedBooks(async (method, pathname, { key: secret = '' } = {}) => {
    const response = await call(url, secret, method, pathname);
    return { status: response.status, headers: response.headers, body: await response.json() };
  }, key);
}

/** No image was submitted twice to a provider whose tasks can be gone on with. */
function checkSubmits({ seen }: CountingEmulators): void {
  const counts = new Map<string, number>();
  for (const { provider, record } of seen) {
    if (record.method !== 'POST' || !TASK_PROVIDERS.includes(provider)) continue;
    const [id, image] = String(record.headers['x-emulate-scope']).split('/');
    const name = `${id ?? ''}/${image ?? ''}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(0);
  expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
}

function call(
  url: string,
  key: string,
  method: string,
  pathname: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url + pathname, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
