/** Sends generated requests to a gateway and judges every answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { ADMIN_TOKEN, expectBalancedBooks, type TestServer } from '../server.js';
import { Dice, seedOf } from './dice.js';
import { judgeAnswer } from './judge-answer.js';
import { createRequest, type FuzzRequest } from './fuzz-request.js';
import { readOperations } from './operations.js';
import { createTenant, type Tenant } from './tenant.js';

export interface RouteFuzzOptions {
  readonly seed: number;
  /** Number of the first request. */
  readonly from: number;
  readonly count: number;
}

export interface RouteFuzzResult {
  /** What went against the rules, with the request that did it. */
  readonly faults: readonly string[];
  /** How often each route answered with each status: `POST /v1/files 201`. */
  readonly answers: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

const LANES = 12;
/** Enough to see what is wrong. */
const MAX_FAULTS = 20;
/** A tenant that was fuzzed for long has its keys revoked and everything forbidden. */
const REQUESTS_PER_TENANT = 800;
/** No answer takes longer, on a machine that is busy with other tests too. */
const DEADLINE_MS = 30_000;
const DRAIN_MS = 120_000;

export async function fuzzRoutes(
  server: TestServer,
  { seed, from, count }: RouteFuzzOptions,
): Promise<RouteFuzzResult> {
  const { operations, schemas } = readOperations((await server.call('GET', '/openapi.json')).body);
  const agent = new Agent({ connections: LANES });
  const faults: string[] = [];
  const answers = new Map<string, number>();
  const tenants: Tenant[] = [];
  let slowestMs = 0;
  let next = from;
  const lane = async (tenant: Tenant, end: number) => {
    while (next < end && faults.length < MAX_FAULTS) {
      const index = next;
      next += 1;
      const { request, route } = createRequest({
        dice: new Dice(seedOf(seed, index)),
        tenant,
        operations,
        schemas,
      });
      const startMs = performance.now();
      const { status, fault } = await sendAndJudge(server.url, request, agent);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      const name = `${route} ${status}`;
      answers.set(name, (answers.get(name) ?? 0) + 1);
      if (fault !== undefined) faults.push(`seed ${seed}, request ${index}: ${fault}\n${show(request)}`);
    }
  };
  while (next < from + count && faults.length < MAX_FAULTS) {
    await openEverything(server);
    const tenant = await createTenant(server, `fuzz-${next}`);
    tenants.push(tenant);
    const end = Math.min(from + count, next + REQUESTS_PER_TENANT);
    await Promise.all(Array.from({ length: LANES }, () => lane(tenant, end)));
  }
  // Whatever still runs is not waited for: a close of this agent waits for connections that broke, too.
  await agent.destroy();
  await openEverything(server);
  for (const tenant of tenants) await expectBooksInOrder(server, tenant);
  return { faults, answers, slowestMs };
}

/** The operator's rules hold for every workspace, and requests of before may have changed them. */
async function openEverything(server: TestServer): Promise<void> {
  const rules = { blocked_countries: [], models_without_content_policy: 'allow' };
  const put = async (method: string, path: string, body: unknown) => {
    expect((await server.call(method, path, { key: ADMIN_TOKEN, body })).status).toBe(200);
  };
  await put('PATCH', '/v1/admin/policy', rules);
  await put('PUT', '/v1/admin/margin', { percent: 0 });
}

/** What runs ends by itself; then nothing is held, and the balance is the sum of the ledger. */
async function expectBooksInOrder(server: TestServer, { workspace }: Tenant): Promise<void> {
  for (const kind of ['live', 'test']) {
    const body = { workspace, kind, role: 'owner', name: 'auditor' };
    const made = await server.call('POST', '/v1/admin/keys', { key: ADMIN_TOKEN, body });
    const { key } = z.object({ key: z.string() }).parse(made.body);
    // What was fuzzed may have set itself a limit of a few requests a minute.
    const call: TestServer['call'] = async (method, path, options) => {
      for (;;) {
        const answer = await server.call(method, path, options);
        if (answer.status !== 429) {
          expect([method, path, answer.status, answer.body]).toMatchObject([method, path, 200, {}]);
          return answer;
        }
        await sleep(1000 * Number(answer.headers.get('retry-after') ?? '1'));
      }
    };
    const held = async () =>
      z.object({ held: z.number() }).parse((await call('GET', '/v1/credits', { key })).body).held;
    await vi.waitFor(
      async () => {
        expect(await held()).toBe(0);
      },
      { timeout: DRAIN_MS, interval: 250 },
    );
    await expectBalancedBooks(call, key);
  }
}

async function sendAndJudge(
  url: string,
  { method, path, headers, body }: FuzzRequest,
  agent: Agent,
): Promise<{ readonly status: number; readonly fault: string | undefined }> {
  try {
    const answer = await agent.request({
      origin: url,
      path,
      method,
      headers: { ...headers },
      body: body ?? null,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return {
      status: answer.statusCode,
      fault: judgeAnswer(answer.statusCode, answer.headers, bytes, method),
    };
  } catch (error) {
    return { status: 0, fault: `no whole answer: ${String(error)}` };
  }
}

/** As a person can send it again. */
function show({ method, path, headers, body }: FuzzRequest): string {
  const shown = JSON.stringify(Buffer.isBuffer(body) ? body.toString('latin1') : (body ?? ''));
  return `${method} ${path}\n${JSON.stringify(headers)}\n${shown.slice(0, 3_000)}`;
}
