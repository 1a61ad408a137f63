/** Sends generated requests to a gateway and judges every answer. */
import { Agent } from 'undici';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { ERROR_CODES, errorType, type ErrorCode } from '../../../src/errors.js';
import { failure } from '../answers.js';
import { ADMIN_TOKEN, expectBalancedBooks, type TestServer } from '../server.js';
import { Dice, seedOf } from './dice.js';
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
/** Failures that are told of providers, or of a queue that is full. Any other 5xx is ours. */
const UPSTREAM_CODES: readonly ErrorCode[] = [
  'no_image_returned',
  'upstream_error',
  'outcome_unknown',
  'upstream_unavailable',
  'queue_full',
  'overloaded',
  'upstream_timeout',
];
/** What no answer may show: places in code, queries, files of the machine. */
const INSIDES =
  /\bat [\w.<>]+ \(|node_modules|\.(ts|js):\d+|select .* from |insert into |SQLITE_|ENOENT|\/tmp\//i;

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
    const held = async () =>
      z.object({ held: z.number() }).parse((await server.call('GET', '/v1/credits', { key })).body).held;
    await vi.waitFor(
      async () => {
        expect(await held()).toBe(0);
      },
      { timeout: DRAIN_MS, interval: 250 },
    );
    await expectBalancedBooks((method, path, options) => server.call(method, path, options), key);
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
    return { status: answer.statusCode, fault: judge(answer.statusCode, answer.headers, bytes, method) };
  } catch (error) {
    return { status: 0, fault: `no whole answer: ${String(error)}` };
  }
}

/** @returns what is wrong with an answer, if anything is */
function judge(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  bytes: Buffer,
  method: string,
): string | undefined {
  const id = headers['x-request-id'];
  if (typeof id !== 'string' || id === '') return `${status} without x-request-id`;
  // 412 answers a condition that the caller set; like 304 it has no body.
  if (method === 'HEAD' || status < 400 || status === 412) return undefined;
  const text = bytes.toString();
  const parsed = failure.safeParse(parseJson(text));
  if (!parsed.success) return `${status} without the error envelope: ${text.slice(0, 300)}`;
  const { error, request_id: requestId } = parsed.data;
  const { code } = error;
  if (!isCode(code)) return `${status} with the unknown code ${code}`;
  if (ERROR_CODES[code].status !== status) return `${code} has status ${status}`;
  if (error.type !== errorType(status)) return `${status} has the type ${error.type}`;
  if (requestId !== id) return 'the ids of header and body differ';
  if (!/^(true|false)$/.test(String(headers['x-should-retry']))) return `${code} without x-should-retry`;
  if (status >= 500 && !UPSTREAM_CODES.includes(code)) return `${status} ${text.slice(0, 300)}`;
  return INSIDES.test(error.message) ? `shows what is inside: ${error.message}` : undefined;
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // Then it is no envelope.
    return undefined;
  }
}

/** As a person can send it again. */
function show({ method, path, headers, body }: FuzzRequest): string {
  const shown = JSON.stringify(Buffer.isBuffer(body) ? body.toString('latin1') : (body ?? ''));
  return `${method} ${path}\n${JSON.stringify(headers)}\n${shown.slice(0, 3_000)}`;
}
